"""The geometry of a file's events: a known one that fits their positions, or one inferred from them."""

import contextlib
import hashlib
import json
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from bye_splits import cache
from bye_splits.counting import counted
from bye_splits.data import EventSource
from bye_splits.errors import ByeSplitsError, GeometryError
from bye_splits.fingerprints import Fingerprint
from bye_splits.geometry import Geometry, Inferred
from bye_splits.geometry.kept import FORMAT, load, save

COLUMNS = ("layer", "waferu", "waferv", "cellu", "cellv")
POSITIONS = ("x", "y", "z")
STRAYS = 2  # trigger cells; up to so many displaced ones do not change a geometry already decided on
ELSEWHERE = 0.01  # fraction of the trigger cells that may be displaced if a geometry is the right one
POOLED = 100_000  # number of trigger cells of the first events that are used together
SPREAD = 24  # positions in the file from which further events are read in the background
PAUSE = 0.4  # s between these reads, to keep sessions responsive
IDLE = 4.0  # s after the last requested event before further ones are read: a page may still be opened


@dataclass(frozen=True, eq=False)
class Match:
    """The trigger cells of an event in a geometry.

    Attributes
    ----------
    geometry : Geometry
    number : int64, shape (n,): trigger cell numbers; -1 where the geometry has no such cell, or elsewhere
    elsewhere : number of trigger cells that the geometry has at another position
    """

    geometry: Geometry
    number: np.ndarray
    elsewhere: int

    @property
    def unknown(self) -> int:
        """Number of trigger cells whose indices are not in the geometry."""
        return int((self.number < 0).sum()) - self.elsewhere

    @property
    def fits(self) -> bool:
        """Whether the geometry is that of the event."""
        known = len(self.number) - self.unknown
        return self.elsewhere <= ELSEWHERE * known and (known > 0 or not len(self.number))


def match(geometry: Geometry, cells: pd.DataFrame) -> Match:
    """Look an event's trigger cells up by their indices, and compare their positions."""
    number = geometry.find(*(cells[name].to_numpy() for name in COLUMNS))
    agrees = geometry.agrees(number, *(cells[name].to_numpy() for name in POSITIONS))
    known = number >= 0
    return Match(geometry, np.where(agrees, number, -1), int((known & ~agrees).sum()))


class SampleGeometry:
    """The geometry of one file; threads may share it.

    Parameters
    ----------
    source : the open file
    known : geometries to try, in this order: that of the configured file, and V11
    look_ahead : whether to read further events in the background once the geometry is inferred from positions

    Attributes
    ----------
    geometry : Geometry of the events shown so far; it grows if it is inferred from their positions
    notice : a sentence about why it is not the first known one; "" if it is
    """

    def __init__(self, source: EventSource, known: Iterable[Geometry], look_ahead: bool = True):
        self.source, self._known, self._look_ahead = source, tuple(known), look_ahead
        self.geometry: Geometry = self._known[0]
        self.notice = ""
        self._lock = threading.Lock()
        self._decided = False  # whether an event agreed with the geometry
        self._spread: threading.Thread | None = None
        self._last_request = 0.0  # time.monotonic() of the latest event
        self._kept: Path | None = None  # where the inferred geometry is kept, for the file as it was then

    def match(self, cells: pd.DataFrame) -> Match:
        """Find an event's trigger cells in the file's geometry, choosing or extending it if necessary.

        Parameters
        ----------
        cells : `Event.trigger_cells`
        """
        self._last_request = time.monotonic()
        found = match(self.geometry, cells)
        if (found.number >= 0).all():
            self._decided |= len(cells) > 0
            return found
        strays = self._decided and found.elsewhere <= STRAYS
        if self.geometry.complete and (found.fits or strays):
            self._decided = True
            return found
        with self._lock:
            if self.geometry.complete and (found.elsewhere or not self._decided):
                self._choose(cells)
            if isinstance(self.geometry, Inferred):  # a complete one does not grow
                self.geometry = self.geometry.grown(_table(cells))
        return match(self.geometry, cells)

    def _choose(self, cells: pd.DataFrame) -> None:
        """Choose a known geometry that agrees with these cells, or infer one from the file's positions."""
        matches = [match(geometry, cells) for geometry in self._known]
        fitting = next((each for each in matches if each.fits), None)
        first = self._known[0]
        away = matches[0].elsewhere / max(len(cells) - matches[0].unknown, 1)
        why = f"{100 * away:.0f} % of the trigger cells are not where {_named(first)} has them"
        if matches[0].unknown == len(cells):
            why = f"none of the trigger cells is in {_named(first)}"
        if fitting is not None:
            self.geometry = fitting.geometry
            if fitting.geometry is not first:
                used = f"{_named(self.geometry)} is used, with which the file agrees"
                self.notice = f"{why[0].upper()}{why[1:]}: {used}."
            return
        try:
            self.geometry = self._inferred(cells)
        except GeometryError:  # none can be a trigger cell: all count as not in the geometry
            return
        version = self.geometry.version
        looks = f"it looks like {version}" if version[0] == "V" else f"of an {version}"
        if version == Geometry.v11().version:  # its trigger cells are elsewhere, as checked above
            looks = f"with the planes of {version}"
        layers = f"{self.geometry.n_layers} layers"
        made = f"the geometry is read from the file's own positions ({looks}, {layers})"
        self.notice = f"{why[0].upper()}{why[1:]}: {made}."

    def _inferred(self, cells: pd.DataFrame) -> Inferred:
        self._kept = self._cache_file()
        if self._kept is not None:
            with contextlib.suppress(Exception):  # missing, or damaged in one of many ways: inferred again
                return load(self._kept, str(self.source.path))
        tables = [_table(cells)]
        with contextlib.suppress(ByeSplitsError):  # the shown event is sufficient; others extend it
            tables.append(_table(next(self._batches(0)).trigger_cells))
        made = Geometry.from_positions(pd.concat(tables, ignore_index=True), str(self.source.path))
        if self._look_ahead:
            self._start_spread()
        return made

    def _batches(self, start: int, stop: int | None = None) -> Iterator:
        return self.source.batches([*COLUMNS, *POSITIONS], start, stop, POOLED)

    def _cache_file(self) -> Path | None:
        folder = cache.folder()
        if folder is None or not isinstance(self.source.path, Path):  # a remote file has no identity
            return None
        try:
            status = self.source.path.stat()
        except OSError:
            return None
        identity = [str(self.source.path.resolve()), self.source.tree, FORMAT]
        key = json.dumps([*identity, *Fingerprint.of(status).lasting])
        return folder / f"positions-{hashlib.sha256(key.encode()).hexdigest()[:16]}.npz"

    def _save(self, geometry: Inferred) -> None:
        if self._kept is not None:
            with contextlib.suppress(OSError):  # a full disk only slows down the next start a little
                cache.write_atomically(self._kept, lambda path: save(geometry, path))

    def _start_spread(self) -> None:
        """Read events from all of the file in the background, so that few later ones add to the geometry."""
        self._spread = threading.Thread(target=self._spread_out, name="bye_splits-geometry", daemon=True)
        self._spread.start()

    def _wait(self) -> None:
        """Wait until no event was requested for a while: pages take precedence over background reads."""
        wait = PAUSE
        while wait > 0:
            time.sleep(wait)
            wait = self._last_request + IDLE - time.monotonic()

    def _spread_out(self) -> None:
        n = len(self.source)
        with contextlib.suppress(ByeSplitsError):  # closed, or replaced: reported by the next read
            for start in dict.fromkeys(np.linspace(0, max(n - 1, 0), SPREAD + 1).astype(int).tolist()):
                self._wait()
                batch = next(self._batches(start, n), None)
                if batch is None:
                    break
                with self._lock:
                    if isinstance(self.geometry, Inferred):
                        self.geometry = self.geometry.grown(_table(batch.trigger_cells))
            with self._lock:
                if isinstance(self.geometry, Inferred) and not self.geometry.complete:
                    self._save(self.geometry)


def described(geometry: Geometry) -> str:
    """Short description of a geometry, for lists and exports."""
    if not isinstance(geometry, Inferred) or geometry.complete:
        return _named(geometry)
    uncertain = geometry.fit.n_uncertain
    sure = f", {counted(uncertain, 'wafer')} uncertain" if uncertain else ""
    return f"{geometry.version}, {geometry.n_layers} layers, from the positions in the file{sure}"


def _named(geometry: Geometry) -> str:
    return geometry.version if geometry is Geometry.v11() else f"{geometry.source} ({geometry.version})"


def _table(cells: pd.DataFrame) -> pd.DataFrame:
    return cells[[*COLUMNS, *POSITIONS]]
