"""The embedded sample: small toy samples, made beforehand, or at the first start and then cached."""

import functools
import logging
import math
import os
import time
import zlib
from collections.abc import Callable
from pathlib import Path

from tqdm import tqdm

from bye_splits import cache
from bye_splits.errors import ByeSplitsError
from bye_splits.geometry import Geometry

from . import toy

EVENTS = {0: 200, 200: 10}
"""Number of events per particle, by pile-up."""

SEED = 11
SAMPLES = "BYE_SPLITS_SAMPLES"
"""Environment variable: folder of samples that `make` has made, which may be read-only."""

_WORK = {0: 1, 200: 60}  # cost of one event, in PU0 events
RETRY = 60.0  # s until it is tried again to write into a folder that was full
_log = logging.getLogger(__name__)
_failures: dict[Path, tuple[float, OSError]] = {}
"""By folder: when it could not be written into, and why."""


def paths(
    progress: Callable[[int, int], object] | None = None, geometry: Geometry | None = None
) -> dict[tuple[str, str], Path]:
    """Paths of the embedded sample's files, which are made if they do not exist.

    Parameters
    ----------
    progress : called with the work done and the total work, in arbitrary units, while files are made;
        None: a bar on stderr
    geometry : V11 by default

    Returns
    -------
    (particle, pile-up) -> file, labelled as in a configuration: ("photons", "0"), ("photons", "200"), ...

    Raises
    ------
    ByeSplitsError : the files cannot be written

    Notes
    -----
    They are those in the folder that `BYE_SPLITS_SAMPLES` names, else they are kept in the cache folder. The
    folder's name contains the version of the generator and a checksum of the geometry, so that new files
    are made if either changes. Files are created atomically: processes that start at the same time do the
    same work and get the same files. Without a cache folder, or where it is full, they are in a folder for
    temporary files and are removed when the process ends.
    """
    geometry = geometry or Geometry.v11()
    name = _folder_name(geometry)
    if named := os.environ.get(SAMPLES):
        made = _files(Path(named) / name)
        if all(path.exists() for path in made.values()):
            return _labelled(made)
        _log.warning(
            "%s: expected the whole toy sample in %s/%s, found none: one is made.", SAMPLES, named, name
        )
    problem: OSError | None = None
    for parent in (cache.folder, cache.temporary_folder):
        try:
            if (place := parent()) is not None:
                return _paths(place / name, progress, geometry)
        except OSError as error:
            problem = error
    raise ByeSplitsError(
        name,
        expected="a folder for the toy sample, with some 20 MB left",
        found=f"{problem} in the cache folder, and then in that for temporary files",
        action="Make room there, or set BYE_SPLITS_CACHE to another folder.",
    ) from problem


def make(
    parent: Path, progress: Callable[[int, int], object] | None = None, geometry: Geometry | None = None
) -> dict[tuple[str, str], Path]:
    """The files in a folder of their own in an existing one, for `BYE_SPLITS_SAMPLES`; as `paths` otherwise.

    Raises
    ------
    ByeSplitsError : they cannot be written
    """
    geometry = geometry or Geometry.v11()
    try:
        return _paths(parent / _folder_name(geometry), progress, geometry)
    except OSError as error:
        raise cache.not_writable(parent, str(error)) from error


def _paths(
    folder: Path, progress: Callable[[int, int], object] | None, geometry: Geometry
) -> dict[tuple[str, str], Path]:
    """The files in a folder, of which the missing ones are made.

    Raises
    ------
    OSError : they cannot be written; for a while it is not tried again, as each attempt takes seconds
    """
    files = _files(folder)
    missing = {key: path for key, path in files.items() if not path.exists()}
    if missing:
        failed, problem = _failures.get(folder, (-math.inf, OSError()))
        if time.monotonic() < failed + RETRY:
            raise OSError(*problem.args)
        try:
            folder.mkdir(exist_ok=True)
            _make_with_progress(missing, geometry, progress)
        except OSError as error:
            _failures[folder] = time.monotonic(), error
            raise
    return _labelled(files)


def _files(folder: Path) -> dict[tuple[str, int], Path]:
    return {(p, n): folder / f"{p}_PU{n}.root" for p in toy.PARTICLES for n in toy.PILEUPS}


def _labelled(files: dict[tuple[str, int], Path]) -> dict[tuple[str, str], Path]:
    return {(particle, str(pileup)): path for (particle, pileup), path in files.items()}


def _make_with_progress(
    missing: dict[tuple[str, int], Path],
    geometry: Geometry,
    progress: Callable[[int, int], object] | None,
) -> None:
    total = sum(EVENTS[pileup] * _WORK[pileup] for _, pileup in missing)
    if progress is not None:
        _make(missing, geometry, _cumulative(progress, total))
        return
    line = "Making the toy sample: {percentage:3.0f}% |{bar}| {elapsed}"
    with tqdm(total=total, bar_format=line) as bar:
        _make(missing, geometry, bar.update)


def _make(missing: dict[tuple[str, int], Path], geometry: Geometry, advance: Callable[[int], object]) -> None:
    for (particle, pileup), path in missing.items():

        def done(events: int, work: int = _WORK[pileup]) -> None:
            advance(events * work)

        cache.write_atomically(
            path,
            functools.partial(
                toy.write_sample,
                particle=particle,
                pileup=pileup,
                events=EVENTS[pileup],
                seed=SEED,
                progress=done,
                geometry=geometry,
            ),
        )


def _cumulative(progress: Callable[[int, int], object], total: int) -> Callable[[int], None]:
    done = 0

    def advance(work: int) -> None:
        nonlocal done
        done += work
        progress(done, total)

    return advance


def _folder_name(geometry: Geometry) -> str:
    cells = geometry.trigger_cells
    checksum = 0
    for name in ("layer", "waferu", "waferv", "cellu", "cellv", "x", "y", "z"):
        checksum = zlib.crc32(cells[name].to_numpy().tobytes(), checksum)
    return f"toy-{toy.GENERATOR}-{checksum:08x}"
