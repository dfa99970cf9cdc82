"""The card "Why two?": the valley between the seeds of a split shower, and changes that would merge it."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import panel as pn
import param
from bokeh.document import Document
from panel.viewable import Viewable

from ....chain import ChainParameters
from ....chain.remedies import Remedies, Remedy, remedies
from ....chain.splits import LatticeValley, Split, ToEdge, ToModuleEdge, Valley, split
from ....errors import variant
from ...figures.valley import valley_svg
from ...page.template import text, widget_css
from ..shared.base import StateView, draws
from ..shared.searches import PAUSE, SEARCHES
from .split_positions import SplitPositions

NUMBERS = ("two", "three", "four", "five", "six", "seven", "eight", "nine")
MOST = 6  # maximum number of remedies
MINUS = "\u2212"
TO_BINS = "distance of the seeds to the nearest edge of the grid, and part of the bin"
TO_MODULES = "module of each seed, its sum over its threshold, and steps on the lattice to the next module"


def _width(value: float | str) -> str:
    """A kernel's width as displayed by its slider."""
    bins = float(value)
    if bins == 0:
        return "as configured"
    return f"{'+' if bins > 0 else MINUS}{abs(bins):g} bins"


def label_of(remedy: Remedy) -> str:
    """Label of a remedy's button."""
    match remedy.label:
        case "radius":
            return f"radius {remedy.value} with {remedy.changes['association']}"
        case "kernel width":
            return f"kernel {_width(remedy.value)}"
        case "kernel" if remedy.value == "default":
            return "default kernel"
        case "seed threshold":
            return f"threshold {remedy.value}"
        case "seed window":
            return f"seed window {remedy.value}"
    return f"{remedy.value}"


def in_vain(tried: Remedies) -> str:
    """A sentence on the changes that do not help; "" if all do."""
    limits = {label: tried.limits[label] for label in tried.limits if tried.found[label] is None}
    names = {"association": "{} alone", "kernel": "the {} kernel"}
    ranges = [
        f"no {label} up to {_width(limit) if label == 'kernel width' else limit}"
        for label, limit in limits.items()
        if label not in names
    ]
    others = " or ".join(name.format(limits[label]) for label, name in names.items() if label in limits)
    if not ranges:
        return f"They are not joined by {others}." if others else ""
    listed = " and ".join(filter(None, [", ".join(ranges[:-1]), ranges[-1]]))
    return f"N{listed[1:]} joins them{f', nor does {others}' if others else ''}."


@dataclass(frozen=True)
class Explanation:
    """Description of the valley between two seeds.

    Attributes
    ----------
    words : a sentence as HTML
    titles, rows : column titles and cells of a table with one row per seed, as HTML
    tooltip : description of the table
    """

    words: str
    titles: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    tooltip: str


def _in_histogram(found: Split[Valley, ToEdge], parameters: ChainParameters) -> Explanation:
    """Explanation for two seeds of the histogram; the table lists their distances to bin edges."""
    valley = found.valley
    words = (
        f"Valley <b>{valley.ratio:.2f}</b> of the lower peak; <b>{valley.empty}</b> empty \u03c6 "
        f"{'bin' if valley.empty == 1 else 'bins'}."
    )
    rows = [
        tuple(
            f"{away:.4f} <small>{100 * part:.0f} %</small>"
            for away, part in ((edge.rz, edge.rz_part), (edge.phi, edge.phi_part))
        )
        for edge in found.edges
    ]
    return Explanation(words, ("to bin edge", "R/z", "\u03c6"), rows, TO_BINS)


def _on_lattice(found: Split[LatticeValley, ToModuleEdge], parameters: ChainParameters) -> Explanation:
    """Explanation for two seeds of coarse seeding; the table lists their modules."""
    valley = found.valley
    words = f"Lattice valley <b>{valley.ratio:.2f}</b> of the lower peak"
    if len(valley.energy) == 2:
        words = "The seeds are neighbours on the lattice"
    if valley.empty:
        words += f"; <b>{valley.empty}</b> empty point{'s' if valley.empty > 1 else ''}"
    if valley.not_looked_at:
        words += f"; <b>{valley.not_looked_at}</b> in modules that are not chosen"
    if len({(edge.waferu, edge.waferv) for edge in found.edges}) == 1:
        words += ". Both are in one module."
    elif parameters.cs.nearby or parameters.legacy:
        words += ". They are in two modules."
    else:
        words += ". They are in two modules, of which each sees its own trigger cells only."
    rows = [
        (
            f"{edge.waferu}, {edge.waferv}".replace("-", MINUS),
            f"{edge.over_threshold:.2f}",
            f"{edge.steps} step{'s' if edge.steps > 1 else ''}",
        )
        for edge in found.edges
    ]
    return Explanation(words, ("", "module u, v", "sum / thr.", "to its edge"), rows, TO_MODULES)


EXPLAINED: dict[type, Callable[[Any, ChainParameters], Explanation]] = {
    Valley: _in_histogram,
    LatticeValley: _on_lattice,
}
"""Function that explains a valley between two seeds, by the type of the valley."""


class SplitCard(StateView):
    """Why the generated particle's shower is split into several clusters; hidden if it is not.

    The explanation is drawn with the other views. The search for remedies runs the chain some dozens of
    times, on another thread and only after `PAUSE` without a change.
    """

    def build(self) -> None:
        style = {"margin": 0, "sizing_mode": "stretch_width"}
        self._words, self._verdict, self._rest = (text("", "clusters.css") for _ in range(3))
        self.buttons = [
            pn.widgets.Button(
                label="",
                width=80,
                height=22,
                margin=0,
                visible=False,
                sizing_mode="fixed",
                css_classes=["small"],
                stylesheets=[widget_css()],
            )
            for _ in range(MOST)
        ]
        for index, button in enumerate(self.buttons):
            button.on_click(lambda event, index=index: self._apply(index))
        self.found: list[Remedy] = []
        self._search_number = 0  # number of the latest search
        self._explanation = self._positions = ""
        self.positions = SplitPositions(self.state, active=self.active, changed=self._show_shares)
        self.param.watch(self._show_positions, "active")
        self._pane = pn.Column(
            self._words,
            self._verdict,
            pn.FlexBox(*self.buttons, margin=(3, 10, 6, 10), gap="5px", sizing_mode="stretch_width"),
            self._rest,
            visible=False,
            **style,
        )

    def __panel__(self) -> Viewable:
        return self._pane

    @draws(
        "chain.result", "chain.both_shown", "chain.near_particle", "colours.seed_palette", "shown.generated"
    )
    def why(self) -> None:
        """Why the shower is split; the remedies follow later."""
        self._search_number += 1  # invalidates a search that is still running
        state, generated = self.state, self.state.shown.generated
        many = generated is not None and len(state.chain.near_particle) > 1
        found = split(state.chain.result, generated["exeta"], generated["exphi"]) if many else None
        if found is None:
            self._explanation = ""
            self._pane.visible = False
            return
        self._explanation = self._explained(found)
        self._say_why()
        self._rest.say("")
        self._show([], '<div class="why"><p>Looking for changes that merge them \u2026</p></div>')
        self._pane.visible = True
        self._schedule_search()

    def _explained(self, found: Split) -> str:
        state, n = self.state, len(found.near)
        number = NUMBERS[n - 2] if n - 2 < len(NUMBERS) else f"{n}"
        question = f"Why {number}{' in A' if state.chain.both_shown else ''}?"
        seeds = state.chain.result.clusters["seed"].to_numpy()[found.near[:2]]
        colours = tuple(state.colours.seed_colours[seed] for seed in seeds)
        explained = variant(EXPLAINED, type(found.valley), "valley between seeds")
        between = explained(found, state.chain.result.parameters)
        listed = "".join(
            f'<tr><th><i class="swatch" style="background: {colour}"></i>{row}</th>'
            + "".join(f"<td>{cell}</td>" for cell in cells)
            + "</tr>"
            for row, colour, cells in zip(found.near, colours, between.rows, strict=False)
        )
        titles = "".join(f"<th>{title}</th>" for title in between.titles)
        return (
            f'<div class="why"><p><b class="question">{question}</b> {between.words}</p>'
            f'<div class="sketch">{valley_svg(found.valley, colours)}'
            f'<table title="{between.tooltip}"><tr>{titles}</tr>{listed}</table>'
        )

    def _say_why(self) -> None:
        self._words.say(f"{self._explanation}{self._positions}</div></div>")

    def _show_shares(self, html: str) -> None:
        self._positions = html
        if self._explanation:
            self._say_why()

    def _show_positions(self, event: param.parameterized.Event) -> None:
        self.positions.active = event.new

    # -- the search --------------------------------------------------------------------------------------

    def _schedule_search(self) -> None:
        document = pn.state.curdoc
        if document is None or document.session_context is None:
            self._answer(self._search_number, self._search()())
            return
        document.add_timeout_callback(partial(self._start, self._search_number, document), PAUSE)

    def _search(self) -> Callable[[], Remedies]:
        """The search as a function without arguments that may run on any thread."""
        state, generated = self.state, self.state.shown.generated
        energy = float(generated["energy"])
        return partial(
            remedies,
            state.chain.chain_table,
            state.chain.result,
            float(generated["exeta"]),
            float(generated["exphi"]),
            energy if np.isfinite(energy) else None,
            state.chain.config.smooth.bin_sums,
        )

    def _start(self, number: int, document: Document) -> None:
        if number != self._search_number or not self.active:
            return
        search = self._search()
        searched = SEARCHES.submit(lambda: search() if number == self._search_number else None)
        searched.add_done_callback(
            lambda done: document.add_next_tick_callback(lambda: self._found(number, done))
        )

    def _found(self, number: int, done: Future) -> None:
        """Receive the result on the session's thread, where an error of the search is raised as usual."""
        tried = done.result()
        if tried is not None:
            self._answer(number, tried)

    def _answer(self, number: int, tried: Remedies) -> None:
        if number != self._search_number:
            return
        found = [remedy for remedy in tried.found.values() if remedy is not None]
        words = "One cluster with" if found else "No single parameter makes one cluster of them."
        responses = sorted({f"{remedy.response:.2f}" for remedy in found if remedy.response is not None})
        if responses:
            near = self.state.chain.near_particle
            energy = self.state.chain.result.clusters["energy"].to_numpy()[near].max()
            between = " \u2013 ".join(dict.fromkeys((responses[0], responses[-1])))
            now = energy / self.state.shown.generated["energy"]
            words += f" (response <b>{between}</b> instead of {now:.2f})"
        colon = ":" if found else ""
        rest = in_vain(tried)
        self._rest.say(f'<div class="why rest"><p>{rest}</p></div>' if rest else "")
        self._show(found, f'<div class="why"><p>{words}{colon}</p></div>')

    def _show(self, found: list[Remedy], verdict: str) -> None:
        self.found = found
        self._verdict.say(verdict)
        for index, button in enumerate(self.buttons):
            used = index < len(found)
            if used:
                words = label_of(found[index])
                button.param.update(label=words, width=18 + 6 * len(words))
            button.visible = used

    def _apply(self, index: int) -> None:
        if index < len(self.found):
            self.state.change_chain(**self.found[index].changes)
