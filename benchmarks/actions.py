"""User actions on an open page: a new event, layer, threshold or radius."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bye_splits.dashboard.figures.raster import prepare_layers, warm_up
from bye_splits.geometry.constants import TRIGGER_LAYERS

from .inprocess import Page, catalogue_of
from .proxy import CountingProxy
from .server import Server
from .session import Answer, Session
from .table import Line

RADII = (0.010, 0.021, 0.013, 0.027, 0.018, 0.032, 0.024)
DRAGGED = [round(0.005 + 0.001 * step, 3) for step in range(30)]
PER_SECOND = 10  # rate of changes while a slider is dragged
THRESHOLDS = (0.7, 0.9, 1.1, 1.3, 1.5, 1.7)
STEPS = 6  # clicks on "Next"


@dataclass(frozen=True)
class Sample:
    """A file of events, and the targets of its actions.

    Attributes
    ----------
    words : description of the events
    far : event numbers to type; neither these events nor their neighbours were read before
    event, layer, threshold : ms
    radius : ms, also with the colours of clusters, and for the last change of a drag
    layer_wire, threshold_sent, radius_sent : kB
    """

    words: str
    far: tuple[int, ...]
    event: float | None = None
    layer: float = 20
    layer_wire: float | None = None
    threshold: float | None = None
    threshold_sent: float | None = None
    radius: float | None = None
    radius_sent: float | None = None


SAMPLES = {
    "photons_PU0": Sample("PU0", (260, 510, 760, 20, 400, 620), event=60, layer_wire=30),
    "busy20": Sample(
        "20 000 TCs",
        (10, 13, 16),
        layer_wire=150,
        threshold=60,
        threshold_sent=500,
        radius=60,
        radius_sent=500,
    ),
    "busy60": Sample("60 000 TCs", (10, 13, 16), event=250),
}


@dataclass
class Done:
    """Answers to the actions on one page, in chronological order; those in `early` precede all others."""

    first: list[Answer]
    steps: list[Answer]
    typed: list[Answer]
    layers: list[Answer]
    thresholds: list[Answer]
    radii: list[Answer]
    coloured: list[Answer]
    dragged: list[Answer]
    early: list[Answer] = field(default_factory=list)


def measure(files: dict[str, Path]) -> list[Line]:
    """Measure all actions on all samples, in process and through a server."""
    process = in_process(list(files.values()))
    with Server(list(files.values())) as server:
        server.first_page()
        served = asyncio.run(through(server))
    return [line for name, sample in SAMPLES.items() for line in _lines(sample, process[name], served[name])]


def in_process(files: Sequence[Path]) -> dict[str, Done]:
    """Measure in process, by sample, with one page for each."""
    catalogue = catalogue_of(files)
    Page(catalogue).click("Next")  # includes the one-time compilation
    warm_up().join()
    prepare_layers(catalogue.geometry).join()
    done = {}
    for name, sample in SAMPLES.items():
        page = Page(catalogue)
        if page.widget("Particle").value != name:
            page.set("Particle", name)
        first = [page.click("Next")]
        done[name] = Done(
            first,
            [page.click("Next") for _ in range(STEPS)],
            [page.set("Event", str(number)) for number in sample.far],
            [page.set("Layer", layer) for layer in _walk(page.widget("Layer").value)],
            [page.set("Display threshold [mipT]", threshold) for threshold in THRESHOLDS],
            [page.set("Radius", radius) for radius in RADII],
            _by_cluster(page),
            [],
        )
    return done


async def through(server: Server) -> dict[str, Done]:
    """Measure through a server, by sample, with one page for each; the map's size is `MAP_SIZE`."""
    done, early = {}, []
    async with CountingProxy(server.port) as proxy:
        name = next(iter(SAMPLES))
        async with Session(proxy, server.url, f"/display?particle={name}") as session:
            await session.look()
            early = [await session.click("Next") for _ in range(STEPS)]
        server.rest()
        for name, sample in SAMPLES.items():
            async with Session(proxy, server.url, f"/display?particle={name}") as session:
                await session.look()
                first = [await session.click("Next")]
                done[name] = Done(
                    first,
                    [await session.click("Next") for _ in range(STEPS)],
                    [await session.set("Event", str(number)) for number in sample.far],
                    [
                        await session.set("Layer", layer)
                        for layer in _walk(session.attribute("Layer", "value"))
                    ],
                    [await session.set("Display threshold [mipT]", threshold) for threshold in THRESHOLDS],
                    [await session.set("Radius", radius) for radius in RADII],
                    await _by_cluster_through(session),
                    await _dragged(session),
                    early,
                )
                early = []
                if session.attribute("Event", "value") != str(sample.far[-1]):
                    raise RuntimeError("the page did not follow its widgets: its figures are invalid")
    return done


def _by_cluster(page: Page) -> list[Answer]:
    page.set("Colour by", "cluster")
    return [page.set("Radius", radius) for radius in RADII]


async def _by_cluster_through(session: Session) -> list[Answer]:
    await session.set("Display threshold [mipT]", 0.5)
    await session.set("Colour by", "cluster")
    return [await session.set("Radius", radius) for radius in RADII]


async def _dragged(session: Session) -> list[Answer]:
    """Last change of each of three drags: as fast as a single change unless the server falls behind."""
    answers = []
    for values in (DRAGGED, DRAGGED[::-1], DRAGGED):
        taken, rest = await session.drag("Radius", values, PER_SECOND)
        if len(taken) < len(values) // 2:
            raise RuntimeError(f"only {len(taken)} of {len(values)} changes were acknowledged in time")
        answers.append(rest)
    return answers


def _walk(start: int) -> list[int]:
    """Every trigger layer once, in an order in which each change is to a different layer."""
    layers = [int(layer) for layer in TRIGGER_LAYERS]
    return layers[1:] + layers[:1] if start == layers[0] else layers


def _lines(sample: Sample, process: Done, served: Done) -> list[Line]:
    def ms(work: str, target: float | None, name: str) -> Line:
        values = ([answer.ms for answer in getattr(done, name)] for done in (process, served))
        return Line(f"{work}, {sample.words}", "ms", target, *values)

    def wire(work: str, target: float | None, name: str) -> Line:
        compressed = [answer.wire / 1e3 for answer in getattr(served, name)]
        return Line(f"{work}, {sample.words}: compressed", "kB", target, [], compressed)

    def sent(work: str, target: float | None, name: str) -> Line:
        values = ([answer.payload / 1e3 for answer in getattr(done, name)] for done in (process, served))
        return Line(f"{work}, {sample.words}: uncompressed", "kB", target, *values)

    early = [ms("new event (Next), while the server starts", None, "early")] if served.early else []
    return [
        *early,
        ms("new event (first of a page)", sample.event, "first"),
        ms("new event (Next)", sample.event, "steps"),
        ms("new event (typed, not read before)", sample.event, "typed"),
        sent("new event", None, "steps"),
        wire("new event", None, "steps"),
        ms("layer change", sample.layer, "layers"),
        sent("layer change", None, "layers"),
        wire("layer change", sample.layer_wire, "layers"),
        ms("threshold change", sample.threshold, "thresholds"),
        sent("threshold change", sample.threshold_sent, "thresholds"),
        wire("threshold change", sample.threshold_sent, "thresholds"),
        ms("radius change", sample.radius, "radii"),
        ms("radius change, colours of clusters", sample.radius, "coloured"),
        sent("radius change, colours of clusters", sample.radius_sent, "coloured"),
        wire("radius change, colours of clusters", None, "coloured"),
        ms(f"radius dragged at {PER_SECOND} a second: the last change", sample.radius, "dragged"),
    ]
