"""The files of a study, examined before any work begins, and the chunks into which they are cut."""

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bye_splits.errors import SourceError
from bye_splits.fingerprints import Fingerprint
from bye_splits.locations import split_location
from bye_splits.remote import RemoteFile, file_of


@dataclass(frozen=True)
class Chunk:
    """A range of entries of a file.

    Attributes
    ----------
    number : position among the chunks of a study
    file : position of its file among those of the study
    location : PATH, or PATH:DIRECTORY/TREE
    start, stop : entries from `start` up to, without, `stop`
    """

    number: int
    file: int
    location: str
    start: int
    stop: int

    @property
    def events(self) -> int:
        """Number of entries."""
        return self.stop - self.start

    def __str__(self) -> str:
        return f"{self.location}, entries {self.start} to {self.stop - 1}"


@dataclass(frozen=True, kw_only=True)
class SurveyedFile:
    """A file that can be read.

    Attributes
    ----------
    location : PATH, or PATH:DIRECTORY/TREE
    identity : what tells it from other states of the file: absolute path, tree, size, and
        times of modification and of change
    events : number of events
    description : what it says of itself, such as "toy simulation, not CMS data"
    """

    location: str
    identity: str
    events: int
    description: str


@dataclass(frozen=True, kw_only=True)
class Survey:
    """The files of a study.

    Attributes
    ----------
    files : those that can be read
    chunks : of these files, in their order
    failures : the others, and what is wrong with them
    repeated : each further name of a file that was given before, and the first one
    """

    files: list[SurveyedFile] = field(default_factory=list)
    chunks: list[Chunk] = field(default_factory=list)
    failures: dict[str, SourceError] = field(default_factory=dict)
    repeated: list[tuple[str, str]] = field(default_factory=list)


def survey(files: Sequence[str | os.PathLike[str]], cells: int) -> Survey:
    """Open all files, and cut them into chunks.

    Parameters
    ----------
    files : as for `open_source`; one that is given several times counts once
    cells : trigger cells that a chunk aims at

    Raises
    ------
    SourceError : none of them can be read; the error of the first one
    """
    from bye_splits.data import open_source  # slow, and of no use to a process that only unpickles chunks

    locations, repeated = distinct([file_of(file) for file in files])
    found = Survey(repeated=repeated)
    for location in locations:
        try:
            with open_source(location) as source:
                ranges, events = source.chunks(cells), len(source)
                description, tree = source.description, source.tree
            identity = _identity(location, tree)
        except SourceError as error:
            found.failures[str(location)] = error
            continue
        number, first = len(found.files), len(found.chunks)
        found.files.append(
            SurveyedFile(location=str(location), identity=identity, events=events, description=description)
        )
        found.chunks.extend(Chunk(first + k, number, str(location), *both) for k, both in enumerate(ranges))
    if found.failures and not found.files:
        raise next(iter(found.failures.values()))
    return found


def _identity(location: Path | RemoteFile, tree: str) -> str:
    from bye_splits.data.files import text_of

    file = file_of(split_location(str(location))[0])
    if isinstance(file, RemoteFile):
        return f"{file}:{tree}"
    now = Fingerprint.of(file.stat())
    return f"{text_of(file.resolve())}:{tree}:{now.size}:{now.modified}:{now.changed}"


def distinct(
    paths: Sequence[Path | RemoteFile],
) -> tuple[list[Path | RemoteFile], list[tuple[str, str]]]:
    """The different files, and each name of one that came before with its first name; links are followed."""
    first: dict[object, Path | RemoteFile] = {}
    repeated = []
    for path in paths:
        whole, inside = split_location(str(path))
        file = file_of(whole)
        same: tuple[object, ...] = (file.for_fsspec if isinstance(file, RemoteFile) else whole, inside)
        with contextlib.suppress(OSError, ValueError):  # reading it will say what is wrong
            status = None if isinstance(file, RemoteFile) else file.stat()
            same = (status.st_dev, status.st_ino, inside) if status else same
        if same in first:
            repeated.append((str(path), str(first[same])))
        else:
            first[same] = path
    return list(first.values()), repeated
