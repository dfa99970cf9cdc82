"""The toy simulation: one particle per event into the +z endcap, with or without pile-up."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from bye_splits import cache
from bye_splits.errors import ByeSplitsError
from bye_splits.geometry import Geometry

from . import events as event_tables
from . import front_end, simulation, transport, writing
from . import pileup as soft
from .absorber import Absorber, absorber_of
from .transport import Particles

GENERATOR = 3
"""Version of the generator: increased whenever a seed gives different files."""

TITLE = "toy simulation, not CMS data; cl3d: default stage-2 chain of bye_splits"
FIRST_EVENT = 1
"""Number of a file's first event; the others are numbered consecutively."""

PARTICLES = {"photons": (22, 1.0, 100.0), "electrons": (11, 1.0, 100.0), "pions": (211, 0.0, 200.0)}
"""Particle -> PDG number, limits of the flat pt spectrum [GeV]; electrons and pions of both charges."""

PILEUPS = (0, 200)
ETA = (1.7, 2.8)
"""Range of the flat spectrum of |eta| at the vertex."""

_BLOCK = {0: 50, 200: 2}  # events drawn from one random stream
EVENTS_PER_BASKET = {0: 250, 200: 2}


def gun(particle: str, n: int, absorber: Absorber, rng: np.random.Generator) -> Particles:
    """One particle per event, flat in pt and eta, that reaches the calorimeter's face.

    Parameters
    ----------
    particle : photons, electrons or pions
    n : int, number of events
    absorber : Absorber
    rng : numpy.random.Generator

    Returns
    -------
    Particles, shape (n,); particles that would miss the first layer are drawn again
    """
    pid, pt_min, pt_max = PARTICLES[particle]
    drawn = Particles(*(np.zeros(n, dtype=kind) for kind in (np.int64, np.int32, float, float, float, float)))
    missing = np.arange(n)
    while len(missing):
        k = len(missing)
        sign = 1 if pid == 22 else np.where(rng.random(k) < 0.5, 1, -1)
        drawn.event[missing] = missing
        drawn.pid[missing] = sign * pid
        drawn.pt[missing] = pt_max - (pt_max - pt_min) * rng.random(k)
        drawn.eta[missing] = rng.uniform(*ETA, k)
        drawn.phi[missing] = rng.uniform(-np.pi, np.pi, k)
        drawn.vertex_z[missing] = rng.normal(0, transport.VERTEX_SIGMA, k)
        face = transport.at_face(drawn.some(missing))
        radius = np.hypot(face.x, face.y)
        missing = missing[(radius < absorber.face_radii[0]) | (radius > absorber.face_radii[1])]
    return drawn


def block(
    particle: str,
    pileup: int,
    seed: int,
    number: int,
    geometry: Geometry,
    columns: event_tables.CellColumns,
    mip_threshold: float = front_end.THRESHOLD,
) -> writing.Events:
    """The events of one block; they depend only on (particle, pile-up, seed, number, geometry).

    The threshold selects trigger cells of the same events.

    Parameters
    ----------
    particle, pileup, seed, mip_threshold : see `write_toy`
    number : int, of the block, from 0
    geometry : Geometry
    columns : CellColumns of that geometry

    Returns
    -------
    writing.Events, 50 events without pile-up, 2 with
    """
    n = _BLOCK[pileup]
    sequence = np.random.SeedSequence([seed, PARTICLES[particle][0], pileup], spawn_key=(number,))
    rng = np.random.Generator(np.random.PCG64(sequence))
    hard = gun(particle, n, absorber_of(geometry), rng)
    everything = hard if pileup == 0 else Particles.joined([hard, soft.particles(n, pileup, rng)])
    event, cell, mips, _ = simulation.trigger_cell_mips(everything, geometry, rng)
    table = event_tables.measured(n, event, cell, mips, columns, mip_threshold)
    face = transport.at_face(hard)
    exeta = np.arcsinh(face.z / np.hypot(face.x, face.y))
    exphi = np.arctan2(face.y, face.x)
    numbers = FIRST_EVENT + number * n + np.arange(n)
    return event_tables.with_clusters(numbers, table, hard.pid, exeta, exphi, hard.pt, hard.energy)


def blocks(
    particle: str,
    pileup: int,
    events: int,
    seed: int,
    geometry: Geometry | None = None,
    mip_threshold: float = front_end.THRESHOLD,
) -> Iterator[writing.Events]:
    """The first `events` events of a sample, block by block; see `write_toy` for the arguments.

    A longer sample starts with the same events as a shorter one.
    """
    _check(particle, pileup, events, seed, mip_threshold)
    geometry = geometry or Geometry.v11()
    columns = event_tables.CellColumns(geometry)
    size = _BLOCK[pileup]
    for number in range(-(-events // size)):
        made = block(particle, pileup, seed, number, geometry, columns, mip_threshold)
        yield made.part(0, events - number * size)


def write_toy(
    out_folder: str | Path,
    particle: str,
    pileup: int,
    events: int,
    seed: int,
    progress: Callable[[int], object] | None = None,
    geometry: Geometry | None = None,
    also_read: Iterable[str | Path] = (),
    mip_threshold: float = front_end.THRESHOLD,
) -> list[Path]:
    """Make a toy sample and its geometry file.

    Parameters
    ----------
    out_folder : created if it does not exist; files of the same names in it are replaced
    particle : photons, electrons or pions
    pileup : 0 or 200
    events : at least 1
    seed : not negative; the same seed gives the same events
    progress : called with the number of events made since the last call
    geometry : V11 by default; for any other one see `absorber.absorber_of`
    also_read : files that must not be overwritten, such as that of the geometry
    mip_threshold : trigger cells are kept above this `mipPt` [mipT], at least 0

    Returns
    -------
    the event file, <particle>_PU<pileup>.root, and geometry.root

    Raises
    ------
    ByeSplitsError : an argument is out of range, the folder cannot be written, or one of the files that are
        read would be overwritten
    """
    _check(particle, pileup, events, seed, mip_threshold)
    geometry = geometry or Geometry.v11()
    folder = cache.local_output(out_folder)
    paths = [folder / f"{particle}_PU{pileup}.root", folder / "geometry.root"]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in paths:
            cache.check_output(path, also_read)
        cache.write_atomically(
            paths[0],
            lambda path: write_sample(
                path, particle, pileup, events, seed, progress, geometry, mip_threshold
            ),
        )
        cache.write_atomically(paths[1], lambda path: writing.write_geometry(path, geometry))
    except OSError as error:
        raise ByeSplitsError(
            str(folder),
            expected="a folder to write the sample into",
            found=str(error),
            action="Choose a folder that you can write to and that has space left.",
        ) from error
    return paths


def write_sample(
    path: Path,
    particle: str,
    pileup: int,
    events: int,
    seed: int,
    progress: Callable[[int], object] | None,
    geometry: Geometry,
    mip_threshold: float = front_end.THRESHOLD,
) -> None:
    """Write only the event file; arguments as in `write_toy`."""

    def counted() -> Iterator[writing.Events]:
        for part in blocks(particle, pileup, events, seed, geometry, mip_threshold):
            yield part
            if progress is not None:
                progress(len(part.numbers))

    title = TITLE
    if geometry.version != "V11":
        title += f"; geometry: {geometry.version}, {geometry.n_layers} layers"
    if mip_threshold != front_end.THRESHOLD:
        title += f"; trigger cells above {mip_threshold:g} mipT"
    writing.write(path, counted(), title=title, events_per_basket=EVENTS_PER_BASKET[pileup])


def _check(particle: str, pileup: int, events: int, seed: int, mip_threshold: float) -> None:
    whole = {"pile-up": pileup, "number of events": events, "seed": seed}
    wrong = {
        "particle": (particle not in PARTICLES, f"one of {', '.join(PARTICLES)}", particle),
        "pile-up": (pileup not in PILEUPS, "0 or 200 collisions", pileup),
    }
    for name, value in whole.items():
        wrong.setdefault(name, (not isinstance(value, (int, np.integer)), "an integer", value))
    if not any(bad for bad, *_ in wrong.values()):
        wrong["number of events"] = (not 1 <= events < 2**31, "at least 1, below 2^31", events)
        wrong["seed"] = (seed < 0, "at least 0", seed)
        wrong["threshold"] = (not 0 <= mip_threshold < np.inf, "at least 0 mipT", mip_threshold)
    for name, (bad, expected, found) in wrong.items():
        if bad:
            raise ByeSplitsError(
                f"Toy sample, {name}", expected=expected, found=repr(found), action="Correct the argument."
            )
