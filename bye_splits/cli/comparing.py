"""`bye-splits compare`: with which settings a file's own clusters were made."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from bye_splits import cache
from bye_splits.config import load_config, located
from bye_splits.counting import counted
from bye_splits.errors import ByeSplitsError
from bye_splits.locations import joined
from bye_splits.page_checksums import WRITTEN

from .chain_options import chosen_parameters
from .complaints import FINE

if TYPE_CHECKING:
    from bye_splits.studies.own_clusters import Agreement

GIVEN = "as given"


def compare(options: argparse.Namespace) -> int:
    """Print how the chain's clusters agree with those of a file, setting by setting.

    Raises
    ------
    ByeSplitsError : the file cannot be read, or has no trigger cells or no clusters
    """
    from bye_splits.data import open_source
    from bye_splits.studies.own_clusters import SETTINGS, agreements, in_file, verdict

    config = load_config(options.config)
    settings = dict(SETTINGS)
    if options.parameters is not None:
        (settings[GIVEN],) = chosen_parameters(options, config, "compare")
    sample = located(options.file, config)
    if options.out is not None:
        read = [sample.path, *(file for file in (config.path, options.parameters) if file)]
        cache.check_output(Path(options.out), read)
    name = joined(sample.path, sample.directory, sample.tree)
    with open_source(sample.path, sample.directory, sample.tree) as source:
        n = len(source) if options.events is None else min(options.events, len(source))
        line = "{percentage:3.0f}% |{bar}| {elapsed} < {remaining}"
        with tqdm(total=n, bar_format=line, file=sys.stderr, disable=None) as bar:
            found = agreements(source, settings, n, bar.update)
    best = next(iter(found.values()))
    clusters = in_file(best.counts)
    if not clusters:
        raise ByeSplitsError(
            name,
            expected="clusters (cl3d_*) to compare with",
            found=f"none in {counted(n, 'event')}",
            action="Choose a file that was written with clusters, or more events with --events.",
        )
    print(f"{name}: {counted(clusters, 'cluster')} in {counted(n, 'event')}\n")
    print(_table(found))
    print(f"\n{verdict({name: one.counts for name, one in found.items()})}")
    if best.share < 1:
        print("Try parameters of your own with --parameters.")
    if options.out is not None:
        _write(found, options.out)
        print(f"{options.out}: pairs of clusters under {next(iter(found))}")
    return FINE


def _table(found: "dict[str, Agreement]") -> str:
    """A row for each setting, those that agree best first."""
    width = max(map(len, found))
    head = (
        f"{'setting':{width}}    same   moved missing   extra    same  pt moved by  angle moved by  cells by"
    )
    lines = [head]
    for name, one in found.items():
        numbers = "".join(f"{count:8d}" for count in one.counts.values())
        moved = f"{_usual(one.difference('pt')):12.1%} {_usual(_angle(one)):15.4f}"
        cells = _usual(one.difference("n_cells"))
        moved += f"{'not in file':>10}" if np.isnan(cells) else f"{cells:10.3g}"
        lines.append(f"{name:{width}}{numbers}{one.share:8.1%} {moved}")
    return "\n".join(lines)


def _usual(values: np.ndarray) -> float:
    """Median of what is not zero but for rounding; 0 if there is nothing, NaN if none is known."""
    if len(values) and np.isnan(values).all():
        return float("nan")
    values = np.abs(values[np.abs(values) > 1e-6])
    return float(np.median(values)) if len(values) else 0.0


def _angle(one: "Agreement") -> np.ndarray:
    return np.hypot(one.difference("eta"), one.difference("phi"))


def _write(found: "dict[str, Agreement]", out: str) -> None:
    """The pairs under the best setting, as CSV or parquet by the file's ending."""
    pairs = next(iter(found.values())).pairs
    if Path(out).suffix == ".csv":
        pairs.to_csv(out, index=False)
    else:
        pairs.to_parquet(out, index=False, **WRITTEN)
