"""What all sessions of one server share: the geometry and the open event files. Read-only for them."""

import threading
from functools import cached_property

from ..config import Config, Sample, check_files
from ..data import open_source
from ..errors import GeometryError, SourceError
from ..geometry import Geometry


class Catalogue:
    """The samples and the geometry of one configuration; opened when first asked for, then kept.

    Parameters
    ----------
    config : Config; with no events in it, the embedded toy sample is offered
    """

    def __init__(self, config: Config):
        self.config = config
        self._lock = threading.Lock()
        self._open = {}

    @cached_property
    def geometry(self) -> Geometry:
        settings = self.config.geometry
        if settings.path is None:
            return Geometry.v11()
        if missing := check_files(self.config).get("geometry"):
            raise missing
        try:
            return Geometry.from_root(settings.path, settings.directory, settings.tree)
        except GeometryError as error:
            raise error.named_by(self.config.named("geometry")) from error

    def ready(self) -> "Catalogue":
        """Do now what would keep the first page waiting: the geometry, and the toy sample if need be."""
        _ = self.geometry, self.samples
        return self

    @cached_property
    def samples(self) -> dict[tuple[str, str], Sample]:
        """Samples by (particle, pile-up); the embedded ones are made here if they are not there yet."""
        if not self.config.toy:
            return dict(self.config.samples)
        from ..samples import embedded  # the simulation is only loaded where it may be needed

        return {
            (particle, pileup): Sample(particle, pileup, path, None, None)
            for (particle, pileup), path in embedded.paths().items()
        }

    @property
    def particles(self) -> list[str]:
        return list(dict.fromkeys(particle for particle, _ in self.samples))

    def pileups(self, particle: str) -> list[str]:
        return [pileup for name, pileup in self.samples if name == particle]

    def source(self, key: tuple[str, str]):
        """The open file of a sample; one that has been replaced on disk is opened anew.

        Raises
        ------
        ConfigError : the file that the configuration names is not there
        SourceError : unknown sample, or a file that cannot be opened
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
        with self._lock:
            kept = self._open.get(key)
            if kept is not None and not kept.changed():
                return kept
            if missing := check_files(self.config).get(key):
                raise missing
            try:
                source = open_source(sample.path, sample.directory, sample.tree)
            except SourceError as error:
                raise error.named_by(self.config.named_sample(key)) from error
            self._open[key] = source
            return source

    def default_events(self, key: tuple[str, str]) -> tuple[int, ...]:
        return self.config.default_events.get(key, ())
