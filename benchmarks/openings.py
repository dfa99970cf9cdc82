"""Files of V11 and of another geometry: the first event, with nothing cached, and later ones."""

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

from bye_splits import sample_geometry
from bye_splits.dashboard.catalogue import Catalogue
from bye_splits.dashboard.state.display import DisplayState

from . import samples
from .inprocess import Page, catalogue_of
from .proxy import CountingProxy
from .server import Server
from .session import Session
from .table import Line

COPIES = 3  # of each file: a second opening of the same one would use cached data
STEPS = 6  # clicks on "Next"
IDLE = 0.01  # fraction of a core below which the server has finished reading ahead in the file
CACHE = "BYE_SPLITS_CACHE"


@dataclass(frozen=True)
class Subject:
    """A file to measure.

    Attributes
    ----------
    words : description of the events
    version : version of the geometry
    far : event numbers to type; no page has shown these events or their neighbours
    event : target for a new event, ms
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
    """Times [ms] for one file.

    Attributes
    ----------
    read : for each copy, from the catalogue to the state with the first event and its geometry
    opened : for each copy, the whole page; through the server, up to the last byte of the document
    steps : new events of one copy, right after it was opened
    typed : later events of that copy, after the file was read ahead
    """

    read: list[float] = field(default_factory=list)
    opened: list[float] = field(default_factory=list)
    steps: list[float] = field(default_factory=list)
    typed: list[float] = field(default_factory=list)


def measure(folder: Path, files: Mapping[str, Path]) -> list[Line]:
    """Measure all of `SUBJECTS`, in process and through a server.

    Parameters
    ----------
    folder : folder for further files
    files : photons_PU0 and busy20, of V11
    """
    originals = {**files, **samples.make_other(folder)}
    copies = {name: _copies(originals[name]) for name in SUBJECTS}
    process = in_process(copies)
    with _empty_cache(), Server([path for paths in copies.values() for path in paths]) as server:
        server.first_page()
        served = asyncio.run(through(server, copies))
    return [line for name, one in SUBJECTS.items() for line in _lines(one, process[name], served[name])]


def in_process(copies: Mapping[str, list[Path]]) -> dict[str, Done]:
    """Measure in process, by name; each file is opened with a new catalogue and an empty cache folder."""
    warm = Page(catalogue_of([copies["photons_PU0"][0]]))  # includes the one-time compilation
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
    """Time [ms] of a function of the catalogue of a file without cached data, and its result."""
    _await_look_ahead()  # in the previous file
    with _empty_cache():
        catalogue = catalogue_of([path]).ready()
        start = time.perf_counter()
        result = make(catalogue)
        return (time.perf_counter() - start) * 1e3, result


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
    """Measure through a server, by name; before, it has shown only one page, of V11."""
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
                    server.rest(busy=IDLE, quiet=2 + sample_geometry.IDLE)
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
