"""The message to the user, below the sidebar, where it covers neither numbers nor controls."""

from html import escape

from ...state.message import Message, Reporting
from .base import draws
from .words import HtmlView

CLOSE = "this.closest('.message').remove()"


class MessageView(HtmlView):
    """The latest message; the same one again is counted."""

    state: Reporting

    def build(self) -> None:
        super().build()
        self._last, self._times = "", 0

    @draws("message")
    def html(self) -> str:
        message: Message | None = self.state.message
        if message is None:
            self._last, self._times = "", 0
            return ""
        self._times = self._times + 1 if message.text == self._last else 1
        self._last = message.text
        short = message.short
        again = f" ({self._times} times)" if self._times > 1 else ""
        in_full = message.in_full or message.text
        details = message.details or ((in_full,) if in_full != short else ())
        listed = "".join(f"<li>{escape(one)}</li>" for one in details)
        more = f"<details><summary>Details</summary><ul>{listed}</ul></details>" if details else ""
        role = "alert" if message.level == "error" else "status"
        return (
            f'<div class="message {message.level}" role="{role}">'
            f'<div class="message-text">{escape(short)}{again}{more}</div>'
            f'<button class="message-close" aria-label="Close the message" onclick="{CLOSE}">\u00d7</button>'
            "</div>"
        )
