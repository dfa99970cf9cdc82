"""Files of V11 beside files of another geometry: their first event, of which nothing is kept, and others."""

import asyncio
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bye_splits.dashboard.catalogue import Catalogue
from bye_splits.dashboard.state.display import DisplayState

from . import samples
from .inprocess import Page, catalogue_of
from .proxy import CountingProxy
from .server import Server
from .session import Session
from .table import Line

COPIES = 3  # of each file: of a second one of its openings something would be kept
STEPS = 6  # clicks on "Next"
IDLE = 0.01  # of a core: the server has looked ahead in the file
CACHE = "BYE_SPLITS_CACHE"


@dataclass(frozen=True)
class Subject:
    """One file.

    Attributes
    ----------
    words : what the events are
    version : of the geometry
    far : numbers of events that are typed; no page has shown them or their neighbours
    event : ms that a new event may cost
    """

    words: str
    version: str
    far: tuple[int, ...]
    event: float | None = None


SUBJECTS = {
    "photons_PU0": Subject("PU0", "V11", (260, 510, 760, 20, 400, 620), 60),
    "turned_PU0": Subject("PU0", "47 layers", (260, 510, 760, 20, 400, 620), 60),
    "busy20": Subject("20 000 TCs", "V11", (10, 13, 16)),
    "turned_busy20": Subject("20 000 TCs", "47 layers", (10, 13, 16)),
}


@dataclass
class Done:
    """Values [ms] of one file.

    Attributes
    ----------
    read : of its copies, from the catalogue to the first event with its geometry, as a page has it
    opened : of its copies, the whole page; through the server, to the last byte of the document
    steps : new events of one of them, right after it was opened
    typed : new events of it later, after the look ahead in the file
    """

    read: list[float] = field(default_factory=list)
    opened: list[float] = field(default_factory=list)
    steps: list[float] = field(default_factory=list)
    typed: list[float] = field(default_factory=list)


def measure(folder: Path, files: Mapping[str, Path]) -> list[Line]:
    """All of `SUBJECTS`, in process and through a server.

    Parameters
    ----------
    folder : in which further files are written
    files : photons_PU0 and busy20, of V11
    """
    every = {**files, **samples.make_other(folder)}
    copies = {name: _copies(every[name]) for name in SUBJECTS}
    process = in_process(copies)
    with _empty_cache(), Server([path for paths in copies.values() for path in paths]) as server:
        server.first_page()
        served = asyncio.run(through(server, copies))
    return [line for name, one in SUBJECTS.items() for line in _lines(one, process[name], served[name])]


def in_process(copies: Mapping[str, list[Path]]) -> dict[str, Done]:
    """By name; each opening is from a catalogue which has opened no file, and an empty cache folder."""
    warm = Page(catalogue_of([copies["photons_PU0"][0]]))  # compiles what is compiled once in a process
    warm.click("Next")
    warm.document_bytes()
    done = {}
    for name, paths in copies.items():
        done[name] = Done()
        for path in paths:
            ms, _ = _opening(path, _state)
            done[name].read.append(ms)
            ms, page = _opening(path, _page)
            done[name].opened.append(ms)
        done[name].steps = [page.click("Next").ms for _ in range(STEPS)]
        _await_look_ahead()
        kind = type(page.widget("Event").value)
        done[name].typed = [page.set("Event", kind(number)).ms for number in SUBJECTS[name].far]
    return done


def _opening(path: Path, make: Callable[[Catalogue], Any]) -> tuple[float, Any]:
    """Time [ms] of making something of a file of which nothing is kept, and what was made."""
    _await_look_ahead()  # in the file that was opened before
    with _empty_cache():
        catalogue = catalogue_of([path]).ready()
        start = time.perf_counter()
        made = make(catalogue)
        return (time.perf_counter() - start) * 1e3, made


def _await_look_ahead() -> None:
    for thread in threading.enumerate():
        if thread.name == "bye_splits-geometry":
            thread.join()


def _state(catalogue: Catalogue) -> DisplayState:
    state = DisplayState(catalogue)
    state.show(next(iter(catalogue.samples)))
    return state


def _page(catalogue: Catalogue) -> Page:
    page = Page(catalogue)
    page.document_bytes()
    return page


async def through(server: Server, copies: Mapping[str, list[Path]]) -> dict[str, Done]:
    """By name; the server has shown a page of V11 before, and no event of these files but that one's."""
    done = {}
    async with CountingProxy(server.port) as proxy:
        async with Session(proxy, server.url) as session:
            await session.look()
            await session.click("Next")
        for name, paths in copies.items():
            done[name] = Done()
            for path in paths:
                server.rest()
                async with Session(proxy, server.url, f"/display?particle={path.stem}") as session:
                    done[name].opened.append(session.opened.ms)
                    if path != paths[-1]:
                        continue
                    await session.look()
                    done[name].steps = [(await session.click("Next")).ms for _ in range(STEPS)]
                    server.rest(busy=IDLE)
                    kind = type(session.attribute("Event", "value"))
                    done[name].typed = [
                        (await session.set("Event", kind(number))).ms for number in SUBJECTS[name].far
                    ]
                    if session.attribute("Event", "value") != kind(SUBJECTS[name].far[-1]):
                        raise RuntimeError("the page did not follow its widgets: its figures mean nothing")
    return done


def _copies(path: Path) -> list[Path]:
    copies = [path.with_name(f"{path.stem}_{number}{path.suffix}") for number in range(1, COPIES + 1)]
    for copy in copies:
        copy.hardlink_to(path)
    return copies


@contextmanager
def _empty_cache() -> Iterator[None]:
    before = os.environ.get(CACHE)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.environ[CACHE] = folder
        try:
            yield
        finally:
            os.environ.pop(CACHE)
            if before is not None:
                os.environ[CACHE] = before


def _lines(subject: Subject, process: Done, served: Done) -> list[Line]:
    of = f"{subject.words}, {subject.version}"
    return [
        Line(f"first event of a file, {of}", "ms", None, process.read),
        Line(f"page of a file's first event, {of}", "ms", None, process.opened, served.opened),
        Line(f"new event (Next, just opened), {of}", "ms", subject.event, process.steps, served.steps),
        Line(f"new event (typed, later), {of}", "ms", subject.event, process.typed, served.typed),
    ]
