"""Tables of hits, read from parquet or text."""

import csv
from pathlib import Path
from typing import IO

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from bye_splits.data import hits
from bye_splits.errors import SourceError
from bye_splits.page_checksums import VERIFIED
from bye_splits.remote import RemoteFile

COLUMNS = hits.COLUMNS
FORMATS = "a parquet or CSV table of hits with the columns event, x, y, z [cm] and energy [GeV]"

_COMPRESSED = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bz2",
    b"\xfd7zXZ": "xz",
    b"PK\x03\x04": "zip",
    b"\x28\xb5\x2f\xfd": "zstd",
}
_OTHER = {
    b"root": "a ROOT file",
    b"\x89HDF": "an HDF5 file",
    b"ARROW1": "an Arrow (Feather) file",
    b"\x93NUMPY": "a NumPy file",
    b"SQLite": "an SQLite file",
}
_EXACT = 2**53  # whole numbers up to here are exact in float64


def read_hits(path: Path | RemoteFile) -> pd.DataFrame:
    """Read a table of hits; its format is recognised by content, not by name.

    Parameters
    ----------
    path : parquet, or text with the column names in its first line, separated by commas, semicolons, tabs
        or spaces; text may be compressed

    Returns
    -------
    DataFrame: `COLUMNS`, of which `event` is int64, or uint64 if necessary

    Raises
    ------
    SourceError : no such file, another format, a column is absent, no rows, or values that are not numbers
    """
    try:
        if not path.is_file():
            raise OSError("no such file" if not path.exists() else "not a regular file")
        with path.opened() if isinstance(path, RemoteFile) else open(path, "rb") as file:
            start = file.read(16)
            file.seek(0)
            table = _read_parquet(file) if start.startswith(b"PAR1") else _read_text(file, start)
        if not len(table):
            raise ValueError("no rows")
        for name in COLUMNS:
            if not pd.api.types.is_numeric_dtype(table[name]):
                raise ValueError(f"column {name} that is not numeric ({table[name].dtype})")
        return table.assign(event=_event_numbers(table["event"]))
    except SourceError:
        raise
    except Exception as error:  # a damaged file makes pandas, pyarrow and decompressors raise many kinds
        raise SourceError(
            str(path),
            expected=FORMATS,
            found=getattr(error, "strerror", None) or str(error).split("\n")[0] or type(error).__name__,
            action="Check the path and the table's columns.",
        ) from error


def _read_parquet(file: IO[bytes]) -> pd.DataFrame:
    schema = pq.read_schema(file)
    # The index of a pandas table is one of the columns, or a range in the metadata if it only counts rows.
    index = (schema.pandas_metadata or {}).get("index_columns", ())
    ranges = {one["name"]: one for one in index if isinstance(one, dict) and one.get("name")}
    _require([*schema.names, *ranges])
    table = pq.read_table(file, columns=[name for name in COLUMNS if name in schema.names], **VERIFIED)
    if missing := table.column("event").null_count if "event" in table.column_names else 0:
        raise ValueError(f"{missing} rows without an event number")
    read = table.to_pandas(ignore_metadata=True)
    for name in set(COLUMNS) - set(schema.names):
        one = ranges[name]
        read[name] = np.arange(one["start"], one["stop"], one["step"])
    return read[list(COLUMNS)]


def _read_text(file: IO[bytes], start: bytes) -> pd.DataFrame:
    other = next((text for magic, text in _OTHER.items() if start.startswith(magic)), "")
    if other:
        raise ValueError(other)
    how = {
        "compression": next((name for magic, name in _COMPRESSED.items() if start.startswith(magic)), None),
        "encoding": "utf-8-sig",
    }
    try:
        # Read the whole first line, by a separator that does not occur.
        first = pd.read_csv(
            file, sep="\x01", header=None, nrows=1, quoting=csv.QUOTE_NONE, dtype=str, **how
        ).iat[0, 0]
    except pd.errors.EmptyDataError:
        raise ValueError("an empty file") from None
    except UnicodeError:
        raise ValueError(f"something else, with the first bytes {start[:8]!r}") from None
    names = hits.header(first)
    _require(names)
    file.seek(0)
    unique = [name if name in COLUMNS else f"{number}: {name}" for number, name in enumerate(names)]
    read = pd.read_csv(
        file, sep=hits.separator(first), header=0, names=unique, index_col=False, usecols=list(COLUMNS), **how
    )
    return read[list(COLUMNS)]


def _require(names: list[str]) -> None:
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise ValueError(f"no column {', '.join(missing)}; there are {', '.join(map(str, names[:12]))}")


def _event_numbers(numbers: pd.Series) -> np.ndarray:
    """The numbers as int64, or as uint64 if one is above 2^63 - 1."""
    values = numbers.to_numpy()
    if values.dtype.kind == "f":
        if not np.array_equal(values, np.rint(values)) or not np.isfinite(values).all():
            raise ValueError("event numbers that are not integers")
        if np.abs(values).max() > _EXACT:
            raise ValueError(
                "event numbers above 2^53 as floating-point numbers, which do not hold them exactly"
            )
    elif values.dtype.kind not in "iu":
        raise ValueError(f"event numbers that are not integers ({numbers.dtype})")
    elif values.max() > np.iinfo(np.int64).max:
        return values.astype(np.uint64)
    return values.astype(np.int64)
