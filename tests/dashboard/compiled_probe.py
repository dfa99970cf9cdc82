"""What numba compiles for a raster of a layer, in a process of its own, as it comes or patched, as JSON.

Arguments: the folder for machine code; with another one, datashader is patched.
"""

import hashlib
import json
import sys

import numpy as np
from numba.core import config, event

from bye_splits.dashboard.figures.raster import Viewport, rasterise
from bye_splits.dashboard.patches import kept_kernel


class Compiled(event.Listener):
    """Names of the functions."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def on_start(self, event: event.Event) -> None:
        self.names.append(event.data["dispatcher"].py_func.__qualname__)

    def on_end(self, event: event.Event) -> None:
        """Nothing is done."""


def main() -> None:
    """Compile, and print what."""
    config.CACHE_DIR = sys.argv[1]
    if sys.argv[2:]:
        kept_kernel.apply()
    compiled = Compiled()
    event.register("numba:compile", compiled)
    places = np.random.default_rng(1).uniform(-10, 10, (300, 1, 2)).astype("f4")
    made = rasterise(
        places + np.array([[0, 0], [1, 0], [1, 1], [0, 1]], "f4"), Viewport(-10, 10, -10, 10, 300, 300)
    )
    digest = hashlib.sha256(made.tobytes()).hexdigest()
    print(json.dumps({"names": compiled.names, "covered": float((made > 0).mean()), "digest": digest}))


if __name__ == "__main__":
    main()
