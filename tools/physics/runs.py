"""Running the studies in a folder, and writing their numbers as Markdown."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from bye_splits.page_checksums import VERIFIED

from .svg_curves import Curve

ROOT = Path(__file__).resolve().parents[2]
PARTICLES = ("photons", "electrons", "pions")
CHAINS = {"default": "default", "coarse_seeding": "coarse seeding"}


class Runs:
    """Runs `bye-splits` in a folder, and reads what it has written there."""

    def __init__(self, folder: Path, events: int, pileup_events: int, workers: int):
        self.folder, self.events, self.pileup_events, self.workers = folder, events, pileup_events, workers

    def toy(self, options: str, out: str = "toys") -> str:
        """Make a sample that is not there yet; the command."""
        words = dict(zip(*[iter(shlex.split(options))] * 2, strict=True))
        made = f"{out}/{words['--particle']}_PU{words.get('--pileup', 0)}.root"
        return self._run(f"toy {options} --seed 11 --out {out}", f"{made}.command")

    def study(self, what: str, out: str) -> str:
        """Run a study; the command."""
        return self._run(f"study {what} --out {out}", f"{out}/command", f"--workers {self.workers}")

    def table(self, path: str, **where: object) -> pd.DataFrame:
        """Rows of a table with these values."""
        table = pd.read_parquet(self.folder / f"{path}.parquet", **VERIFIED)
        for name, value in where.items():
            table = table[table[name] == value]
        return table.reset_index(drop=True)

    def _run(self, command: str, mark: str, more: str = "") -> str:
        done = self.folder / mark
        if not done.exists() or done.read_text(encoding="utf-8") != command:
            print(f"bye-splits {command}", file=sys.stderr)
            words = [sys.executable, "-m", "bye_splits", *shlex.split(f"{command} {more}")]
            paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
            subprocess.run(
                words, cwd=self.folder, check=True, stdout=sys.stderr, env=os.environ | {"PYTHONPATH": paths}
            )
            done.write_text(command, encoding="utf-8")
        return f"bye-splits {command}"


def percent(share: float, low: float = np.nan, high: float = np.nan) -> str:
    """A share in percent with its interval as errors; a bound where nothing was counted."""
    if not share and np.isfinite(high):
        return f"0 (< {100 * high:.2g})"
    if np.isnan(low):
        return f"{100 * share:.2f}"
    up, down = 100 * (high - share), 100 * (share - low)
    digits = 2 if min(up, down) < 0.95 else 1
    if f"{up:.{digits}f}" == f"{down:.{digits}f}":
        return f"{100 * share:.{digits}f} ± {up:.{digits}f}"
    return f"{100 * share:.{digits}f} (+{up:.{digits}f} −{down:.{digits}f})"


def markdown(head: list[str], rows: list[list[str]]) -> str:
    """A table, the first column to the left."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def commands(*lines: str) -> str:
    """A block of commands."""
    return "```\n" + "\n".join(lines) + "\n```"


def rate_curve(label: str, table: pd.DataFrame, x: np.ndarray, name: str, **style: object) -> Curve:
    """A share with its interval, in percent."""
    y, low, high = (100 * table[column].to_numpy(float) for column in (name, f"{name}_low", f"{name}_high"))
    return Curve(label, x, y, low, high, **style)
