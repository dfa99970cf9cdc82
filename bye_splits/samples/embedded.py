"""The embedded sample: small toy samples, made beforehand, or at the first start and then cached."""

import atexit
import functools
import logging
import os
import shutil
import tempfile
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
_log = logging.getLogger(__name__)


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
    same work and get the same files. Without a cache folder they are removed when the process ends.
    """
    geometry = geometry or Geometry.v11()
    if (named := os.environ.get(SAMPLES)) and not _missing(_files(folder := Path(named) / _name(geometry))):
        return _labelled(_files(folder))
    if named:
        _log.warning("%s: expected a complete toy sample in %s, found none: one is made.", SAMPLES, folder)
    parent = cache.folder()
    return make(_temporary() if parent is None else parent, progress, geometry)


def make(
    parent: Path, progress: Callable[[int, int], object] | None = None, geometry: Geometry | None = None
) -> dict[tuple[str, str], Path]:
    """Make those of the embedded sample's files that do not exist in a folder; as `paths` otherwise.

    Parameters
    ----------
    parent : existing folder, in which the files have one of their own; `BYE_SPLITS_SAMPLES` may name it
    """
    geometry = geometry or Geometry.v11()
    files = _files(_folder(parent, geometry))
    missing = _missing(files)
    total = sum(EVENTS[pileup] * _WORK[pileup] for _, pileup in missing)
    if missing and progress is not None:
        _make(missing, geometry, _cumulative(progress, total))
    elif missing:
        line = "Making the toy sample: {percentage:3.0f}% |{bar}| {elapsed}"
        with tqdm(total=total, bar_format=line) as bar:
            _make(missing, geometry, bar.update)
    return _labelled(files)


def _files(folder: Path) -> dict[tuple[str, int], Path]:
    return {(p, n): folder / f"{p}_PU{n}.root" for p in toy.PARTICLES for n in toy.PILEUPS}


def _missing(files: dict[tuple[str, int], Path]) -> dict[tuple[str, int], Path]:
    return {key: path for key, path in files.items() if not path.exists()}


def _labelled(files: dict[tuple[str, int], Path]) -> dict[tuple[str, str], Path]:
    return {(particle, str(pileup)): path for (particle, pileup), path in files.items()}


def _make(missing: dict[tuple[str, int], Path], geometry: Geometry, advance: Callable[[int], object]) -> None:
    for (particle, pileup), path in missing.items():

        def done(events: int, work: int = _WORK[pileup]) -> None:
            advance(events * work)

        try:
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
        except OSError as error:
            raise ByeSplitsError(
                str(path.parent),
                expected="a folder for the toy sample, with some 20 MB left",
                found=str(error),
                action="Make room there, or set BYE_SPLITS_CACHE to another folder.",
            ) from error


def _cumulative(progress: Callable[[int, int], object], total: int) -> Callable[[int], None]:
    done = 0

    def advance(work: int) -> None:
        nonlocal done
        done += work
        progress(done, total)

    return advance


def _name(geometry: Geometry) -> str:
    """Name of the folder of the samples of a geometry."""
    cells = geometry.trigger_cells
    checksum = 0
    for name in ("layer", "waferu", "waferv", "cellu", "cellv", "x", "y", "z"):
        checksum = zlib.crc32(cells[name].to_numpy().tobytes(), checksum)
    return f"toy-{toy.GENERATOR}-{checksum:08x}"


def _folder(parent: Path, geometry: Geometry) -> Path:
    folder = parent / _name(geometry)
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise ByeSplitsError(
            str(parent),
            expected="a cache folder that can be written",
            found=str(error),
            action="Set BYE_SPLITS_CACHE to another folder.",
        ) from error
    return folder


@functools.cache
def _temporary() -> Path:
    """Temporary folder of this process, removed when it ends."""
    folder = tempfile.mkdtemp(prefix="bye_splits-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _log.warning("No cache folder can be written: the toy sample is kept in %s for this run only.", folder)
    return Path(folder)
