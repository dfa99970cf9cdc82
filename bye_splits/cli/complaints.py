"""How the command line ends: exit codes, and complaints of one paragraph."""

import contextlib
import os
import sys
import traceback

FINE, FAILED, MISUSED = 0, 1, 2
"""All is well; the work failed or is partial; wrong use or bad input."""


def complain(text: str, code: int) -> int:
    """Print one paragraph on stderr, after the traceback where BYE_SPLITS_DEBUG asks for it."""
    if os.environ.get("BYE_SPLITS_DEBUG", "0") not in ("", "0"):
        traceback.print_exc()
    with contextlib.suppress(OSError):  # stderr is full or gone: nowhere is left to say it
        print(f"bye-splits: {' '.join(text.split())}", file=sys.stderr, flush=True)
    return code
