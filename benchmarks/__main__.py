"""`python -m benchmarks`: measure, and print a table."""

import argparse
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from . import actions, chain, large, machine, occupancy, openings, pages, samples, scans, shower, start
from .table import Line, table

SUBJECTS = (
    "reading",
    "actions",
    "shower",
    "pages",
    "geometry",
    "geometries",
    "chain",
    "scan",
    "occupancy",
    "server",
)


def main() -> int:
    """Measure the requested subjects.

    Returns
    -------
    exit code: 0, over target or not; 1 if a subject could not be measured
    """
    options = _options()
    began = time.perf_counter()
    print(machine.described())
    print(f"load before: {machine.load()}", flush=True)
    lines: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="bye_splits-bench-") as folder:
        files = samples.make(Path(folder))
        geometry = files.pop("geometry")
        measures: dict[str, Callable[[], list[Line]]] = {
            "reading": lambda: start.measure_reading(files),
            "actions": lambda: actions.measure(files),
            "shower": lambda: shower.measure(files["busy20"], browser=not options.no_browser),
            "pages": lambda: pages.measure(files["busy20"]),
            "geometry": lambda: start.measure_geometry(geometry),
            "geometries": lambda: openings.measure(Path(folder), files),
            "chain": lambda: chain.measure(files),
            "scan": scans.measure,
            "occupancy": lambda: occupancy.measure(options.cells),
            "server": start.measure_server,
        }
        measures["large"] = large.measure
        wanted = [*(options.only or SUBJECTS), *(["large"] if options.large else [])]
        failed = [name for name in wanted if not _measured(name, measures[name], lines)]
    print(f"load after:  {machine.load()}; {time.perf_counter() - began:.0f} s\n")
    print(
        "Median (largest). Through the server: a websocket client, up to the last byte that an action causes."
    )
    print(table(lines))
    if failed:
        print(f"\nNot measured, see the errors above: {', '.join(failed)}")
    return 1 if failed else 0


def _measured(name: str, measure: Callable[[], list[Line]], lines: list[Line]) -> bool:
    """Add a subject's lines; return False after printing the traceback of an error."""
    print(f"measuring: {name}", file=sys.stderr, flush=True)
    try:
        lines += measure()
    except Exception:
        traceback.print_exc()
        return False
    return True


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=SUBJECTS, metavar="SUBJECT", help=", ".join(SUBJECTS))
    parser.add_argument("--no-browser", action="store_true", help="skip measurements that need Chromium")
    parser.add_argument(
        "--large", action="store_true", help="also a file of 100 000 events (a minute to make)"
    )
    parser.add_argument(
        "--cells",
        type=lambda text: int(float(text)),
        default=occupancy.CELLS,
        metavar="N",
        help="trigger cells of the occupancy's sample, such as 1e8 (2 MB for 100 000 of them)",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
