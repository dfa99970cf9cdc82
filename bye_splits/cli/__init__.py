"""The command line: one function a subcommand, each thin."""

import os
import sys
import warnings
from collections.abc import Sequence

from bye_splits.config import ConfigWarning
from bye_splits.errors import ByeSplitsError

from .complaints import FAILED, MISUSED, complain
from .options import parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : what follows the program's name; None takes those of the process

    Returns
    -------
    the exit code. Wrong options leave through SystemExit, as argparse has it.
    """
    options = parser().parse_args(arguments)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", ConfigWarning)
            warnings.showwarning = _show_warning
            return options.run(options)
    except ByeSplitsError as error:
        return complain(f"{error}", MISUSED)
    except KeyboardInterrupt:
        return complain("interrupted.", FAILED)
    except BrokenPipeError:  # whoever read our output has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:
        text = f"{type(error).__name__}: {error}".rstrip(" .:")
        return complain(
            f"unexpected {text}. This is a fault in bye_splits or in a library. "
            "Set BYE_SPLITS_DEBUG=1 and run the command again for the traceback.",
            FAILED,
        )


def _show_warning(message, category, filename, lineno, file=None, line=None) -> None:  # noqa: ARG001
    print(f"bye-splits: warning: {message}", file=sys.stderr)
