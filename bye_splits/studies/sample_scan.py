"""Many sets of parameters on the first events of a sample: work for the background."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from bye_splits.chain import ChainParameters
from bye_splits.chain.parameters import DECLARED
from bye_splits.chain.smoothing import KERNELS
from bye_splits.errors import ByeSplitsError

from .background import Background, Run
from .chunk import Settings
from .parameter_sets import Axis, axes_of, in_grid, spread
from .sample_outcomes import CELLS, stored_chunk
from .scan import AT_ONCE, scan_table
from .store import store_of
from .survey import Chunk, Survey

MOST_EVENTS = 3000  # of the sample that are looked at
MOST_SETS = 1000
SETS = 192
SEED = 1  # of the Sobol sequence
USUAL = ("seed_threshold=5:80", "radius=0.005:0.05", f"kernel={','.join(KERNELS)}")
"""What is varied unless something else is asked for."""


@dataclass(frozen=True)
class Choice:
    """Which sets of parameters a scan tries.

    Attributes
    ----------
    vary : what is varied, as for `parameter_sets.Axis.of`
    sets : number of sets; a grid has as many as its axes give
    grid : whether all combinations are tried, instead of points of a Sobol sequence
    """

    vary: tuple[str, ...] = USUAL
    sets: int = SETS
    grid: bool = False

    def axes(self, base: ChainParameters) -> list[Axis]:
        """The parameters that are varied; errors are those of `parameter_sets.axes_of`."""
        return axes_of(self.vary, base)

    def parameters(self, base: ChainParameters) -> list[ChainParameters]:
        """The sets; what is not varied is as in `base`.

        Those that have the same seeds apart from the threshold follow one another.

        Raises
        ------
        ByeSplitsError : parameters that do not exist, values that they cannot have, or too many sets
        """

        def make(values: dict[str, Any]) -> ChainParameters:
            rounded: dict[str, Any] = {
                k: float(f"{v:.4g}") if isinstance(v, float) else v for k, v in values.items()
            }
            return replace(base, **rounded)

        axes = self.axes(base)
        sets = list(dict.fromkeys(in_grid(axes, make) if self.grid else spread(axes, self.sets, SEED, make)))
        if len(sets) > MOST_SETS:
            raise ByeSplitsError(
                "sets of the scan",
                expected=f"at most {MOST_SETS}",
                found=f"{len(sets)}",
                action="Vary fewer parameters or take fewer values, or use bye-splits study scan.",
            )
        return sorted(sets, key=_seeds)

    def settled(self, base: ChainParameters) -> ChainParameters:
        """`base` with the varied parameters' defaults, as their values there do not matter."""
        usual = ChainParameters()
        values: dict[str, Any] = {axis.name: getattr(usual, axis.name) for axis in self.axes(base)}
        return replace(base, **values)


def _seeds(parameters: ChainParameters) -> list[str]:
    others = (name for name in DECLARED if name not in ("radius", "seed_threshold"))
    return [str(getattr(parameters, name)) for name in others]


def run_scan(
    background: Background,
    sample: Survey,
    folder: Path,
    base: ChainParameters,
    choice: Choice = Choice(),
) -> Run:
    """A scan of a sample's first events, some sets at a time.

    Parameters
    ----------
    base : what is not varied
    choice : of the sets
    background, sample, folder : as of `sample_outcomes.run_outcomes`

    Returns
    -------
    Run : its results are tables as of `scan.scan_table`, without a common `pareto`; a chunk stands for some
        sets, and its events for their number

    Raises
    ------
    ByeSplitsError : the folder cannot be written to, or as `Choice.parameters`
    """
    base = choice.settled(base)
    sets = choice.parameters(base)
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
    work = partial(scan_some, first, folder, sets)
    key = ("scan", *(file.identity for file in sample.files), base, choice)
    return background.run(key, pieces, work)


def scan_some(sample: Survey, folder: Path, sets: Sequence[ChainParameters], piece: Chunk) -> pd.DataFrame:
    """The rows of `scan.scan_table` for some of the sets."""
    some = sets[piece.start : piece.stop]
    store = store_of(sample, folder, Settings.covering(some, []), CELLS)
    for chunk in sample.chunks:
        stored_chunk(store, chunk)  # runs the chain where it is missing
    return scan_table(store, some, threads=1).assign(set=range(piece.start, piece.stop))
