"""Checks of a file: whether it can be opened, its format, and whether it has changed."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bye_splits.data import hits
from bye_splits.errors import ByeSplitsError, SourceError
from bye_splits.fingerprints import Fingerprint
from bye_splits.remote import RemoteFile

_MAGIC = {b"root": "root", b"PAR1": "parquet"}
_OTHER_FORMATS = {
    b"\x1f\x8b": "a gzip file (unpack it first)",
    b"PK": "a zip file (unpack it first)",
    b"\x89HDF": "an HDF5 file (write it as parquet)",
    b"<": "an HTML or XML page (a download that asked for a login?)",
    b"version https://git-lfs": "a git-lfs pointer (fetch the file itself)",
    b"\x00\x00\x00\x00": "zeros (a copy that did not finish?)",
}


def place(path: Path | RemoteFile, tree: str = "", branch: str = "", entry: int | None = None) -> str:
    """Readable location of data: path, tree, branch and entry, as far as they are known."""
    parts = [str(path)]
    parts += [f"tree '{tree}'"] if tree else []
    parts += [f"branch '{branch}'"] if branch else []
    parts += [f"entry {entry}"] if entry is not None else []
    return ", ".join(parts)


def text_of(path: str | os.PathLike[str]) -> str:
    """A path as valid Unicode text: bytes of its name that are not UTF-8 are written as escapes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


@contextmanager
def boundary(read: str, expected: str, action: str) -> Iterator[None]:
    """Convert any exception of a reading library to a `SourceError`; our own errors pass unchanged.

    A damaged file makes uproot, zlib, cramjam and pyarrow raise almost anything, from OSError to
    AssertionError and UnicodeError, so every `Exception` is converted.
    """
    try:
        yield
    except ByeSplitsError:
        raise
    except Exception as error:
        text = " ".join(str(error).split())
        found = f"{type(error).__name__}: {text[:300]}{'...' if len(text) > 300 else ''}"
        raise SourceError(read, expected=expected, found=found, action=action) from error


def examine(path: Path | RemoteFile) -> tuple[str, Fingerprint]:
    """Examine a file before any library opens it.

    Parameters
    ----------
    path : the file; symbolic links are followed. Later changes of a remote file go unnoticed.

    Returns
    -------
    format : "root" or "parquet", by the file's first four bytes
    fingerprint : the file's state now

    Raises
    ------
    SourceError : no such file, not a regular file (a FIFO would block forever), not readable, empty, or
        neither ROOT nor parquet
    """

    def refuse(found: str, action: str = "Check the path.") -> SourceError:
        return SourceError(place(path), expected="a ROOT or parquet file", found=found, action=action)

    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise refuse(_type_of(mode))
        status, start = _first_bytes(path)
        if not stat.S_ISREG(status.st_mode):
            raise refuse(_type_of(status.st_mode))
    except FileNotFoundError:
        raise refuse("no such file") from None
    except PermissionError:
        raise refuse("no permission to read it", "Ask its owner, or run as a user who may read it.") from None
    except (OSError, ValueError) as error:  # a loop of symbolic links, a NUL in the name, a dead mount
        raise refuse(getattr(error, "strerror", None) or str(error)) from error
    if not start:
        raise refuse("an empty file", "Make or copy the file again.")
    kind = _MAGIC.get(start[:4])
    if kind is None:
        if hits.is_text_table(path):
            raise hits.in_place_of_events(place(path))
        guess = next((text for magic, text in _OTHER_FORMATS.items() if start.startswith(magic)), "")
        raise refuse(
            (guess or "something else") + f", with the first bytes {start[:8]!r}",
            "Give the ROOT or parquet file itself, or copy it again.",
        )
    return kind, Fingerprint.of(status)


def _first_bytes(path: Path | RemoteFile) -> tuple[os.stat_result, bytes]:
    if isinstance(path, RemoteFile):
        return path.stat(), path.start(32)
    # O_NONBLOCK: should a FIFO replace the file at this moment, opening it still returns
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return os.fstat(handle), os.read(handle, 32)
    finally:
        os.close(handle)


def change(path: Path | RemoteFile, then: Fingerprint) -> str:
    """How the file has changed since `then`, as a phrase; empty if it has not."""
    try:
        now = Fingerprint.of(path.stat())
    except FileNotFoundError:
        return "that it was deleted or moved"
    except OSError as error:
        return f"that it cannot be reached any more ({error.strerror})"
    if now == then:
        return ""
    if (now.device, now.inode) != (then.device, then.inode):
        return "another file in its place"
    if now.size < then.size:
        return f"that it was cut from {then.size} to {now.size} bytes"
    if now.modified == then.modified:  # only ctime moved: bytes, name, owner or permissions
        return "that it was rewritten with its old date, or renamed, or that its permissions were changed"
    return "that it was rewritten"


def _type_of(mode: int) -> str:
    kinds = {stat.S_IFDIR: "a directory", stat.S_IFIFO: "a FIFO", stat.S_IFSOCK: "a socket"}
    return kinds.get(stat.S_IFMT(mode), "a device")
