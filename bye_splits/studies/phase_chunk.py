"""All showers of a chunk of a file in many positions in the bins: a function of its task alone."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from bye_splits.chain import ChainParameters
from bye_splits.chain.cells import MODULES, NEEDED, Cells
from bye_splits.errors import GeometryError
from bye_splits.geometry import Geometry
from bye_splits.geometry.constants import BETWEEN_COMPARTMENTS

from .chunk import ChunkOfFile, read_chunk
from .particles import particle_rows
from .phases import Columns, Positions, moved_clusters, splits
from .survey import Chunk
from .wafer_position import on_wafers, shower_maximum

AT_ONCE = 50_000  # positions whose outcomes are found at once: it bounds the memory
MAP = "map"  # column of the positions in which a shower is split, as packed bits


@dataclass(frozen=True, kw_only=True)
class PhaseSettings:
    """What is done with each shower.

    Attributes
    ----------
    chains : ChainParameters, one per chain
    n_rz, n_phi : numbers of positions along each axis
    """

    chains: tuple[ChainParameters, ...]
    n_rz: int
    n_phi: int

    @property
    def mip_threshold(self) -> float:
        """Transverse MIP below which no chain uses a trigger cell."""
        return min(one.tc_threshold for one in self.chains)


def phases_of(settings: PhaseSettings, chunk: Chunk) -> pa.Table:
    """The generated particles of a chunk, and in which positions each is split, chain by chain.

    Returns
    -------
    table : `chain file`, those of `particles.particle_rows`,

        `split` (in the actual position), `p_split` (share of the positions), `n_phases` (their number),
        `phase_rz phase_phi` (of the particle in its bin, 0 to 1),

        `layer_max` (with the largest sum of mipPt near the axis, -1 without any), `max_in_cee`, and of the
        axis there `waferu waferv` and `wafer_x wafer_y` [cm], see `wafer_position`,

        `map` (binary), the positions as `numpy.packbits`

    Raises
    ------
    SourceError : the file cannot be read, or has changed
    ChainError : as `chain.run`
    """
    read = read_chunk(chunk, [*NEEDED, *MODULES], settings.mip_threshold)
    particles = particle_rows(read.particles, pd.DataFrame(read.events))
    row = np.searchsorted(read.events["entry"], particles["entry"])
    side = 2 * row + (particles["endcap"].to_numpy() < 0)
    showers = [_cells(read, one) for one in side.tolist()]
    where = _on_wafers(read, particles, showers)
    parts = []
    for parameters in settings.chains:
        found = _all_positions(settings, parameters, particles, side, showers)
        first = pd.DataFrame({"chain": parameters.chain, "file": np.int32(chunk.file)}, index=particles.index)
        parts.append(pd.concat([first, particles, found, where], axis=1))
    return pa.Table.from_pandas(pd.concat(parts, ignore_index=True), preserve_index=False)


def unpacked(particles: pd.DataFrame, n_rz: int, n_phi: int) -> np.ndarray:
    """The column `map` as bool, shape (n, n_rz, n_phi)."""
    n = n_rz * n_phi
    bits = np.frombuffer(b"".join(particles[MAP]), dtype=np.uint8).reshape(len(particles), -(-n // 8))
    return np.unpackbits(bits, axis=1, count=n).reshape(-1, n_rz, n_phi).astype(bool)


def _cells(read: ChunkOfFile, side: int) -> Columns:
    start, stop = np.searchsorted(read.side, (side, side + 1))
    return {name: values[start:stop] for name, values in read.cells.items()}


def _all_positions(
    settings: PhaseSettings,
    parameters: ChainParameters,
    particles: pd.DataFrame,
    side: np.ndarray,
    showers: list[Columns],
) -> pd.DataFrame:
    eta, phi = (particles[name].to_numpy(float) for name in ("gen_eta", "gen_phi"))
    numbers = settings.n_rz, settings.n_phi
    positions = [
        Positions.of(*direction, parameters, *numbers)
        for direction in zip(eta.tolist(), phi.tolist(), strict=True)
    ]
    shares = np.flatnonzero(np.bincount(side)[side] > 1) if len(side) else side
    others = {
        one: particles[["gen_eta", "gen_phi"]][(side == side[one]) & (np.arange(len(side)) != one)]
        for one in shares.tolist()
    }
    at_once = max(1, AT_ONCE // max(1, settings.n_rz * settings.n_phi))
    split: list[tuple[Positions, np.ndarray]] = []
    for first in range(0, len(positions), at_once):
        some = range(first, min(first + at_once, len(positions)))
        found = [
            list(moved_clusters(Cells.of(showers[k], legacy=parameters.legacy), positions[k], parameters))
            for k in some
        ]
        each = splits(found, [positions[k] for k in some], [others.get(k) for k in some])
        split.extend(zip([positions[k] for k in some], each, strict=True))
    phases = np.array([one.phases for one in positions]).reshape(-1, 2)
    return pd.DataFrame(
        {
            "split": np.array([one[own.here] for own, one in split]).astype(bool),
            "p_split": np.array([one.mean() for _, one in split], dtype=np.float64),
            "n_phases": np.array([one.size for _, one in split], dtype=np.int32),
            "phase_rz": phases[:, 0],
            "phase_phi": phases[:, 1],
            MAP: pd.Series([np.packbits(one).tobytes() for _, one in split], dtype=object),
        }
    )


def _on_wafers(read: ChunkOfFile, particles: pd.DataFrame, showers: list[Columns]) -> pd.DataFrame:
    """Where the axis of each shower is at its maximum, on the wafers that the chunk's cells tell of."""
    eta, phi = (particles[name].to_numpy(float) for name in ("gen_eta", "gen_phi"))
    maxima = [
        shower_maximum(cells, *direction)
        for cells, direction in zip(showers, zip(eta.tolist(), phi.tolist(), strict=True), strict=True)
    ]
    layer = np.array([layer for layer, _ in maxima], dtype=np.int64)
    z = np.array([z for _, z in maxima], dtype=np.float64)
    r = np.abs(z) / np.sinh(np.abs(eta))
    try:
        geometry: Geometry = Geometry.from_positions(read.cells)
    except GeometryError:  # no trigger cell that has a place in a detector
        geometry = Geometry.v11()
    found = on_wafers(geometry, layer, r * np.cos(phi), r * np.sin(phi), z)
    in_cee = np.abs(z) < BETWEEN_COMPARTMENTS
    return pd.DataFrame({"layer_max": layer, "max_in_cee": in_cee} | found)
