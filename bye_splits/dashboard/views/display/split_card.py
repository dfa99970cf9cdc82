"""The card "Why two?": the valley between the seeds of a split shower, and changes that would merge it."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

import numpy as np
import panel as pn
import param
from bokeh.document import Document
from panel.viewable import Viewable

from ....chain import ChainParameters
from ....chain.remedies import Remedies, Remedy, remedies
from ....chain.splits import Split, split
from ....errors import variant
from ...figures.valley import valley_svg
from ...page.template import text, widget_css
from ...schedule import call_in
from ...state.loaded import Loaded
from ..shared.base import StateView, draws
from ..shared.searches import PAUSE, SEARCHES
from ..shared.words import tip_of
from .split_explanations import EXPLAINED
from .split_positions import SplitPositions

NUMBERS = ("two", "three", "four", "five", "six", "seven", "eight", "nine")
MOST = 6  # maximum number of remedies
LONG = 20  # characters of a label whose button takes a line of its own in a narrow card
HALF = {
    **{"flex": "1 1 0", "min-width": "0", "min-height": "0"},
    **{"overflow-y": "auto", "scrollbar-width": "thin"},
}
MINUS = "\u2212"


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


def button_words(remedy: Remedy) -> str:
    """What a remedy's button says: the change, and where known the energy response of the one cluster."""
    response = "" if remedy.response is None else f" \u00b7 {remedy.response:.2f}"
    return label_of(remedy) + response


def in_vain(tried: Remedies) -> str:
    """A line on the changes that do not help, with the limits of the search; "" if all do."""
    names = {"association": "{} alone", "kernel": "{} kernel"}
    listed = []
    for label, limit in tried.limits.items():
        if tried.found[label] is None:
            shown = _width(limit) if label == "kernel width" else limit
            listed.append(names[label].format(limit) if label in names else f"{label} \u2264 {shown}")
    return f"Does not help: {', '.join(listed)}." if listed else ""


@dataclass(frozen=True, eq=False)
class Applied:
    """A remedy that was applied with its button.

    Attributes
    ----------
    loaded : the event
    before, after : the set of parameters
    remedy : what was changed
    response : energy response of the leading cluster before, None where it is not known
    """

    loaded: Loaded
    before: ChainParameters
    after: ChainParameters
    remedy: Remedy
    response: float | None

    @property
    def words(self) -> str:
        """What has become of the shower, as HTML."""
        if self.response is None or self.remedy.response is None:
            return ""
        return f"E response <b>{self.response:.2f}</b> \u2192 <b>{self.remedy.response:.2f}</b>"


class SplitCard(StateView):
    """Why the generated particle's shower is split into several clusters; hidden if it is not.

    Once a remedy was applied, the card says what it did, until the parameters or the event change.

    The explanation is drawn with the other views. The search for remedies runs the chain some dozens of
    times, on another thread and only after `PAUSE` without a change.
    """

    def build(self) -> None:
        self.question, self._sketch, self._further, self._verdict, self._rest = (
            text("", "clusters.css") for _ in range(5)
        )
        self.buttons = [
            pn.widgets.Button(
                label="",
                width=80,
                height=22,
                margin=0,
                visible=False,
                sizing_mode="fixed",
                css_classes=["small", "tight", "means-remedy"],
                stylesheets=[widget_css()],
            )
            for _ in range(MOST)
        ]
        for index, button in enumerate(self.buttons):
            button.on_click(lambda event, index=index: self._act(index))
        self.found: list[Remedy] = []
        self._actions: list[Callable[[], None]] = []  # of the buttons
        self._applied: Applied | None = None
        self._search_number = 0  # number of the latest search
        self._helps = self._shares = ""
        self.positions = SplitPositions(self.state, active=self.active, changed=self._show_shares)
        self.param.watch(self._show_positions, "active")
        self.valley = pn.Column(self._sketch, margin=0, sizing_mode="stretch_width", visible=False)
        self._pane = pn.Column(
            self._further,
            self._verdict,
            pn.FlexBox(*self.buttons, margin=(3, 2, 2, 10), gap="4px", sizing_mode="stretch_width"),
            self._rest,
            visible=False,
            margin=0,
            sizing_mode="stretch_both",
            styles=HALF,
        )
        self._pane.jscallback(visible="byeSplits.split(cb_obj.visible)")

    @property
    def is_split(self) -> bool:
        """Whether there is something to explain."""
        return bool(self._pane.visible)

    def __panel__(self) -> Viewable:
        return self._pane

    @draws("chain.result", "chain.both_shown", "chain.near_particle", "colours.shown_sets", "shown.generated")
    def why(self) -> None:
        """Why the shower is split; the remedies follow later."""
        self._search_number += 1  # invalidates a search that is still running
        state, generated = self.state, self.state.shown.generated
        many = generated is not None and len(state.chain.near_particle) > 1
        found = split(state.chain.result, generated["exeta"], generated["exphi"]) if many else None
        self.found, self._actions = [], []
        if found is None:
            self.valley.visible = False
            self._pane.visible = self._explain_applied()
            return
        self._explain(found)
        self._rest.say("")
        self._show({}, "Looking for changes that merge them \u2026")
        self.valley.visible = self._pane.visible = True
        self._schedule_search()

    def _explain(self, found: Split) -> None:
        """The question with the valley in words, its sketch, and sentences on the seeds' modules."""
        state, n = self.state, len(found.near)
        number = NUMBERS[n - 2] if n - 2 < len(NUMBERS) else f"{n}"
        question = f"Why {number}{' in A' if state.chain.both_shown else ''}?"
        seeds = state.chain.result.clusters["seed"].to_numpy()[found.near[:2]]
        drawn = state.colours.shown_sets[0][2]  # as in the other panes: of A, if both are shown
        colours = tuple(drawn[seed] for seed in seeds)
        explained = variant(EXPLAINED, type(found.valley), "valley between seeds")
        between = explained(found, state.chain.result.parameters)
        listed = "".join(
            f'<tr><th><i class="swatch" style="background: {colour}"></i>{row}</th>'
            + "".join(f"<td>{cell}</td>" for cell in cells)
            + "</tr>"
            for row, colour, cells in zip(found.near, colours, between.rows, strict=False)
        )
        titles = "".join(f"<th>{title}</th>" for title in between.titles)
        words = f"<span {tip_of('valley')}>{between.words}</span>"
        self.question.say(f'<div class="why line"><b class="question">{question}</b> {words}</div>')
        self._sketch.say(
            f'<div class="why"><div class="sketch">{valley_svg(found.valley, colours)}'
            f"<table {tip_of(between.name)}><tr>{titles}</tr>{listed}</table></div></div>"
        )
        self._further.say(f'<div class="why"><p>{between.further}</p></div>' if between.further else "")

    def _explain_applied(self) -> bool:
        """What the remedy has done that was applied last, if that is what is shown."""
        applied, chain = self._applied, self.state.chain
        if applied is None or applied.loaded is not self.state.shown.loaded or chain.both_shown:
            return False
        if chain.parameters != applied.after:
            return False
        words = f"<b>One cluster</b> with {label_of(applied.remedy)}"
        self.question.say(f'<div class="why line">{words}</div>')
        n, with_cells = len(chain.result.seeds), len(chain.result.clusters)
        seeds = f"{n - with_cells} of {n} seeds collect{'s' if n - with_cells == 1 else ''} no trigger cells."
        self._further.say(f'<div class="why"><p>{seeds}</p></div>' if n > with_cells else "")
        self._rest.say("")
        self._shares = ""
        actions: dict[str, Callable[[], None]] = {"As before": partial(self._undo, applied)}
        if chain.shown_name == "A":  # else A is another set, which is not to be lost
            actions["Compare as A | B"] = partial(self.state.compare_sets, applied.before, applied.after)
        self._show(actions, applied.words)
        return True

    def _undo(self, applied: Applied) -> None:
        self.state.change_chain(**{name: getattr(applied.before, name) for name in applied.remedy.changes})

    def _show_shares(self, html: str) -> None:
        self._shares = html
        self._say_verdict()

    def _say_verdict(self) -> None:
        self._verdict.say(f'<div class="why verdict">{self._shares}<p>{self._helps}</p></div>')

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
        searched.add_done_callback(lambda done: call_in(document, lambda: self._found(number, done)))

    def _found(self, number: int, done: Future) -> None:
        """Receive the result on the session's thread, where an error of the search is raised as usual."""
        tried = done.result()
        if tried is not None:
            self._answer(number, tried)

    def _answer(self, number: int, tried: Remedies) -> None:
        if number != self._search_number:
            return
        found = [remedy for remedy in tried.found.values() if remedy is not None]
        found.sort(key=lambda remedy: len(label_of(remedy)) > LONG)  # so that the others fill their lines
        words = "One cluster with" if found else "No single parameter makes one cluster of them."
        if not tried.found:
            words = "The chain has none of the parameters that the search for one cluster changes."
        now = self._response() if any(remedy.response is not None for remedy in found) else None
        if now is not None:
            words += f" (E response now <b>{now:.2f}</b>)"
        rest = in_vain(tried)
        self._rest.say(f'<div class="why rest"><p>{rest}</p></div>' if rest else "")
        self.found = found
        actions = {button_words(remedy): partial(self._apply, remedy, now) for remedy in found}
        self._show(actions, words + ":" * bool(found))

    def _response(self) -> float:
        """Energy response of the leading cluster near the particle."""
        energy = self.state.chain.result.clusters["energy"].to_numpy()[self.state.chain.near_particle].max()
        return float(energy / self.state.shown.generated["energy"])

    def _show(self, actions: Mapping[str, Callable[[], None]], verdict: str) -> None:
        """Show a line, and buttons by their labels."""
        self._actions, self._helps = list(actions.values()), verdict
        self._say_verdict()
        labels = list(actions)
        for index, button in enumerate(self.buttons):
            used = index < len(labels)
            if used:
                button.param.update(label=labels[index], width=12 + round(5.9 * len(labels[index])))
            button.visible = used

    def _act(self, index: int) -> None:
        if index < len(self._actions):  # else the click came too late
            self._actions[index]()

    def _apply(self, remedy: Remedy, response: float | None) -> None:
        before = self.state.chain.parameters
        after = self.state.chain.with_changes(before, remedy.changes)
        self._applied = Applied(self.state.shown.loaded, before, after, remedy, response)
        self.state.change_chain(**remedy.changes)
