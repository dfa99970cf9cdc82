"""`bye-splits prepare`: make beforehand what the first start of a server makes."""

import argparse
import os
from pathlib import Path

from bye_splits.cache import not_writable

from .complaints import FINE

SAMPLES, CODE = "samples", "numba"  # folders in that of the command


def prepare(options: argparse.Namespace) -> int:
    """Make the toy sample and the display's compiled code in a folder."""
    out = Path(options.out).absolute()
    for folder in (out / SAMPLES, out / CODE):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise not_writable(folder, error.strerror or str(error)) from error
    os.environ["NUMBA_CACHE_DIR"] = str(out / CODE)  # read when numba is imported, which these do
    from bye_splits.dashboard.figures.raster import warm_up
    from bye_splits.dashboard.set_up import set_up_panel
    from bye_splits.samples import embedded

    set_up_panel()
    embedded.make(out / SAMPLES)
    warm_up().join()
    print(f"toy sample: {out / SAMPLES}, for {embedded.SAMPLES}")
    print(f"compiled code: {out / CODE}; copy it to where NUMBA_CACHE_DIR will be, which has to be writable")
    return FINE
