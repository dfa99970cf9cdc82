"""The command line: one thin function per subcommand."""

import contextlib
import errno
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

from bye_splits.config import ConfigWarning
from bye_splits.errors import ByeSplitsError

from .complaints import FAILED, MISUSED, complain
from .options import parser

_NOT_WRITTEN = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EBADF, errno.EFBIG)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : without the program's name; None: those of the process

    Returns
    -------
    the exit code. Invalid options raise SystemExit, as usual with argparse.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # names may have characters that the terminal cannot show
            stream.reconfigure(errors="backslashreplace")
    options = parser().parse_args(arguments)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", ConfigWarning)
            warnings.showwarning = _show_warning
            _require_folder()
            code = options.run(options)
            if sys.stdout is not None:
                sys.stdout.flush()  # fail here if it cannot be written, not at the end of the process
            return code
    except ByeSplitsError as error:
        return complain(f"{error}", MISUSED)
    except KeyboardInterrupt:
        return complain("interrupted.", FAILED)
    except BrokenPipeError:  # the reader of our output has exited, as `head` does
        return _without_output()
    except OSError as error:
        if error.errno not in _NOT_WRITTEN or error.filename is not None:
            return complain(_unexpected(error), FAILED)
        _without_output()
        return complain(
            f"standard output: expected a place to write to, found {error.strerror}. "
            "Make room there, or let it go to another place.",
            FAILED,
        )
    except Exception as error:
        return complain(_unexpected(error), FAILED)


def _require_folder() -> None:
    """Raise ByeSplitsError if the current folder, to which paths are relative, does not exist."""
    try:
        Path.cwd()
    except OSError as error:
        raise ByeSplitsError(
            "current folder",
            expected="a folder that exists",
            found=f"one that was deleted or cannot be entered ({error.strerror})",
            action="Go to another one with cd and run the command again.",
        ) from error


def _without_output() -> int:
    """Redirect stdout to the null device, so that Python does not try to flush it again on exit."""
    if sys.stdout is not None:
        with contextlib.suppress(OSError, ValueError):  # a stream without a file
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FAILED


def _unexpected(error: Exception) -> str:
    text = f"{type(error).__name__}: {error}".rstrip(" .:")
    return (
        f"unexpected {text}. This is a fault in bye_splits or in a library. "
        "Set BYE_SPLITS_DEBUG=1 and run the command again for the traceback."
    )


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    print(f"bye-splits: warning: {message}", file=sys.stderr)
