"""A sample's passes on disk: one folder with Arrow files per chunk, memory-mapped when they are read.

A chunk is complete once its file of counts is there, which is written last; so a study that was stopped goes
on where it was, and what is on disk is never half of a chunk.
"""

import hashlib
import json
import os
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import pyarrow as pa

from bye_splits import __version__, cache
from bye_splits.errors import ByeSplitsError

from .chunk import Settings, Tables, Task, pass_over
from .survey import Chunk, Survey, survey
from .workers import never, results

FORMAT = 4  # of the files; others are not read
CELLS = 250_000  # trigger cells that a chunk aims at: it bounds the memory that a worker takes

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Store:
    """The passes over a sample.

    Attributes
    ----------
    folder : of its files
    settings : Settings
    survey : Survey of the sample's files
    problems : text of the error by chunk, for those without a result
    resumed : number of events that an earlier run had done
    left : chunks that were left when it was asked to stop
    """

    folder: Path
    settings: Settings
    survey: Survey
    problems: dict[Chunk, str] = field(default_factory=dict)
    resumed: int = 0
    left: set[Chunk] = field(default_factory=set)

    @property
    def partial(self) -> bool:
        """Whether events are missing: chunks without a result, or files that could not be read at all."""
        return bool(self.survey.failures) or len(self.chunks) < len(self.survey.chunks)

    @property
    def stopped(self) -> bool:
        """Whether it was asked to stop before all chunks had been worked on."""
        return bool(self.left)

    @property
    def chunks(self) -> list[Chunk]:
        """Those that are complete, have no problem and were not left, in their order."""
        without = self.left.union(self.problems)
        return [chunk for chunk in self.survey.chunks if chunk not in without and self.has(chunk)]

    def has(self, chunk: Chunk) -> bool:
        """Whether a chunk is complete."""
        return self._counts(chunk).exists()

    def tables(self, chunk: Chunk) -> Tables:
        """Tables of a chunk, as `chunk.pass_over` gives them."""
        names = json.loads(self._counts(chunk).read_text())["tables"]
        return {name: read_arrow(self._file(chunk, name)) for name in names}

    def write(self, chunk: Chunk, tables: Tables) -> None:
        """Write the tables of a chunk; the file of counts comes last."""
        for name, table in tables.items():
            self._write_table(chunk, name, table)
        counts = {"tables": list(tables)} | {name: table.num_rows for name, table in tables.items()}
        cache.write_atomically(self._counts(chunk), partial(write_json, counts))

    def work(
        self,
        name: str,
        work: Callable[[Chunk], pa.Table],
        workers: int = 1,
        scheduler: str = "",
        progress: Callable[[int], object] = id,
        stop: Callable[[], bool] = never,
    ) -> None:
        """Make a further table of each chunk; only what is not in the folder yet is worked on.

        A chunk that fails is among the `problems` afterwards, one that was not worked on any more among those
        that are `left`.

        Parameters
        ----------
        name : of the table; it tells it from those of other work or parameters
        work : a function of a module, or a partial of one
        workers, scheduler, stop : see `workers.results`
        progress : called with the number of events of each chunk that is done, or has failed

        Raises
        ------
        ByeSplitsError : the folder cannot be written to, or the scheduler not be reached
        """
        chunks = self.chunks
        missing = [chunk for chunk in chunks if not self._file(chunk, name).exists()]
        progress(sum(chunk.events for chunk in chunks) - sum(chunk.events for chunk in missing))
        outcomes = results(work, missing, workers, scheduler, stop)
        self.keep(outcomes, missing, lambda chunk, table: self._write_table(chunk, name, table), progress)

    def keep(
        self,
        outcomes: Generator[T | Exception, None, None],
        chunks: Sequence[Chunk],
        write: Callable[[Chunk, T], None],
        progress: Callable[[int], object],
    ) -> None:
        """Write the results of chunks as they come, and note which have failed or are left.

        Parameters
        ----------
        outcomes : of `workers.results`, fewer than there are chunks if it is stopped; closed afterwards
        chunks : of the outcomes
        write : writes the result of a chunk
        progress : called with the number of events of each chunk that is done, or has failed

        Raises
        ------
        ByeSplitsError : the folder cannot be written to
        """
        worked_on = 0
        with closing(outcomes):
            for result, chunk in zip(outcomes, chunks, strict=False):
                if isinstance(result, Exception):
                    self.problems[chunk] = f"{result}" or type(result).__name__
                else:
                    try:
                        write(chunk, result)
                    except OSError as error:
                        raise not_writable(self.folder, error) from error
                worked_on += 1
                progress(chunk.events)
        self.left.update(chunks[worked_on:])

    def table(self, chunk: Chunk, name: str) -> pa.Table:
        """A table that `work` has made."""
        return read_arrow(self._file(chunk, name))

    def _write_table(self, chunk: Chunk, name: str, table: pa.Table) -> None:
        cache.write_atomically(self._file(chunk, name), partial(write_arrow, table))

    def _file(self, chunk: Chunk, name: str) -> Path:
        return self.folder / f"{chunk.number:06d}.{name}.arrow"

    def _counts(self, chunk: Chunk) -> Path:
        return self.folder / f"{chunk.number:06d}.json"


def make_store(
    files: Sequence[str | os.PathLike[str]],
    out: Path,
    settings: Settings,
    workers: int = 1,
    scheduler: str = "",
    progress: Callable[[int], object] = id,
    started: Callable[[int, int], object] = max,
    stop: Callable[[], bool] = never,
) -> Store:
    """Run the chains over all events of some files; only what is not in the folder yet is worked on.

    Parameters
    ----------
    files : event files, as for `open_source`
    out : folder that exists; the store is a folder in it, named after what it was made with
    settings : Settings
    workers, scheduler : see `workers.results`
    progress : called with the number of events of each chunk that is done now, or has failed
    started : called with the number of all events, and of those that an earlier run has done, once the files
        have been examined
    stop : see `workers.results`

    Returns
    -------
    Store : it is `partial` where a chunk has failed, a file cannot be read or it was stopped

    Raises
    ------
    SourceError : not one of the files can be read
    ByeSplitsError : the folder cannot be written to, or the scheduler not be reached
    """
    store = store_of(survey(files, CELLS), out, settings, CELLS)
    done = set(store.chunks)
    resumed = sum(chunk.events for chunk in done)
    started(sum(file.events for file in store.survey.files), resumed)
    missing = [chunk for chunk in store.survey.chunks if chunk not in done]
    tasks = [Task(chunk, settings) for chunk in missing]
    store.keep(results(pass_over, tasks, workers, scheduler, stop), missing, store.write, progress)
    return replace(store, resumed=resumed)


def store_of(found: Survey, out: Path, settings: Settings, cells: int) -> Store:
    """The store of some files, with what is in its folder so far.

    Parameters
    ----------
    found : the files
    out, settings : as of `make_store`
    cells : trigger cells that the chunks aim at

    Raises
    ------
    ByeSplitsError : the folder cannot be written to
    """
    store = Store(out / f"store-{_key(found, settings, cells)}", settings, found)
    try:
        store.folder.mkdir(exist_ok=True)
    except OSError as error:
        raise not_writable(store.folder, error) from error
    return store


def _key(found: Survey, settings: Settings, cells: int) -> str:
    """What tells a store from one of other files, parameters or versions."""
    facts = [
        FORMAT,
        __version__,
        cells,
        settings.radius,
        [parameters.to_yaml() for parameters in settings.chains],
        [file.identity for file in found.files],
    ]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


def write_arrow(table: pa.Table, path: Path) -> None:
    """Write a table that `read_arrow` maps into memory."""
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)


def write_json(values: object, path: Path) -> None:
    """Write anything that JSON can hold."""
    path.write_text(json.dumps(values))


def read_arrow(path: Path) -> pa.Table:
    """A table of `write_arrow`, read from the file where it is needed."""
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all()


def not_writable(folder: Path, error: OSError) -> ByeSplitsError:
    """The error for a folder in which the results cannot be written."""
    return ByeSplitsError(
        str(folder),
        expected="a folder that can be written to",
        found=error.strerror or str(error),
        action="Choose another one, in a folder that exists and that has space left.",
    )
