"""Shared by all sessions of a server, read-only: the geometry and the open event files."""

import threading
import time
from collections.abc import Hashable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from ..chain import ChainParameters
from ..config import Config, Sample, check_files
from ..counting import counted
from ..data import Event, EventSource, event_trees, open_source
from ..data.parquet import files_of
from ..errors import ByeSplitsError, GeometryError, SourceError
from ..geometry import Geometry
from ..locations import joined
from ..manifest import Checks
from ..remote import RemoteFile, file_of
from ..sample_geometry import SampleGeometry
from ..studies.hand_scan import scanner_name
from ..studies.sample_scan import Choice
from .sample_occupancy import OccupancyRuns, SampleOccupancy
from .sample_runs import SampleOutcomes, SampleRows, SampleRuns
from .sample_tags import SampleTags

# Events tried if the initial event of a sample cannot be read:
DEFAULTS_TRIED = 3  # number of default events
PARTS_TRIED = (0, 1, 0.5, 0.25, 0.75)  # positions as fractions of the file
PATIENCE = 3.0  # s after which no further event is tried


class Catalogue:
    """The samples and the geometry of one configuration; opened at the first request, then kept.

    Parameters
    ----------
    config : Config; if it contains no samples, the embedded toy sample is offered
    """

    in_memory = False  # whether its events are in memory instead of files

    def __init__(self, config: Config) -> None:
        self.config = config
        self._lock = threading.Lock()
        self._checks = None if config.manifest is None else Checks(config.manifest)
        self._open: dict[tuple[str, str], EventSource] = {}
        self._geometries: dict[tuple[str, str], SampleGeometry] = {}
        self._configured: dict[tuple[str, str], tuple[str, str]] = {}  # sample -> key in the configuration

    @cached_property
    def geometry(self) -> Geometry:
        """The configured geometry, V11 by default: tried first for every sample."""
        settings = self.config.geometry
        if settings.path is None:
            return Geometry.v11()
        if missing := check_files(self.config).get("geometry"):
            raise missing
        self._compare(file_of(settings.path), self.config.named("geometry"), GeometryError)
        try:
            return Geometry.from_root(settings.path, settings.directory, settings.tree)
        except GeometryError as error:
            raise error.named_by(self.config.named("geometry")) from error

    def ready(self) -> "Catalogue":
        """Load the geometry and, if needed, create the toy sample, so that the first page need not wait."""
        _ = self.geometry, self.samples
        return self

    def readiness(self) -> tuple[bool, dict[str, str]]:
        """Whether there is something to show: the geometry and one sample can be read.

        Returns
        -------
        ready
        found : by "geometry" and "PARTICLE PILE-UP": "ok", or what is wrong
        """
        found, readable = {"geometry": "ok"}, 0
        try:
            samples = self.ready().samples
        except ByeSplitsError as error:
            return False, {"geometry": str(error)}
        for key in samples:
            try:
                self.source(key)
            except ByeSplitsError as error:
                found[" ".join(key).strip()] = str(error)
            else:
                found[" ".join(key).strip()] = "ok"
                readable += 1
        return readable > 0, found

    @cached_property
    def samples(self) -> dict[tuple[str, str], Sample]:
        """Samples by (particle, pile-up), those of the configured particle first.

        The embedded samples are created here if they do not exist yet.
        """
        samples = self.config.samples
        if self.config.toy:
            from ..samples import embedded

            samples = {key: Sample(*key, path) for key, path in embedded.paths().items()}
        first = self.config.selection.particle
        # A file from the command line has no pile-up, and its name need not contain the particle.
        ordered = sorted(samples.items(), key=lambda item: item[0][0] != first or not item[0][1])
        self._configured, offered = {}, {}
        for key, sample in ordered:
            for one in _each_tree(sample):
                offered[one.particle, one.pileup] = one
                self._configured[one.particle, one.pileup] = key
        return offered

    def parameters(self, **changes: Any) -> ChainParameters:
        """Initial parameters of the chain for a page, with `changes`."""
        return ChainParameters.from_config(self.config, **changes)

    @property
    def particles(self) -> list[str]:
        return list(dict.fromkeys(particle for particle, _ in self.samples))

    def pileups(self, particle: str) -> list[str]:
        return [pileup for name, pileup in self.samples if name == particle]

    def source(self, key: tuple[str, str]) -> EventSource:
        """The open file of a sample; a file that has been replaced on disk is reopened.

        Raises
        ------
        ConfigError : the configured file does not exist
        SourceError : unknown sample, or a file that cannot be opened or is not as the manifest says
        ByeSplitsError : the manifest cannot be read
        """
        try:
            sample = self.samples[key]
        except KeyError:
            known = ", ".join(
                f"{particle} with pile-up {pileup or 'unknown'}" for particle, pileup in self.samples
            )
            raise SourceError(
                f"sample {key[0]!r} with pile-up {key[1]!r}",
                expected=f"one of {known}",
                found="no such sample",
                action="Choose another sample.",
            ) from None
        if self.config.toy and not Path(sample.path).exists():
            from ..samples import embedded

            embedded.paths()  # the user's cache was cleared: recreate the file
        with self._lock:
            kept = self._open.get(key)
            if kept is not None and not kept.changed():
                return kept
        self._compare_sample(self._configured[key])
        with self._lock:
            kept = self._open.get(key)
            if kept is not None and not kept.changed():  # somebody else was faster
                return kept
            if missing := check_files(self.config).get(self._configured[key]):
                raise missing
            try:
                source = open_source(sample.path, sample.directory, sample.tree)
            except SourceError as error:
                raise error.named_by(self.config.named_sample(self._configured[key])) from error
            self._open[key] = source
            self._geometries[key] = SampleGeometry(source, dict.fromkeys((self.geometry, Geometry.v11())))
            return source

    def _compare_sample(self, key: tuple[str, str]) -> None:
        """Compare the files of a configured sample with the manifest, if there is one."""
        sample = self.config.samples.get(key)  # None: of the toy sample
        if self._checks is None or sample is None or not isinstance(sample.path, Path):
            return
        for file in files_of(sample.path):
            # Files of the command line need not be in it.
            self._compare(file, self.config.named_sample(key), SourceError, required=bool(sample.file_key))

    def _compare(
        self, file: Path | RemoteFile, name: str, kind: type[ByeSplitsError], *, required: bool = True
    ) -> None:
        if self._checks is None or not isinstance(file, Path) or not file.exists():
            return
        if found := self._checks.problem(file, required):
            raise kind(
                str(file),
                expected=f"what {self.config.manifest} says of it",
                found=found.removeprefix("differs: "),
                action="Restore the file; or if it is right, write the manifest anew with "
                "`bye-splits check --write-manifest`.",
            ).named_by(name)

    def sample_geometry(self, key: tuple[str, str], source: EventSource) -> SampleGeometry:
        """The geometry of a sample's file `source`."""
        with self._lock:
            kept = self._geometries[key]
        if kept.source is source:
            return kept
        return SampleGeometry(source, dict.fromkeys((self.geometry, Geometry.v11())))  # the file was replaced

    def geometry_of(self, key: tuple[str, str], number: int | None = None, occurrence: int = 0) -> Geometry:
        """The geometry for an event of a sample; without a number, for the sample's initial event.

        If there is no such event, the configured geometry: the error is reported when the event is shown.
        """
        try:
            source = self.source(key)
            if number is None:
                event, _ = self.first_event(key, source)
            else:
                event = source.event(number, occurrence)
        except ByeSplitsError:
            return self.geometry
        return self.sample_geometry(key, source).match(event.trigger_cells).geometry

    def first_event(self, key: tuple[str, str], source: EventSource) -> tuple[Event, str]:
        """The initial event of a sample: the first default event in its file, else the file's first event.

        If it cannot be read, a few others are tried: in a partially damaged file most events are intact.

        Returns
        -------
        event
        problem : the events that cannot be read, with the reason for the first one; "" if there are none

        Raises
        ------
        SourceError : none of the events tried can be read, or the file is empty
        """
        n, until = len(source), time.monotonic() + PATIENCE
        defaults = (source.entries(number) for number in self.default_events(key))
        entries = [int(same[0]) for same in defaults if len(same)][:DEFAULTS_TRIED]
        entries += [int(fraction * max(n - 1, 0)) for fraction in PARTS_TRIED]
        errors: dict[int, SourceError] = {}
        for entry in dict.fromkeys(entries):
            try:
                event = source.event_at(entry)
            except SourceError as error:
                errors[entry] = error
                if not n or time.monotonic() > until:
                    break
                continue
            if not errors:
                return event, ""
            numbers = [str(source.event_numbers[entry]) for entry in errors]
            which = f"Event {numbers[0]}" if len(errors) == 1 else f"Events {', '.join(numbers)}"
            why = next(iter(errors.values()))
            return event, f"{which} cannot be read; event {event.number} is shown instead. {why}"
        first, *others = errors.values()
        if not others:
            raise first
        tried = counted(len(others), "other event was", "other events were")
        raise SourceError(
            first.read,
            expected=first.expected,
            found=first.found,
            action=f"{first.action} {tried} tried, in vain.",
        ) from first

    @cached_property
    def runs(self) -> SampleRuns:
        """Studies of whole samples in the background."""
        return SampleRuns()

    @property
    def has_studies(self) -> bool:
        """Whether whole samples can be studied: they are in files, and there are processes for it."""
        return not self.in_memory and self.runs.enabled

    def outcomes(self, key: tuple[str, str], parameters: ChainParameters) -> SampleOutcomes:
        """What became of the generated particles of a sample so far, see `SampleRuns.outcomes`."""
        return self.runs.outcomes(self.source(key), self.location(key), parameters)

    def table(
        self, key: tuple[str, str], parameters: ChainParameters, kind: str, most: int | None = None
    ) -> SampleRows:
        """A table of a sample so far, see `SampleRuns.table`."""
        return self.runs.table(self.source(key), self.location(key), parameters, kind, most)

    def scan(self, key: tuple[str, str], base: ChainParameters, choice: Choice) -> SampleRows:
        """What many sets of parameters give on a sample so far, see `SampleRuns.scan`."""
        return self.runs.scan(self.source(key), self.location(key), base, choice)

    def overlays(
        self, key: tuple[str, str], pileup: str, parameters: ChainParameters, entry: int | None = None
    ) -> SampleRows:
        """Showers of a sample in the events of all samples of another pile-up, see `SampleRuns.overlays`."""
        samples = [key, *(other for other in self.samples if other[1] == pileup)]
        first, *others = ((self.source(one), self.location(one)) for one in samples)
        return self.runs.overlays(first, others, parameters, entry)

    def differences(self, key: Hashable, pairs: pd.DataFrame) -> pd.DataFrame | None:
        """Differences between two sets of parameters, see `SampleRuns.differences`."""
        return self.runs.differences(key, pairs)

    def location(self, key: tuple[str, str]) -> str:
        """The file of a sample, as for `open_source`."""
        sample = self.samples[key]
        return joined(sample.path, sample.directory, sample.tree)

    def tags(self, key: tuple[str, str], scanner: str = "") -> SampleTags:
        """The tags of the hand scan of a sample.

        Parameters
        ----------
        scanner : whose own tags they are; default: see `studies.hand_scan.scanner_name`
        """
        source, settings = self.source(key), self.config.hand_scan
        return SampleTags.of(source, settings, scanner or scanner_name(settings.scanner))

    @cached_property
    def _occupancies(self) -> OccupancyRuns:
        return OccupancyRuns(self.runs.background, self.runs.folder)

    def occupancy(self, key: tuple[str, str], parameters: ChainParameters) -> SampleOccupancy:
        """The occupancy of a sample so far, see `OccupancyRuns.occupancy`."""
        source, location = self.source(key), self.location(key)
        return self._occupancies.occupancy(source, location, self.sample_geometry(key, source), parameters)

    def default_events(self, key: tuple[str, str]) -> tuple[int, ...]:
        return self.config.default_events.get(self._configured.get(key, key), ())


def sample_name(key: tuple[str, str]) -> str:
    """Name of a sample on the pages: particle or name of the file, and pile-up.

    Examples
    --------
    >>> sample_name(("photons", "200")), sample_name(("mine", ""))
    ('photons, pile-up 200', 'mine')
    """
    particle, pileup = key
    return f"{particle}, pile-up {pileup}" if pileup else particle


def _each_tree(sample: Sample) -> list[Sample]:
    """The sample; if no tree is specified and the file has several trees of events, one sample per tree."""
    if sample.directory is not None or sample.tree is not None or not isinstance(sample.path, Path):
        return [sample]
    try:
        trees = event_trees(sample.path)
    except SourceError:  # reported when the sample is opened
        return [sample]
    if len(trees) < 2:
        return [sample]
    paths = [tree.rpartition("/") for tree in trees]
    folders = [folder for folder, _, _ in paths]
    names = folders if len(set(folders)) == len(trees) else trees
    return [
        replace(sample, particle=f"{sample.particle}:{name}", directory=folder or None, tree=tree)
        for name, (folder, _, tree) in zip(names, paths, strict=True)
    ]
