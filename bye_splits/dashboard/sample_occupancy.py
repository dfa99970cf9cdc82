"""Occupancies of whole samples, made in the background of a server and shared by its sessions."""

import threading
import time
from dataclasses import dataclass
from pathlib import Path

from ..chain import ChainParameters
from ..data import EventSource
from ..errors import ByeSplitsError
from ..sample_geometry import SampleGeometry
from ..studies.background import KEPT, PATIENCE, Background, Progress, Run
from ..studies.occupancy import Occupancy, file_of
from ..studies.occupancy_background import run_occupancy, survey_occupancy
from ..studies.occupancy_chunk import OccupancySettings
from ..studies.occupancy_maps import OccupancyMaps
from ..studies.occupancy_tables import seen_cells

LOOK = 0.3  # s between looks at the progress
SHARE = 0.1  # at most, of the time for reading what there is so far


@dataclass(frozen=True, eq=False, kw_only=True)
class SampleOccupancy:
    """The occupancy of a sample, as far as it is known.

    Attributes
    ----------
    maps : OccupancyMaps of the events that are done; None before the first ones
    progress : Progress; None before the file was examined
    failures : reason by chunk of the file, of those that could not be worked on
    problem : why there is nothing at all; "" if there is
    """

    maps: OccupancyMaps | None = None
    progress: Progress | None = None
    failures: tuple[tuple[str, str], ...] = ()
    problem: str = ""


class OccupancyRuns:
    """The occupancies of the samples of a catalogue.

    Parameters
    ----------
    background : processes that work on them
    folder : for what they have found
    """

    def __init__(self, background: Background, folder: Path):
        self._background, self._folder = background, folder
        self._known: dict[tuple[EventSource, ChainParameters], _Followed] = {}
        self._lock = threading.Lock()

    def occupancy(
        self,
        source: EventSource,
        location: str,
        sample_geometry: SampleGeometry,
        parameters: ChainParameters,
    ) -> SampleOccupancy:
        """What is known of an occupancy; the rest is worked on while this is called now and then.

        Parameters
        ----------
        source : the open file; another one for the same location means that it has changed
        location : as for `open_source`
        sample_geometry : of the file
        parameters : of the chain
        """
        with self._lock:
            key = source, parameters
            found = self._known.pop(key, None)
            if found is None:
                settings = OccupancySettings(parameters=parameters)
                found = _Followed(self._background, self._folder, location, sample_geometry, settings)
            self._known[key] = found
            while len(self._known) > KEPT:
                del self._known[next(iter(self._known))]
        found.request()
        return found.present


class _Followed:
    """One occupancy, which a thread follows as long as somebody asks for it.

    What the background has found is read and matched to the geometry there, so that no session waits.
    """

    def __init__(
        self,
        background: Background,
        folder: Path,
        location: str,
        sample_geometry: SampleGeometry,
        settings: OccupancySettings,
    ):
        self._background, self._folder, self._location = background, folder, location
        self._sample_geometry, self._settings = sample_geometry, settings
        self.present = SampleOccupancy()
        self._requested = 0.0
        self._run: tuple[Run, Path] | None = None
        self._before = 0  # events that were known before the run
        self._total = 0
        self._thread: threading.Thread | None = None

    def request(self) -> None:
        """Go on; what is there already is in `present`."""
        self._requested = time.monotonic()
        if self._run is not None:
            self._run[0].request()
        finished = self.present.progress is not None and self.present.progress.finished
        if (self._thread is None or not self._thread.is_alive()) and not finished:
            self._thread = threading.Thread(target=self._follow, name="bye_splits-occupancy", daemon=True)
            self._thread.start()

    def _follow(self) -> None:
        try:
            if self._run is None:
                self._start()
            self._watch()
        except (ByeSplitsError, OSError) as error:
            self._run = None
            self.present = SampleOccupancy(problem=str(error))

    def _start(self) -> None:
        survey = survey_occupancy(self._location)
        self._total = sum(file.events for file in survey.files)
        self._run = run_occupancy(self._background, survey, self._folder, self._settings)
        self._before = self._total - self._run[0].progress.total
        if file_of(self._run[1]).exists():
            self._read()

    def _watch(self) -> None:
        assert self._run is not None
        run, folder = self._run
        seen, read, cost = (-1 if self.present.maps is None else 0), 0.0, 0.0
        while True:
            version = run.version
            progress = self._progress(run)
            if version and version != seen and (progress.finished or time.monotonic() > read + cost / SHARE):
                began = time.monotonic()
                if file_of(folder).exists():  # not where all parts of the sample have failed
                    self._read()
                seen, read = version, time.monotonic()
                cost = read - began
            failures = tuple((str(chunk), why) for chunk, why in run.failures.copy().items())
            self.present = SampleOccupancy(maps=self.present.maps, progress=progress, failures=failures)
            if progress.finished or time.monotonic() > self._requested + PATIENCE:
                break
            time.sleep(LOOK)

    def _progress(self, run: Run) -> Progress:
        now = run.progress
        return Progress(done=self._before + now.done, failed=now.failed, total=self._total, rate=now.rate)

    def _read(self) -> None:
        """Read what has been found so far."""
        assert self._run is not None
        occupancy = Occupancy.load(self._run[1])
        if occupancy.events:
            match = self._sample_geometry.match(seen_cells(occupancy))
            maps = OccupancyMaps(occupancy, match)
            self.present = SampleOccupancy(maps=maps, progress=self._progress(self._run[0]))
