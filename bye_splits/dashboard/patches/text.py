"""A piece of HTML that changes often: Panel's own looks at all properties at each change.

A new `object` of `panel.pane.HTML` makes all properties of its model anew, styles too, and compares them
(`_update` of `ModelPane` in panel/pane/base.py); `_linked_properties` has it listen to its model, which
only the server changes.

With Panel's own a layer change takes 0.8 to 1.3 ms more (4 to 6 %, of 12 to 60, in process), a new event 2.6
to 3.2 ms (4 to 5 %): little, but the words change with everything.

It can go once Panel changes nothing but the text.
"""

from html import escape

import panel as pn
import param


class Text(pn.pane.HTML):
    """HTML that changes often: a change goes to the models at once, without all of Panel's checks."""

    object: str  # a parameter of Panel's

    @property
    def _linked_properties(self) -> tuple[str, ...]:
        """None: the browser changes nothing of it."""
        return ()

    def say(self, html: str) -> None:
        """Show other HTML."""
        if html == self.object:
            return
        with param.parameterized.discard_events(self):
            self.object = html
        for model, _ in self._models.values():
            model.text = escape(html)
