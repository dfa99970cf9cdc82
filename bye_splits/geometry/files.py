"""Geometries from files of two formats: CMSSW's geometry tests, and tables of trigger cells."""

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ..errors import GeometryError, SourceError
from ..page_checksums import VERIFIED
from ..remote import RemoteFile, file_of, readable
from . import cmssw
from .detector import Geometry
from .evidence import NEEDED

FORMATS = "a geometry-test file of CMSSW, or a parquet table of trigger cells"
_OPTIONAL = ("subdet", "wafertype")
_START = 4  # bytes that identify the format


def read_geometry(path: str | os.PathLike[str]) -> Geometry:
    """The geometry that a file describes, whatever the version; its format is recognised by content.

    Parameters
    ----------
    path : path or address of a geometry-test file of CMSSW, see `Geometry.from_root`, or of a parquet table
        with a row per trigger cell, see `Geometry.from_positions`

    Raises
    ------
    GeometryError : no such file, another format, or contents from which no geometry follows
    """
    path = file_of(path)
    try:
        if not path.is_file():
            raise OSError("a folder or a special file" if path.exists() else "no such file")
        start = path.start(_START) if isinstance(path, RemoteFile) else _start(path)
    except SourceError as error:  # an address that cannot be read here
        raise GeometryError(
            error.read, expected=error.expected, found=error.found, action=error.action
        ) from error
    except OSError as error:
        raise _error(path, error.strerror or str(error), "Check the path.") from error
    if start == b"root":
        return cmssw.read(path)
    if start == b"PAR1":
        return _from_table(path)
    raise _error(path, f"something else, with the first bytes {start!r}", "Give one of these.")


def _start(path: Path) -> bytes:
    with open(path, "rb") as file:
        return file.read(_START)


def _from_table(path: Path | RemoteFile) -> Geometry:
    try:
        present = pq.read_schema(readable(path)).names
        missing = [name for name in NEEDED if name not in present]
        if missing:
            raise _error(
                path, f"a table without {', '.join(missing)}", f"Give one with {', '.join(NEEDED)} [cm]."
            )
        names = [*NEEDED, *(name for name in _OPTIONAL if name in present)]
        table = pq.read_table(readable(path), columns=names, **VERIFIED)
        wrong = [field.name for field in table.schema if not _is_number(field.type)]
        if wrong:
            raise _error(path, f"columns that are not numeric: {', '.join(wrong)}", "Write them as numbers.")
        columns = {name: table.column(name).to_numpy() for name in names}
    except GeometryError:
        raise
    except Exception as error:  # a damaged file makes pyarrow raise many kinds
        text = " ".join(str(error).split()) or "nothing more"
        raise _error(
            path, f"{type(error).__name__}: {text[:200]}", "Write or copy the table again."
        ) from error
    return Geometry.from_positions(columns, str(path))


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind)


def _error(path: Path | RemoteFile, found: str, action: str) -> GeometryError:
    return GeometryError(str(path), expected=FORMATS, found=found, action=action)
