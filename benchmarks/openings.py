"""Files of V11 beside files of another geometry: their first event, of which nothing is kept, and others."""

import asyncio
import os
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from . import samples
from .inprocess import Page, catalogue_of
from .proxy import CountingProxy
from .server import Server
from .session import Session
from .table import Line

COPIES = 3  # of each file: of a second one of its openings something would be kept
STEPS = 6  # clicks on "Next"
CACHE = "BYE_SPLITS_CACHE"


@dataclass(frozen=True)
class Subject:
    """One file.

    Attributes
    ----------
    words : what the events are
    version : of the geometry
    far : numbers of events that are typed; neither they nor their neighbours were read before
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
    """Values [ms] of one file: openings of its copies, and new events of the first one."""

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
    with _empty_cache():
        process = in_process(copies)
    with _empty_cache(), Server([path for paths in copies.values() for path in paths]) as server:
        server.first_page()
        served = asyncio.run(through(server, copies))
    return [line for name, one in SUBJECTS.items() for line in _lines(one, process[name], served[name])]


def in_process(copies: Mapping[str, list[Path]]) -> dict[str, Done]:
    """By name; an opening is that of a page, from a catalogue which has opened no file."""
    warm = Page(catalogue_of([copies["photons_PU0"][0]]))  # compiles what is compiled once in a process
    warm.click("Next")
    warm.document_bytes()
    done = {}
    for name, paths in copies.items():
        done[name] = Done()
        for path in paths:
            _rest()
            catalogue = catalogue_of([path]).ready()
            start = time.perf_counter()
            page = Page(catalogue)
            page.document_bytes()
            done[name].opened.append((time.perf_counter() - start) * 1e3)
        done[name].steps = [page.click("Next").ms for _ in range(STEPS)]
        kind = type(page.widget("Event").value)
        done[name].typed = [page.set("Event", kind(number)).ms for number in SUBJECTS[name].far]
    return done


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
                    kind = type(session.attribute("Event", "value"))
                    done[name].typed = [
                        (await session.set("Event", kind(number))).ms for number in SUBJECTS[name].far
                    ]
                    if session.attribute("Event", "value") != kind(SUBJECTS[name].far[-1]):
                        raise RuntimeError("the page did not follow its widgets: its figures mean nothing")
    return done


def _rest() -> None:
    """Wait until what looks for further cells of a file that was opened before is done."""
    for thread in threading.enumerate():
        if thread.name == "bye_splits-geometry":
            thread.join()


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
        Line(f"opening a file's first event, {of}", "ms", None, process.opened, served.opened),
        Line(f"new event (Next), {of}", "ms", subject.event, process.steps, served.steps),
        Line(f"new event (typed, not read before), {of}", "ms", subject.event, process.typed, served.typed),
    ]
