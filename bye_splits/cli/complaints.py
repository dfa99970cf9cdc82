"""Exit codes of the command line, and error messages of one paragraph."""

import contextlib
import os
import sys
import traceback

FINE, FAILED, MISUSED = 0, 1, 2
"""Success; the work failed or is incomplete; wrong use or bad input."""


def complain(text: str, code: int) -> int:
    """Print one paragraph on stderr, after the traceback if BYE_SPLITS_DEBUG is set; return `code`."""
    if os.environ.get("BYE_SPLITS_DEBUG", "0") not in ("", "0"):
        traceback.print_exc()
    with contextlib.suppress(OSError):  # stderr is full or closed: the message is lost
        print(f"bye-splits: {' '.join(text.split())}", file=sys.stderr, flush=True)
    return code
