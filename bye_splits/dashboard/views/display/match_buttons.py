"""Buttons that step through the events of a selection from the catalogue; hidden without one."""

import panel as pn
from panel.viewable import Viewable

from ...page.template import text
from ...state.matches import Matches
from ..shared.base import draws
from ..shared.controls import Controls, row, style
from ..shared.words import thousands


class MatchButtons(Controls):
    """Previous and next match, with the place of the displayed one and a way to leave the selection."""

    state: Matches

    def build(self) -> None:
        self.previous = pn.widgets.Button(label="Previous match", **style())
        self.next = pn.widgets.Button(label="Next match", **style())
        self.place = text("")
        self.previous.on_click(lambda event: self.state.step(-1))
        self.next.on_click(lambda event: self.state.step(1))
        self._all = pn.Column(
            row(self.previous, self.next), self.place, sizing_mode="stretch_width", margin=0, visible=False
        )

    def __panel__(self) -> Viewable:
        return self._all

    @draws("matching", "position", "display.match", "display.order", "whole.problem")
    def buttons(self) -> None:
        """Where the displayed event is among the matching ones."""
        display, found = self.state.display, self.state.matching
        self._all.visible = bool(display.match or display.order)
        few = found is None or not len(found.rows)
        self.previous.disabled = self.next.disabled = few
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
