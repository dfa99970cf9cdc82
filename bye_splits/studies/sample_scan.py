"""Many sets of parameters on the first events of a sample: work for the background."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd

from bye_splits.chain import ChainParameters
from bye_splits.chain.smoothing import KERNELS

from .background import Background, Run
from .chunk import Settings
from .parameter_sets import Axis, spread
from .sample_outcomes import CELLS, stored_chunk
from .scan import AT_ONCE, scan_table
from .store import store_of
from .survey import Chunk, Survey

MOST_EVENTS = 3000  # of the sample that are looked at
SETS = 192
SEED = 1
AXES = (
    Axis("seed_threshold", low=5.0, high=80.0),
    Axis("radius", low=0.005, high=0.05),
    Axis("kernel", tuple(KERNELS)),
)
"""What is varied."""


def sets_around(base: ChainParameters) -> list[ChainParameters]:
    """The sets of a scan: Sobol points of `AXES`, the rest as in `base`; those of one kernel together."""

    def make(values: dict) -> ChainParameters:
        radius, threshold = round(values["radius"], 4), round(values["seed_threshold"], 2)
        return replace(base, kernel=values["kernel"], radius=radius, seed_threshold=threshold)

    return sorted(spread(AXES, SETS, SEED, make), key=lambda one: one.kernel)


def run_scan(
    background: Background, sample: Survey, folder: Path, base: ChainParameters, mip_threshold: float
) -> Run:
    """A scan of a sample's first events, some sets at a time.

    Parameters
    ----------
    base : what is not varied
    background, sample, folder, mip_threshold : as of `sample_outcomes.run_outcomes`

    Returns
    -------
    Run : its results are tables as of `scan.scan_table`, without a common `pareto`; a chunk stands for some
        sets, and its events for their number

    Raises
    ------
    ByeSplitsError : the folder cannot be written to
    """
    base = replace(base, radius=None, seed_threshold=ChainParameters().seed_threshold)
    sets = sets_around(base)
    chunks, events = [], 0
    for chunk in sample.chunks:
        if events and events + chunk.events > MOST_EVENTS:
            break
        chunks.append(chunk)
        events += chunk.events
    first = replace(sample, chunks=chunks)
    pieces = [
        Chunk(number, 0, "sets", start, min(start + AT_ONCE, len(sets)))
        for number, start in enumerate(range(0, len(sets), AT_ONCE))
    ]
    work = partial(scan_some, first, folder, sets, mip_threshold)
    key = ("scan", *(file.identity for file in sample.files), base, mip_threshold)
    return background.run(key, pieces, work)


def scan_some(
    sample: Survey, folder: Path, sets: Sequence[ChainParameters], mip_threshold: float, piece: Chunk
) -> pd.DataFrame:
    """The rows of `scan.scan_table` for some of the sets."""
    some = sets[piece.start : piece.stop]
    store = store_of(sample, folder, Settings.covering(some, [], mip_threshold), CELLS)
    for chunk in sample.chunks:
        stored_chunk(store, chunk)  # runs the chain where it is missing
    return scan_table(store, some, threads=1).assign(set=range(piece.start, piece.stop))
