"""Compile once the loops that each process that runs tests would compile for itself.

`make test` runs it beside the type checks, which take one core. Without it the tests take longer.
"""

import io
import sys
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from bye_splits.cli import main as command
from bye_splits.dashboard.figures.raster import warm_up
from bye_splits.geometry import Geometry
from bye_splits.samples import write_toy

STUDIES = (  # between them they have the loops of all
    ("scan", "--grid", "--vary", "radius=by-layer,0.02", "--vary", "seed_threshold=10,20"),
    ("response", "--chain", "both"),
    ("response", "--association", "max_energy"),
    ("compare",),
)


def main() -> int:
    """Have the display and the studies compiled; the exit code of a study that failed, or 0."""
    everywhere = warm_up()
    with tempfile.TemporaryDirectory() as folder:
        sample, _ = write_toy(Path(folder), "electrons", 0, 12, seed=1, geometry=Geometry.v11())
        for number, (study, *options) in enumerate(STUDIES):
            if code := command(["study", study, str(sample), "--out", f"{folder}/{number}", *options]):
                return code
    everywhere.join()
    return 0


if __name__ == "__main__":
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()) as said:
        try:
            code = main()
        except SystemExit as end:  # of wrong arguments
            code = end.code
    sys.exit(code and said.getvalue())
