"""Buttons that step through the events of a selection from the catalogue, or else through the splits."""

import panel as pn
from panel.viewable import Viewable

from ...page.template import text
from ...state.matches import Matches
from ..shared.base import draws
from ..shared.controls import Controls, style
from ..shared.words import thousands


class MatchButtons(Controls):
    """Previous and next match with the place of the displayed one; without a selection, of the splits.

    Attributes
    ----------
    buttons : for the heading above
    place : a line, visible with a selection
    """

    state: Matches

    def build(self) -> None:
        small = style("small", "tight") | {"sizing_mode": "fixed", "height": 22, "margin": 0, "align": "end"}
        self.previous = pn.widgets.Button(label="Previous match", width=88, **small)
        self.next = pn.widgets.Button(label="Next match", width=68, **small)
        self.place = text("")
        self.previous.on_click(lambda event: self.state.step(-1))
        self.next.on_click(lambda event: self.state.step(1))
        self.buttons = pn.Row(self.previous, self.next, margin=0, styles={"gap": "4px"})

    def __panel__(self) -> Viewable:
        return self.place

    @draws(
        "matching", "position", "n_splits", "has_particles", "display.match", "display.order", "whole.problem"
    )
    def steps(self) -> None:
        """Where the displayed event is among the matching ones."""
        state, found = self.state, self.state.matching
        n = state.n_splits if not state.selected else 0 if found is None else len(found.rows)
        self.buttons.visible = state.selected or (state.whole.catalogue.has_studies and state.has_particles)
        for button, by in ((self.previous, "Previous"), (self.next, "Next")):
            button.param.update(label=f"{by} {'match' if state.selected else 'split'}", disabled=not n)
        self.place.visible = state.selected
        if state.selected:
            self.place.say(f'<p class="hint-line">{self._words()}</p>')

    def _words(self) -> str:
        state, found = self.state, self.state.matching
        if found is None:
            return "looking for matches\u2026" if not state.whole.problem else "the sample cannot be studied"
        if found.problem:
            return "the condition has no effect now"
        n = f"{thousands(len(found.rows))}{'' if found.complete else ' so far'}"
        if not len(found.rows):
            return f"no match{'' if found.complete else ' so far'}"
        if state.position < 0:
            return f"not one of the {n} matches"
        return f"match {thousands(state.position + 1)} of {n}"
