"""The command line: one function a subcommand, each thin."""

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
    arguments : what follows the program's name; None takes those of the process

    Returns
    -------
    the exit code. Wrong options leave through SystemExit, as argparse has it.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # names may hold what the terminal cannot show
            stream.reconfigure(errors="backslashreplace")
    options = parser().parse_args(arguments)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", ConfigWarning)
            warnings.showwarning = _show_warning
            _require_folder()
            code = options.run(options)
            if sys.stdout is not None:
                sys.stdout.flush()  # what cannot be written is known here, not when the process ends
            return code
    except ByeSplitsError as error:
        return complain(f"{error}", MISUSED)
    except KeyboardInterrupt:
        return complain("interrupted.", FAILED)
    except BrokenPipeError:  # whoever read our output has gone, as `head` does
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
    """Raise ByeSplitsError where there is no current folder, from which paths are meant."""
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
    """Let what is still to be written go nowhere, so that Python does not try it again at its end."""
    if sys.stdout is not None:
        with contextlib.suppress(OSError, ValueError):  # one that is no file
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
