"""The user's cache folder, and atomic writing of files."""

import atexit
import errno
import functools
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from bye_splits.errors import ByeSplitsError
from bye_splits.leftovers import own_name, sweep_once

_MOST_OF_STEM = 40  # characters of a name that a temporary file keeps: the whole has at most 255 bytes
_log = logging.getLogger(__name__)


def folder() -> Path | None:
    """Writable folder for derived files, or None if there is none (callers then work without).

    `BYE_SPLITS_CACHE`, else `XDG_CACHE_HOME`/bye_splits, else ~/.cache/bye_splits, else a folder of this
    user in the temporary folder.
    """
    configured = os.environ.get("BYE_SPLITS_CACHE")
    if configured:
        candidates = [Path(configured)]
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        candidates = [Path(tempfile.gettempdir()) / f"bye_splits-{os.getuid()}"]
        if Path(base).is_absolute():  # without a home folder, ~ is not expanded
            candidates.insert(0, Path(base) / "bye_splits")
    for candidate in candidates:
        try:
            candidate.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(candidate, os.W_OK | os.X_OK):
            sweep_once(candidate)
            return candidate
    return None


@functools.cache
def temporary_folder() -> Path:
    """Folder of this process in place of the cache, where that cannot be written; removed when it ends."""
    parent = Path(tempfile.gettempdir())
    sweep_once(parent)
    folder = parent / own_name()
    folder.mkdir(mode=0o700)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _log.warning(
        "No cache folder can be written, or it is full: what it would keep is in %s for this run only.",
        folder,
    )
    return folder


def has_room(folder: Path, size: int = 1 << 20) -> bool:
    """Whether `size` bytes [default 1 MiB] can be written into a folder, also as far as a quota goes."""
    probe = folder / f".{own_name()}"
    try:
        with open(probe, "wb") as file:
            file.write(bytes(size))
            os.fsync(file.fileno())
    except OSError:
        return False
    finally:
        probe.unlink(missing_ok=True)
    return True


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a temporary file beside `path`, then rename it to `path`.

    Readers see the old or the new file, never an incomplete one; on any error the temporary file is removed.
    A link is kept and its target written; a `path` that is not a regular file raises an OSError. Temporary
    files in the folder whose process was killed are removed first.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "no regular file", str(path))
    # Not mkstemp, whose files are readable only by their owner.
    temporary = path.with_name(f".{path.stem[:_MOST_OF_STEM]}-{own_name()}{path.suffix}")
    sweep_once(path.parent)
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
    """Reject outputs that overwrite an input or have no folder, before any work is done.

    Parameters
    ----------
    out : file to write
    inputs : files that are read, also through links

    Raises
    ------
    ByeSplitsError : `out` is one of them, or a folder, or its folder does not exist
    """
    try:
        if out.is_dir():
            raise not_writable(out, "a folder")
        if not out.absolute().parent.is_dir():
            raise not_writable(out, "no such folder")
        written = out.stat()
    except (OSError, ValueError):  # does not exist yet, or is inaccessible, which writing will report
        return
    for file in inputs:
        try:
            read = Path(file).stat()
        except (OSError, ValueError):
            continue
        if os.path.samestat(read, written):
            raise not_writable(out, "one of the input files")


def local_output(out: str | os.PathLike[str]) -> Path:
    """Path to write to; ByeSplitsError for an address, as remote files cannot be written."""
    if "://" in os.fspath(out):
        raise not_writable(out, "the address of another machine")
    return Path(out)


def not_writable(out: str | os.PathLike[str], found: str) -> ByeSplitsError:
    """The error for an output that cannot be written; `found` is the reason."""
    return ByeSplitsError(
        os.fspath(out),
        expected="a file that can be written",
        found=found,
        action="Choose another one, in a folder that exists, that you can write to and that has space left.",
    )
