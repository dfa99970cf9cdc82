"""The clusters of all events of some files, as one parquet table."""

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bye_splits import __version__, cache
from bye_splits.chain import ChainParameters, ManyResults, run_many
from bye_splits.chain.cells import passing
from bye_splits.chain.chains import CHAINS
from bye_splits.chain.parameters import DECLARED
from bye_splits.chain.shapes import SHAPES
from bye_splits.data import Batch, Source, open_source
from bye_splits.data.files import text_of
from bye_splits.data.parquet import beside
from bye_splits.errors import SourceError
from bye_splits.locations import split_location
from bye_splits.page_checksums import WRITTEN
from bye_splits.remote import RemoteFile, file_of

from .survey import distinct

ROW_GROUP = 100_000
"""Smallest number of rows in a row group, except for the last one."""

TITLE = "clusters of the stage-2 chain, made by bye_splits"

_CELLS = ("layer", "mipPt", "pt", "x", "y", "z")
# Only checked: as in `Source.event`, a row is left out if one of these is not finite.
_CHECKED = ("energy", "eta", "phi")
_I, _L, _F = pa.int32(), pa.int64(), pa.float64()

COLUMNS: dict[str, tuple[pa.DataType, str, str]] = {
    "file": (pa.string(), "", "input file"),
    "entry": (_L, "", "position of the event in its file"),
    "event": (_L, "", "event number; uint64 where one of them is above 2^63 - 1"),
    "endcap": (pa.int8(), "", "1 at z > 0, -1 at z < 0"),
    "pt": (_F, "GeV", "sum over the cluster's trigger cells"),
    "energy": (_F, "GeV", "pt * cosh(eta)"),
    "x": (_F, "cm", "mean weighted with mipPt"),
    "y": (_F, "cm", "mean weighted with mipPt"),
    "z": (_F, "cm", "mean weighted with mipPt"),
    "eta": (_F, "", "of the position, seen from the origin"),
    "phi": (_F, "rad", "of the position"),
    "n_cells": (_I, "", "number of trigger cells"),
    "seed": (_I, "", "number of the seed in its event and endcap, from 0"),
    "seed_energy": (_F, "mipT", "of the smoothed bin; with coarse seeding of the lattice point"),
    "seed_x_over_z": (_F, "", "x / abs(z) of the seed"),
    "seed_y_over_z": (_F, "", "y / abs(z) of the seed"),
    "seed_rz_bin": (_I, "", "bin in R/z, from 0"),
    "seed_phi_bin": (_I, "", "bin in phi, from 0"),
    **{name: (_I if shape.whole else _F, shape.unit, shape.meaning) for name, shape in SHAPES.items()},
}
"""Columns of the table: type, unit and description; the latter two are in the fields' metadata."""


@dataclass(kw_only=True)
class Account:
    """Numbers of what was read, found and left out.

    Attributes
    ----------
    files : number of files that were read, at least partially (see `failures`)
    events : number of events
    endcaps : number of endcaps with trigger cells above the threshold; the chain runs on each separately
    trigger_cells : number in the files
    below_threshold : of these, those below the threshold in mipPt, which the chain does not use
    not_finite : of these, those left out as a value is NaN or infinite
    without_position : of these, those left out as they are at z = 0
    outside : of these, those outside the histogram's R/z, which do not contribute to seeds
    clusters : number of clusters
    without_clusters : number of events without clusters
    seconds : elapsed time
    failures : file -> error
    descriptions : file -> its description, such as "toy simulation, not CMS data"
    events_of : file -> number of events that were read
    repeated : each repeated name of a file, with its first name; such files are read once
    """

    files: int = 0
    events: int = 0
    endcaps: int = 0
    trigger_cells: int = 0
    below_threshold: int = 0
    not_finite: int = 0
    without_position: int = 0
    outside: int = 0
    clusters: int = 0
    without_clusters: int = 0
    seconds: float = 0.0
    failures: dict[str, SourceError] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    events_of: dict[str, int] = field(default_factory=dict)
    repeated: list[tuple[str, str]] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """The numbers of events, trigger cells and clusters, by name."""
        return {name: value for name, value in vars(self).items() if isinstance(value, int)}


def find_clusters(
    files: Sequence[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    parameters: ChainParameters | None = None,
    progress: Callable[[float], object] | None = None,
    also_read: Sequence[str | os.PathLike[str]] = (),
) -> Account:
    """Run the chain on every event of some files, and write a parquet table with a row for each cluster.

    Parameters
    ----------
    files : event files, as for `open_source`; one that is given several times is read once
    out : the table, with `COLUMNS`; it is created when complete, and replaces an existing file
    parameters : of the chain; None: the defaults
    progress : called with the fraction of a file processed since the last call, which sums to one per file
    also_read : further files that must not be overwritten, such as that of the parameters

    Returns
    -------
    Account: files that cannot be read completely are in its `failures`

    Raises
    ------
    SourceError : no event of any file can be read; no table is written
    ByeSplitsError : the table cannot be written, or is one of the files that are read
    ChainError : the chain cannot be run with these parameters

    Notes
    -----
    Each endcap of an event is an event for the chain. Memory does not grow with the number of events. The
    parameters (YAML and single keys), the version, the files and the numbers of `Account` are in the schema's
    metadata.
    """
    table, given = cache.local_output(out), [file_of(file) for file in files]
    parameters = parameters or ChainParameters()
    account, began = Account(), time.perf_counter()
    read = [file_of(split_location(str(path))[0]) for path in given]
    siblings = [file for path in read for file in beside(path)]
    cache.check_output(table, [*read, *siblings, *also_read])
    paths, account.repeated = distinct(given)
    progress = progress or (lambda _: None)
    progress(len(account.repeated))

    def write(path: Path) -> None:
        with _Table(path.parent) as rows:
            for file in paths:
                _one_file(file, parameters, account, rows, progress)
            if account.failures and not any(account.events_of.values()):
                raise next(iter(account.failures.values()))
            account.seconds = time.perf_counter() - began
            rows.write(path, _metadata(paths, parameters, account))

    try:
        cache.write_atomically(table, write)
    except OSError as error:
        raise cache.not_writable(table, str(error)) from error
    return account


def _one_file(
    file: Path | RemoteFile,
    parameters: ChainParameters,
    account: Account,
    rows: "_Table",
    progress: Callable[[float], object],
) -> None:
    left = 1.0
    try:
        with open_source(file) as source:
            account.files += 1
            account.events_of[str(file)] = 0
            if source.description:
                account.descriptions[str(file)] = source.description
            for batch, clusters in _clusters(source, parameters, account):
                rows.add(clusters, text_of(file))
                account.events_of[str(file)] += len(batch.entries)
                share = len(batch.entries) / len(source)
                left -= share
                progress(share)
    except SourceError as error:
        account.failures[str(file)] = error
    progress(left)


def _clusters(
    source: Source, parameters: ChainParameters, account: Account
) -> Iterator[tuple[Batch, pd.DataFrame]]:
    """Each batch, with its table of clusters."""
    columns = (*_CELLS, *CHAINS[parameters.chain].columns)
    for batch in source.batches((*columns, *_CHECKED)):
        cells = {name: batch.trigger_cells[name].to_numpy() for name in columns}
        used = np.flatnonzero(passing(cells["mipPt"], parameters.tc_threshold))
        if len(used) < len(batch.event):
            cells = {name: values[used] for name, values in cells.items()}
        side = 2 * batch.event[used] + (cells["z"] < 0)
        filled = np.bincount(side, minlength=2 * len(batch.entries)) > 0
        present, number = np.flatnonzero(filled), np.cumsum(filled) - 1
        found = run_many(cells, number[side], parameters, len(present))
        clusters = _table(found, batch, present)
        account.events += len(batch.entries)
        account.endcaps += len(present)
        account.trigger_cells += len(batch.event) + batch.not_finite + batch.without_position
        account.below_threshold += len(batch.event) - len(used)
        account.not_finite += batch.not_finite + int(found.not_finite.sum())
        account.without_position += batch.without_position
        account.outside += int(found.outside.sum())
        account.clusters += len(clusters)
        account.without_clusters += len(batch.entries) - clusters["entry"].nunique()
        yield batch, clusters


def _table(found: ManyResults, batch: Batch, present: np.ndarray) -> pd.DataFrame:
    """Columns of the table, all but `file`; `present` is 2 * index + (z < 0) of each event of the chain."""
    clusters = found.clusters
    of_chain = clusters["event"].to_numpy()
    index, negative = np.divmod(present[of_chain], 2)
    first = np.searchsorted(found.seeds["event"].to_numpy(), np.arange(len(present)))
    seeds = found.seeds.iloc[first[of_chain] + clusters["seed"].to_numpy()]
    columns = {
        "entry": batch.entries[index],
        "event": batch.event_numbers[index],
        "endcap": 1 - 2 * negative,
    }
    columns |= {name: clusters[name].to_numpy() for name in clusters.columns if name != "event"}
    columns |= {f"seed_{name}": seeds[name].to_numpy() for name in seeds.columns if name != "event"}
    columns |= {name: values.to_numpy() for name, values in found.shapes.items()}
    return pd.DataFrame(columns, copy=False)


SCHEMA = pa.schema(
    [
        pa.field(name, kind, nullable=False, metadata={"unit": unit, "description": meaning})
        for name, (kind, unit, meaning) in COLUMNS.items()
    ]
)


class _Table:
    """Buffer of rows in an anonymous file, as the metadata must be written first but is known last.

    Event numbers above 2^63 - 1 are buffered as the int64 of the same bits: their type is known last, too.

    Parameters
    ----------
    folder : of that file
    """

    def __init__(self, folder: Path):
        self._wide = self._negative = (
            ""  # a file with event numbers above 2^63 - 1, and one with some below 0
        )
        self._rows = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by __exit__
        options = pa.ipc.IpcWriteOptions(compression="zstd")
        self._stream = pa.ipc.new_stream(self._rows, SCHEMA, options=options)

    def __enter__(self) -> "_Table":
        return self

    def __exit__(self, *error: object) -> None:
        self._rows.close()

    def add(self, clusters: pd.DataFrame, file: str) -> None:
        """Add the clusters of a batch.

        Raises
        ------
        SourceError : no integer type can represent these event numbers and those of the previous files
        """
        numbers = clusters["event"].to_numpy()
        wide = file if numbers.dtype == np.uint64 else self._wide
        negative = file if numbers.dtype != np.uint64 and (numbers < 0).any() else self._negative
        if wide and negative:
            raise SourceError(
                file,
                expected="event numbers that one column can hold",
                found=f"some above 2^63 - 1 in {wide} and some below 0 in {negative}",
                action="Make two tables.",
            )
        self._wide, self._negative = wide, negative
        clusters = clusters.assign(file=file, event=numbers.astype(np.int64))
        rows = pa.Table.from_pandas(clusters[list(COLUMNS)], schema=SCHEMA, preserve_index=False)
        self._stream.write_table(rows)

    def write(self, path: Path, metadata: dict[str, str]) -> None:
        """Write the buffered rows as parquet, row group by row group."""
        self._stream.close()
        self._rows.seek(0)
        waiting: list[pa.RecordBatch] = []
        column = SCHEMA.get_field_index("event")
        event = SCHEMA.field(column).with_type(pa.uint64() if self._wide else _L)
        schema = SCHEMA.set(column, event).with_metadata(metadata)

        def write(rows: pa.Table) -> None:
            numbers = pa.chunked_array(
                [part.view(event.type) for part in rows.column(column).chunks], event.type
            )
            table = rows.set_column(column, event, numbers).replace_schema_metadata(metadata)
            writer.write_table(table, row_group_size=ROW_GROUP)

        # An open file, as pyarrow accepts only names in UTF-8.
        with (
            open(path, "wb") as file,
            pq.ParquetWriter(file, schema, compression="zstd", **WRITTEN) as writer,
        ):
            for batch in pa.ipc.open_stream(self._rows):
                waiting.append(batch)
                if sum(part.num_rows for part in waiting) >= ROW_GROUP:
                    write(pa.Table.from_batches(waiting))
                    waiting = []
            write(pa.Table.from_batches(waiting, SCHEMA))


def _metadata(
    paths: list[Path | RemoteFile], parameters: ChainParameters, account: Account
) -> dict[str, str]:
    files = []
    for path in map(str, paths):
        one = {"path": text_of(path), "events": account.events_of.get(path, 0)}
        one |= {"description": account.descriptions[path]} if path in account.descriptions else {}
        one |= {"problem": str(account.failures[path])} if path in account.failures else {}
        files.append(one)
    return {
        "title": TITLE,
        "bye_splits_version": __version__,
        "files": json.dumps(files),
        "counts": json.dumps(account.counts()),
        "mip_threshold": json.dumps(parameters.tc_threshold),
        "parameters": parameters.to_yaml(),
        **{f"parameters.{name}": _text(getattr(parameters, name)) for name in DECLARED},
    }


def _text(value: object) -> str:
    return "by layer" if value is None else str(value)
