"""In how many positions in the bins the shower is split, on the split card."""

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

import pandas as pd
import panel as pn
import param
from bokeh.document import Document

from ....chain import ChainParameters, ChainResult
from ....studies.phases import N_PHI, N_RZ, PhaseMap, Positions, phase_map, uses_bins
from ...figures.positions import positions_svg
from ...schedule import call_in
from ..shared.base import StateView, draws
from ..shared.searches import PAUSE, SEARCHES
from ..shared.words import tip_of


def percent(part: float) -> str:
    """A share of the positions; 0 and 100 % are exact.

    Examples
    --------
    >>> percent(0.4625), percent(0.0025), percent(0.9975), percent(1.0)
    ('46 %', '0.2 %', '99.8 %', '100 %')
    """
    near_end = 0 < part < 0.01 or 0.99 < part < 1
    return f"{100 * part:.{1 if near_end else 0}f} %"


class SplitPositions(StateView):
    """In which share of the positions in the bins the shower is split, for each set that the panes show.

    It is HTML within the card's; empty without a split, and for a chain that does not use the bins. The
    positions are tried on another thread, after `PAUSE` without a change; another change ends that. What is
    not known yet has its place, so that nothing moves when it comes.

    Parameters
    ----------
    changed : called with the HTML when it changes
    """

    changed = param.Callable(default=id)

    def build(self) -> None:
        self.html = ""
        self._number = 0  # of the latest search
        self._results: dict[str, ChainResult] = {}
        self._known: dict[str, tuple[ChainResult, PhaseMap]] = {}
        self.param.watch(self._resume, "active")

    @draws("chain.shown_results", "chain.near_particle", "shown.generated")
    def share(self) -> None:
        """The shares that are known; the others follow later."""
        self._number += 1  # ends a search that is still running
        state = self.state
        split = state.shown.generated is not None and len(state.chain.near_particle) > 1
        self._results = {
            name: result
            for name, result in state.chain.shown_results.items()
            if split and uses_bins(result.parameters)
        }
        if "shown.generated" in self.differing:
            self._known = {}
        self._known = {
            name: known
            for name, known in self._known.items()
            if name in self._results and known[0] is self._results[name]
        }
        self._say()
        if len(self._known) < len(self._results):
            self._schedule_search()

    def _say(self) -> None:
        generated, parts = self.state.shown.generated, []
        for name, result in self._results.items():
            here = Positions.of(generated["exeta"], generated["exphi"], result.parameters, N_RZ, N_PHI).here
            known = self._known.get(name)
            split = None if known is None else known[1].split
            share = "\u2026" if known is None else percent(known[1].fraction)
            above = f"in {name}" if len(self._results) > 1 else f"{N_RZ * N_PHI} phases"
            svg = positions_svg((N_RZ, N_PHI), here, split)
            parts.append(
                f'<div class="positions" {tip_of("phases")}>{svg}<p>{above}<br><b>{share}</b> split</p></div>'
            )
        if self.html != (html := "".join(parts)):
            self.html = html
            self.changed(html)

    def _resume(self, event: param.parameterized.Event) -> None:
        """Begin again with what was given up while the view was hidden."""
        if event.new and len(self._known) < len(self._results):
            self.answer("share")

    # -- the search --------------------------------------------------------------------------------------

    def _schedule_search(self) -> None:
        document = pn.state.curdoc
        if document is None or document.session_context is None:
            self._answer(self._number, self._search(lambda: True)())
            return
        document.add_timeout_callback(partial(self._start, self._number, document), PAUSE)

    def _search(self, wanted: Callable[[], bool]) -> Callable[[], dict[str, PhaseMap | None]]:
        """The search as a function without arguments that may run on any thread."""
        state, generated = self.state, self.state.shown.generated
        others = [one for one in state.shown.particles if one is not generated]
        beside = pd.DataFrame(
            {f"gen_{axis}": [float(one[f"ex{axis}"]) for one in others] for axis in ("eta", "phi")}
        )
        sets = {name: result.parameters for name, result in self._results.items() if name not in self._known}
        direction = float(generated["exeta"]), float(generated["exphi"])
        return partial(_maps, state.chain.chain_table, direction, sets, beside, wanted)

    def _start(self, number: int, document: Document) -> None:
        if number != self._number or not self.active:
            return
        searched = SEARCHES.submit(self._search(lambda: number == self._number and self.active))
        searched.add_done_callback(lambda done: call_in(document, lambda: self._found(number, done)))

    def _found(self, number: int, done: Future) -> None:
        """Receive the result on the session's thread, where an error of the search is raised as usual."""
        self._answer(number, done.result())

    def _answer(self, number: int, found: dict[str, PhaseMap | None]) -> None:
        if number != self._number:
            return
        self._known |= {name: (self._results[name], one) for name, one in found.items() if one is not None}
        self._say()


def _maps(
    cells: dict,
    direction: tuple[float, float],
    sets: dict[str, ChainParameters],
    others: pd.DataFrame,
    wanted: Callable[[], bool],
) -> dict[str, PhaseMap | None]:
    return {
        name: phase_map(cells, *direction, parameters, others=others, wanted=wanted) if wanted() else None
        for name, parameters in sets.items()
    }
