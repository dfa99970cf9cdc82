"""Synchronisation of the page's address with the state."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

import panel as pn

from ..link import display as link
from ..link import events as events_link
from ..link import geometry as geometry_link
from ..link import occupancy as occupancy_link
from ..link import study as study_link
from ..link.query import IN_LINK, Unused, parse_query
from ..schedule import schedule
from ..state.display import DisplayState
from ..state.geometry import GeometryState
from ..state.message import Message
from ..state.occupancy import OccupancyState
from ..state.sample import SampleState
from ..state.study import StudyState


def opened_query() -> str:
    """The query of the address opened in the browser, "" if it has none.

    A session that is recreated from a page's token, because the page took long to load or its websocket was
    routed to another process, has the arguments of the address but no location.
    """
    location = pn.state.location
    if location is not None and location.search:
        return location.search
    pairs = [(name, value) for name, values in pn.state.session_args.items() for value in values]
    return "?" + urlencode(pairs) if pairs else ""


UNUSED = "could not be used: {} shown instead."


def of_link(problems: Sequence[str]) -> Message | None:
    """One message on what an opened address has led to, None without any.

    Parameters
    ----------
    problems : sentences; the parts of the link are counted that those that are `Unused` are about
    """
    every = tuple(dict.fromkeys(problems))
    n = sum(problem.parts for problem in every if isinstance(problem, Unused))
    if len(every) < 2 or not n:
        return Message.of_all("warning", every, "{} problems were found.")
    parts = f"{n} parts of the link {UNUSED.format('the defaults are')}"
    if n == 1:
        parts = f"A part of the link {UNUSED.format('the default is')}"
    others = "" if all(isinstance(problem, Unused) for problem in every) else " There is more to know."
    return Message("warning", parts + others, tuple(problem.removeprefix(IN_LINK) for problem in every))


class Address:
    """Writes the state to the address; reads it back when the user navigates in the browser's history.

    This class is for the display page; a subclass defines the address of another page.

    Parameters
    ----------
    state : state of the page, with the latest `message` to the user
    problems : sentences on invalid parts of the opened address; reported once the page has loaded
    """

    def __init__(
        self,
        state: DisplayState | GeometryState | SampleState | OccupancyState | StudyState,
        problems: list[str],
    ) -> None:
        self._state = state
        self._problems = problems
        self._location = pn.state.location
        self._scheduled = False
        pn.state.onload(self._start)

    def _start(self) -> None:
        """Start once the page has loaded: before, the address does not reach the browser."""
        self.report(self._problems)
        if self._location is None:
            return
        self._write()
        self._state.graph.listen(self._changed)
        self._location.param.watch(self._follow, "search")

    def _changed(self, changed: set[str]) -> None:
        """Schedule one write after the views are drawn, which includes all changes up to then."""
        if not self._scheduled:
            self._scheduled = True
            schedule(self._write)

    def _write(self) -> None:
        self._scheduled = False
        self._written = self._location.search = self.query()

    def _follow(self, event: Any) -> None:
        if event.new == self._written:
            return
        self._written = event.new
        self.show(event.new)

    def query(self) -> str:
        """The query that reproduces the state."""
        return link.write(self._state)

    def keeping_page(self, query: str) -> str:
        """A query that keeps the present `page`, if all pages share one address."""
        given, _ = parse_query(self._location.search or "", {"page"})
        page = f"?page={quote(given['page'])}&" if "page" in given else "?"
        return query.replace("?", page, 1)

    def show(self, query: str) -> None:
        """Apply a query to the state and report its invalid parts."""
        wanted, values, problems = link.read(query, self._state)
        key = wanted.pop("key", self._state.navigation.key)
        values["placements"] = self._state.placements + 1
        if self._state.show(key, **wanted, **values):
            self.report(problems)

    def report(self, problems: list[str]) -> None:
        """Show what is not valid in an address, as one message."""
        message = of_link(problems)
        if message is not None:
            self._state.message = message


class EventsAddress(Address):
    """The events page's address."""

    def query(self) -> str:
        """The query that reproduces the state."""
        return self.keeping_page(events_link.write(self._state))

    def show(self, query: str) -> None:
        values, problems = events_link.read(query, self._state)
        self._state.update(**values)
        self.report(problems)


class StudyAddress(Address):
    """The address of a page of the studies."""

    def query(self) -> str:
        """The query that reproduces the state."""
        return self.keeping_page(study_link.write(self._state))

    def show(self, query: str) -> None:
        values, problems = study_link.read(query, self._state)
        self._state.update(**values)
        self.report(problems)


class GeometryAddress(Address):
    """The geometry page's address."""

    def query(self) -> str:
        """The query that reproduces the state."""
        return self.keeping_page(geometry_link.write(self._state))

    def show(self, query: str) -> None:
        values, problems = geometry_link.read(query, self._state)
        if self._state.show(**values):
            self.report(problems)


class OccupancyAddress(Address):
    """The address of the page of occupancies."""

    def query(self) -> str:
        """The query that reproduces the state."""
        return self.keeping_page(occupancy_link.write(self._state))

    def show(self, query: str) -> None:
        values, problems = occupancy_link.read(query, self._state)
        if self._state.show(**values):
            self.report(problems)
