"""The user's cache folder, and files in it that other processes never see half written."""

import errno
import os
import secrets
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from bye_splits.errors import ByeSplitsError


def folder() -> Path | None:
    """Writable folder for derived files, or None where there is none (callers then do without).

    `BYE_SPLITS_CACHE`, else `XDG_CACHE_HOME`/bye_splits, else ~/.cache/bye_splits, else a folder of this
    user in the temporary one.
    """
    asked = os.environ.get("BYE_SPLITS_CACHE")
    if asked:
        candidates = [Path(asked)]
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        candidates = [Path(tempfile.gettempdir()) / f"bye_splits-{os.getuid()}"]
        if Path(base).is_absolute():  # without a home, ~ stays as it is
            candidates.insert(0, Path(base) / "bye_splits")
    for candidate in candidates:
        try:
            candidate.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(candidate, os.W_OK | os.X_OK):
            return candidate
    return None


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a temporary file beside `path`, then put it in place in one step.

    Readers see the old file or the new one, never a part; on any error the temporary file goes. A link stays,
    and the file that it leads to is written; what is no regular file raises an OSError.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "no regular file", str(path))
    # Not mkstemp, whose files only their owner may read.
    temporary = path.with_name(f".{path.stem}-{secrets.token_hex(6)}{path.suffix}")
    temporary.touch(exist_ok=False)
    try:
        write(temporary)
        with open(temporary, "rb") as written:
            os.fsync(written.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def check_output(out: Path, inputs: Iterable[str | os.PathLike[str]]) -> None:
    """Refuse to write over what is read, and into folders that are not there, before any work is done.

    Parameters
    ----------
    out : file to write
    inputs : files that are read; also under other names, through links

    Raises
    ------
    ByeSplitsError : `out` is one of them, a folder, or in no folder
    """
    try:
        if out.is_dir():
            raise not_writable(out, "a folder")
        if not out.absolute().parent.is_dir():
            raise not_writable(out, "no such folder")
        written = out.stat()
    except (OSError, ValueError):  # not there yet, or not to be looked at, which writing will say
        return
    for file in inputs:
        try:
            read = Path(file).stat()
        except (OSError, ValueError):
            continue
        if os.path.samestat(read, written):
            raise not_writable(out, "one of the input files")


def local_output(out: str | os.PathLike[str]) -> Path:
    """Path to write to; ByeSplitsError for an address, as nothing is written to other machines."""
    if "://" in os.fspath(out):
        raise not_writable(out, "the address of another machine")
    return Path(out)


def not_writable(out: str | os.PathLike[str], found: str) -> ByeSplitsError:
    """The error for an output that cannot be written, with what was found there."""
    return ByeSplitsError(
        os.fspath(out),
        expected="a file that can be written",
        found=found,
        action="Choose another one, in a folder that exists, that you can write to and that has space left.",
    )
