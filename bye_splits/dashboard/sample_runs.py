"""Studies of whole samples in the background of a server, shared by its sessions."""

import contextlib
import os
import shutil
import threading
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import is_
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import pandas as pd

from .. import cache
from ..chain import ChainParameters
from ..data import EventSource
from ..errors import ByeSplitsError
from ..studies.background import KEPT, Background, Progress, Run
from ..studies.pileup_overlay import run_overlays
from ..studies.sample_outcomes import run_outcomes, survey_sample
from ..studies.sample_scan import Choice, run_scan
from ..studies.sample_tables import run_differences, run_table
from ..studies.survey import Survey

T = TypeVar("T")

PROCESSES = "BYE_SPLITS_BACKGROUND"  # environment: number of processes for this work; 0: there is none
MOST_STORED = 6_000_000_000  # bytes of stores in the cache; beyond, the least recently used ones are removed


@dataclass(frozen=True, eq=False, kw_only=True)
class SampleOutcomes:
    """What became of the generated particles of a sample, as far as it is known.

    Attributes
    ----------
    particles : DataFrame, rows as of `sample_outcomes.ChunkOutcomes`, of the chunks that are done; empty, and
        without columns, before the first one
    others : the same, of the events without a generated particle
    progress : Progress
    failures : reason by chunk of the file, of those that could not be worked on
    """

    particles: pd.DataFrame
    others: pd.DataFrame
    progress: Progress
    failures: dict[str, str]

    @classmethod
    def of(cls, run: Run) -> "SampleOutcomes":
        """The present state of a run."""
        parts = list(run.results.values())
        particles, others = (_together([part[which] for part in parts]) for which in (0, 1))
        return cls(
            particles=particles,
            others=others,
            progress=run.progress,
            failures={str(chunk): why for chunk, why in run.failures.copy().items()},
        )


def _together(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Rows of several tables; those without rows would only change the types of the columns."""
    filled = [part for part in parts if len(part)] or parts[:1]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame()


@dataclass(frozen=True, eq=False, kw_only=True)
class SampleRows:
    """A table of a sample, as far as it is known.

    Attributes
    ----------
    rows : DataFrame, see `sample_tables.TABLES`, of the chunks that are done; empty, and without columns,
        before the first one
    progress, failures : as of `SampleOutcomes`
    """

    rows: pd.DataFrame
    progress: Progress
    failures: dict[str, str]

    @classmethod
    def of(cls, run: Run) -> "SampleRows":
        """The present state of a run."""
        return cls(
            rows=_gathered(run),
            progress=run.progress,
            failures={str(chunk): why for chunk, why in run.failures.copy().items()},
        )


_GATHERED: WeakKeyDictionary[Run, tuple[list[pd.DataFrame], pd.DataFrame]] = WeakKeyDictionary()
"""By run: the first of its tables, and their rows together."""


def _gathered(run: Run) -> pd.DataFrame:
    """Rows of a run's tables; what is new is added to what was there, as a run may have thousands of them."""
    parts = list(run.results.values())
    known, table = _GATHERED.get(run, ([], pd.DataFrame()))
    n = len(known)
    if n and len(parts) >= n and all(map(is_, known, parts)):
        table = _together([table, *parts[n:]]) if len(parts) > n else table
    else:
        table = _together(parts)
    _GATHERED[run] = parts, table
    return table


class SampleRuns:
    """The runs over the samples of a catalogue.

    Parameters
    ----------
    processes : how many; default: from the environment

    Attributes
    ----------
    enabled : whether there are processes for such work
    """

    def __init__(self, processes: int | None = None):
        self._processes = _processes() if processes is None else processes
        self._known: dict[
            tuple[EventSource, ChainParameters, str | Choice, int | None], tuple[Run, int, Any]
        ] = {}
        self._surveys: dict[str, tuple[EventSource, Survey]] = {}  # by location
        self._overlays: WeakKeyDictionary[Run, tuple[int, SampleRows]] = WeakKeyDictionary()
        self._lock = threading.Lock()
        self.enabled = self._processes > 0

    @cached_property
    def background(self) -> Background:
        """The processes."""
        return Background(self._processes)

    @cached_property
    def folder(self) -> Path:
        """Folder of the stores."""
        usual = cache.folder()
        if usual is not None and cache.has_room(usual):
            with contextlib.suppress(OSError):  # it has filled up
                folder = usual / "studies"
                folder.mkdir(exist_ok=True)
                _prune(folder)
                return folder
        return cache.temporary_folder()

    def outcomes(self, source: EventSource, location: str, parameters: ChainParameters) -> SampleOutcomes:
        """What became of the particles of a file; the rest is worked on while this is called now and then.

        Parameters
        ----------
        source : the open file; another one for the same location means that it has changed
        location : as for `open_source`
        parameters : of the chain

        Raises
        ------
        ByeSplitsError : the file cannot be read, or the folder of the stores not be written to
        """
        return self._state(source, location, parameters, "", SampleOutcomes.of)

    def table(
        self,
        source: EventSource,
        location: str,
        parameters: ChainParameters,
        kind: str,
        most: int | None = None,
    ) -> SampleRows:
        """A table of a file, one of `sample_tables.TABLES`; the rest is as of `outcomes` and `run_table`."""
        return self._state(source, location, parameters, kind, SampleRows.of, most)

    def scan(self, source: EventSource, location: str, base: ChainParameters, choice: Choice) -> SampleRows:
        """What many sets of parameters give, see `sample_scan.run_scan`; the rest is as of `outcomes`."""
        return self._state(source, location, choice.settled(base), choice, SampleRows.of)

    def overlays(
        self,
        sample: tuple[EventSource, str],
        pileup: Sequence[tuple[EventSource, str]],
        parameters: ChainParameters,
        entry: int | None = None,
    ) -> SampleRows:
        """Showers of a file in many pile-ups, see `pileup_overlay.run_overlays`; the rest as of `outcomes`.

        Parameters
        ----------
        sample, pileup : open files and their locations
        """
        with self._lock:
            of, *others = (self._survey(*one) for one in (sample, *pileup))
        run = run_overlays(self.background, of, others, parameters, entry)
        kept = self._overlays.get(run)
        if kept is None or kept[0] != run.version:
            kept = self._overlays[run] = run.version, SampleRows.of(run)
        return kept[1]

    def _survey(self, source: EventSource, location: str) -> Survey:
        """The survey of a file, anew for another one of the same location."""
        if self._surveys.get(location, (None,))[0] is not source:
            self._surveys[location] = source, survey_sample(location)
        return self._surveys[location][1]

    def differences(self, key: Hashable, pairs: pd.DataFrame) -> pd.DataFrame | None:
        """Differences between two sets, see `sample_tables.run_differences`; None before they are known.

        Parameters
        ----------
        key : of what the pairs are
        """
        run = run_differences(self.background, key, pairs)
        return next(iter(run.results.values()), None)

    def _state(
        self,
        source: EventSource,
        location: str,
        parameters: ChainParameters,
        kind: str | Choice,
        state_of: Callable[[Run], T],
        most: int | None = None,
    ) -> T:
        """The state of a run, made anew where chunks have been done since.

        `kind` is "" for the outcomes, and a `Choice` for a scan.
        """
        with self._lock:
            key = source, parameters, kind, most
            found = self._known.pop(key, None)
            if found is None:
                survey, folder = self._survey(source, location), self.folder
                if isinstance(kind, Choice):
                    run = run_scan(self.background, survey, folder, parameters, kind)
                elif kind:
                    run = run_table(self.background, survey, folder, kind, parameters, most)
                else:
                    run = run_outcomes(self.background, survey, folder, parameters)
                found = run, run.version, state_of(run)
            run, version, _ = found
            run.request()
            if run.version != version:
                found = run, run.version, state_of(run)
            self._known[key] = found
            while len(self._known) > KEPT:
                del self._known[next(iter(self._known))]
            return found[2]


def _processes() -> int:
    """Number of processes, from the environment.

    Raises
    ------
    ByeSplitsError : it is not a number
    """
    text = os.environ.get(PROCESSES, "1")
    if text.isdecimal():
        return int(text)
    raise ByeSplitsError(
        PROCESSES,
        expected="a number of processes for studies in the background, 0 for none",
        found=repr(text),
        action="Correct the environment variable.",
    )


def _prune(folder: Path) -> None:
    """Remove the least recently used stores of a folder that takes too much room."""
    stores = [store for pattern in ("store-*", "occupancy-*") for store in folder.glob(pattern)]
    stores.sort(key=lambda store: store.stat().st_mtime, reverse=True)
    taken = 0
    for store in stores:
        taken += sum(file.stat().st_size for file in store.iterdir())
        if taken > MOST_STORED:
            shutil.rmtree(store, ignore_errors=True)
