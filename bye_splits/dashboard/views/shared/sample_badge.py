"""What a sample's file says of its events, beside the header's controls."""

from html import escape

from ....errors import ByeSplitsError
from .base import draws
from .words import HtmlView


class SampleBadge(HtmlView):
    """What the file says of its events, such as that they are simulated."""

    @draws("sample")
    def html(self) -> str:
        try:
            words = self.state.catalogue.source(self.state.sample).description
        except ByeSplitsError:  # the line of facts says why
            return ""
        words = words.partition(";")[0]
        return f'<span class="badge">{escape(words)}</span>' if words else ""
