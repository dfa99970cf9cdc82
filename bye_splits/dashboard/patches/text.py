"""An HTML pane that updates quickly: Panel's recomputes all properties at each change.

A new `object` of `panel.pane.HTML` recomputes all properties of its model, including styles, and compares
them (`_update` of `ModelPane` in panel/pane/base.py); `_linked_properties` makes it listen to its model,
which only the server changes.

With Panel's pane a layer change takes 0.8 to 1.3 ms longer (4 to 6 %, of 12 to 60, in process), a new event
2.6 to 3.2 ms (4 to 5 %): little, but some text changes with every action.

This patch can be removed once Panel updates only the text.
"""

from html import escape

import panel as pn
import param


class Text(pn.pane.HTML):
    """HTML that changes often: a change is written directly to the models, without Panel's checks."""

    object: str  # a parameter of the base class

    @property
    def _linked_properties(self) -> tuple[str, ...]:
        """None: the browser changes no property."""
        return ()

    def say(self, html: str) -> None:
        """Show other HTML."""
        if html == self.object:
            return
        with param.parameterized.discard_events(self):
            self.object = html
        for model, _ in self._models.values():
            model.text = escape(html)
