"""A piece of HTML that changes often: Panel's own looks at all properties at each change."""

from html import escape

import panel as pn
import param


class Text(pn.pane.HTML):
    """HTML that changes often: a change goes to the models at once, without all of Panel's checks."""

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
