"""The page's address follows the state, and the state follows the address."""

from html import escape
from typing import Any
from urllib.parse import quote, urlencode

import panel as pn

from ..link import display as link
from ..link import geometry as geometry_link
from ..link.query import parse_query
from ..schedule import schedule
from ..state.display import DisplayState
from ..state.geometry import GeometryState
from ..state.message import Message

DURATION = 8000  # ms that a notification stays; errors stay until they are closed


def opened_query() -> str:
    """The query of the address that the browser has opened, "" without any.

    A session that is made anew from a page's token, as the page took long to load or its websocket went to
    another process, has the arguments of the address but no location.
    """
    location = pn.state.location
    if location is not None and location.search:
        return location.search
    pairs = [(name, value) for name, values in pn.state.session_args.items() for value in values]
    return "?" + urlencode(pairs) if pairs else ""


class Address:
    """Writes the state into the address; reads it back when the user goes back and forth in the history.

    This one is the display's; a subclass says what is in the address of another page.

    Parameters
    ----------
    state : what is shown, with the latest `message` to the user
    problems : what made no sense in the address that was opened; reported once the page is open
    """

    def __init__(self, state: DisplayState | GeometryState, problems: list[str]) -> None:
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
        self.report(self._problems)
        if self._location is None:
            return
        self._write()
        self._state.graph.listen(self._changed)
        self._location.param.watch(self._follow, "search")

    def _changed(self, changed: set[str]) -> None:
        """Write once the views are drawn; more that has changed by then is written with it."""
        if not self._called:
            self._called = True
            schedule(self._write)

    def _write(self) -> None:
        self._called = False
        self._written = self._location.search = self.query()

    def _follow(self, event: Any) -> None:
        if event.new == self._written:
            return
        self._written = event.new
        self.show(event.new)

    def query(self) -> str:
        """The query that opens what is shown."""
        return link.write(self._state)

    def show(self, query: str) -> None:
        """Show what a query asks for, and report what in it is invalid."""
        wanted, values, problems = link.read(query, self._state)
        self.report(problems)
        key = wanted.pop("key", self._state.navigation.key)
        self._state.show(key, **wanted, **values)

    def report(self, problems: list[str]) -> None:
        for problem in problems:
            notify(Message("warning", problem))


class GeometryAddress(Address):
    """The geometry page's address."""

    def query(self) -> str:
        """The query that opens what is shown; where one address has all pages, it says which one this is."""
        given, _ = parse_query(self._location.search or "", geometry_link.KNOWN)
        page = f"?page={quote(given['page'])}&" if "page" in given else "?"
        return geometry_link.write(self._state).replace("?", page, 1)

    def show(self, query: str) -> None:
        values, problems = geometry_link.read(query, self._state)
        self.report(problems)
        self._state.show(**values)


def notify(message: Message) -> None:
    """Notify the user of this session; a message without a page to stand on goes to the log.

    The browser takes a notification for HTML, and some of them quote the address or a file.
    """
    if pn.state.notifications is None:
        pn.state.log(message.text)
        return
    duration = 0 if message.level == "error" else DURATION
    getattr(pn.state.notifications, message.level)(escape(message.text), duration=duration)
