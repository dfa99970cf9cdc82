"""Tables of a sample that need more than the passes of its store: made from pieces of the file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pandas as pd

from bye_splits.chain import ChainParameters, run_many
from bye_splits.chain.cells import NEEDED
from bye_splits.chain.chains import CHAINS
from bye_splits.chain.smoothing import KERNELS

from .chunk import read_chunk
from .own_tables import own_pairs, own_settings
from .particles import outcomes, particle_rows
from .phase_chunk import PhaseSettings, phases_of
from .phases import N_PHI, N_RZ
from .survey import Chunk

WINDOWS = (1, 2, 3)
"""Half widths of the window of the seeds, in phi bins, at which a sample is looked at."""

POSITIONS_KEPT = [
    *("file", "entry", "event", "endcap", "particle", "gen_eta", "gen_phi", "gen_energy", "gen_pt"),
    *("split", "p_split", "n_phases", "phase_rz", "phase_phi", "map"),
    *("layer_max", "max_in_cee", "wafer_x", "wafer_y"),
]


@dataclass(frozen=True)
class PieceTable:
    """A kind of table that is made from pieces of a file.

    Attributes
    ----------
    make : function of the piece, the parameters and the threshold of the trigger cells [mipT]
    events : of a piece: results come, and work can be left, every second or so
    relevant : the parameters with those that the table does not depend on at their defaults
    """

    make: Callable[[Chunk, ChainParameters], pd.DataFrame]
    events: int
    relevant: Callable[[ChainParameters], ChainParameters] = lambda parameters: parameters


def over_positions(piece: Chunk, parameters: ChainParameters) -> pd.DataFrame:
    """In which of 20 x 20 positions in the bins each shower is split, and where it is on its wafer.

    Returns
    -------
    DataFrame : a row per particle, some columns of `phase_chunk.phases_of`; for a chain without bins there is
        the actual position alone (`n_phases` 1)
    """
    settings = PhaseSettings(chains=(parameters,), n_rz=N_RZ, n_phi=N_PHI)
    return phases_of(settings, piece).to_pandas()[POSITIONS_KEPT]


def seedings(parameters: ChainParameters) -> list[tuple[str, int]]:
    """Kernels and windows at which a sample is looked at; only the windows, for a chain without smoothing."""
    kernels = KERNELS if CHAINS[parameters.chain].smooths else {parameters.kernel: None}
    return list(product(kernels, WINDOWS))


def over_seedings(piece: Chunk, parameters: ChainParameters) -> pd.DataFrame:
    """Whether each particle is split, or matched, with every kernel and window.

    Returns
    -------
    DataFrame : a row per particle, as of `particles.particle_rows`, with `split_KERNEL_WINDOW` and
        `matched_KERNEL_WINDOW` for all `seedings`
    """
    columns = [*NEEDED, *CHAINS[parameters.chain].columns]
    read = read_chunk(piece, columns, parameters.tc_threshold)
    particles = particle_rows(read.particles, pd.DataFrame(read.events))
    entries, n = read.events["entry"], len(read.events["entry"])
    found = {"file": np.full(len(particles), piece.file, dtype=np.int32)}
    for kernel, window in seedings(parameters):
        one = replace(parameters, kernel=kernel, seed_window=window)
        clusters = run_many(read.cells, read.side, one, 2 * n).clusters
        side = clusters["event"].to_numpy()
        clusters = clusters.assign(entry=entries[side // 2], endcap=1 - 2 * (side % 2))
        became = outcomes(clusters, particles)
        found[f"split_{kernel}_{window}"] = became["split"].to_numpy(bool)
        found[f"matched_{kernel}_{window}"] = became["leading_pt"].notna().to_numpy(bool)
    return pd.concat([particles, pd.DataFrame(found)], axis=1)


PIECE_TABLES = {
    "positions": PieceTable(over_positions, 16),
    "seedings": PieceTable(
        over_seedings, 200, lambda parameters: replace(parameters, kernel=next(iter(KERNELS)), seed_window=1)
    ),
    "own_pairs": PieceTable(own_pairs, 100),
    "own_settings": PieceTable(own_settings, 20, lambda _: ChainParameters()),
}
"""They are worked on after all other tables: they take some milliseconds per shower, or more."""


def pieces(chunks: Sequence[Chunk], events: int, most: int | None = None) -> list[Chunk]:
    """Chunks cut into pieces of so many events at most, numbered anew.

    Parameters
    ----------
    most : pieces that begin after so many entries of their file are left out; None: all are there
    """
    ranges = [
        (chunk, start, min(start + events, chunk.stop))
        for chunk in chunks
        for start in range(chunk.start, chunk.stop, events)
        if most is None or start < most
    ]
    return [
        replace(chunk, number=number, start=start, stop=stop)
        for number, (chunk, start, stop) in enumerate(ranges)
    ]


def seedings_of(table: pd.DataFrame) -> list[tuple[str, int]]:
    """Kernels and windows of a table of `over_seedings`."""
    names = [name.removeprefix("split_") for name in table if name.startswith("split_")]
    return [(name.rpartition("_")[0], int(name.rpartition("_")[2])) for name in names]
