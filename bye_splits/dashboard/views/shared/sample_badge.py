"""What a sample's file says of its events, beside the header's controls."""

from ....errors import ByeSplitsError
from .base import draws
from .words import HtmlView, badge


class SampleBadge(HtmlView):
    """What the file says of its events, such as that they are simulated."""

    @draws("sample")
    def html(self) -> str:
        try:
            words = self.state.catalogue.source(self.state.sample).description
        except ByeSplitsError:  # the line of facts says why
            return ""
        return badge(words)
