"""The page's address follows the state, and the state follows the address."""

from html import escape

import panel as pn

from .. import link
from ..prompt import soon
from ..state import DisplayState, Message

DURATION = 8000  # ms that a notification stays; errors stay until they are closed


class Address:
    """Writes the state into the address; reads it back when the user goes back and forth in the history.

    Parameters
    ----------
    state : what is shown
    problems : what made no sense in the address that was opened; told once the page is there
    """

    def __init__(self, state: DisplayState, problems: list[str]):
        self._state = state
        self._problems = problems
        self._location = pn.state.location
        self._called = False
        state.param.watch(lambda event: notify(event.new), "message")
        pn.state.onload(self._start)

    def _start(self) -> None:
        """Before the page is loaded, neither an address nor a notification reaches the browser."""
        if pn.state.notifications is not None:
            pn.state.notifications.position = "bottom-left"  # over the empty end of the controls
        for problem in self._problems:
            notify(Message("warning", problem))
        if self._location is None:
            return
        self._write()
        self._state.param.watch(self._changed, list(link.WATCHED))
        self._location.param.watch(self._follow, "search")

    def _changed(self, *events) -> None:
        """Write once the views are drawn; more that has changed by then is written with it."""
        if not self._called:
            self._called = True
            soon(self._write)

    def _write(self) -> None:
        self._called = False
        self._written = self._location.search = link.write(self._state)

    def _follow(self, event) -> None:
        if event.new == self._written:
            return
        self._written = event.new
        wanted, values, problems = link.read(event.new, self._state)
        for problem in problems:
            notify(Message("warning", problem))
        key = wanted.pop("key", self._state.key)
        self._state.show(key, **wanted, **values)


def notify(message: Message) -> None:
    """Tell the user of this session; a message without a page to stand on goes to the log.

    The browser takes a notification for HTML, and some of them quote the address or a file.
    """
    if pn.state.notifications is None:
        pn.state.log(message.text)
        return
    duration = 0 if message.level == "error" else DURATION
    getattr(pn.state.notifications, message.level)(escape(message.text), duration=duration)
