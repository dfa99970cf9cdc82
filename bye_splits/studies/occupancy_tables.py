"""The tables of an occupancy: trigger cells, modules, bins of each layer, bins of the chain."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bye_splits import cache
from bye_splits.geometry import Geometry
from bye_splits.geometry.constants import NO_WAFER
from bye_splits.page_checksums import WRITTEN
from bye_splits.sample_geometry import Match, match

from .occupancy import Occupancy

CELL = ("side", "layer", "waferu", "waferv", "cellu", "cellv")


def matched(occupancy: Occupancy, geometry: Geometry) -> Match:
    """The rows of `Occupancy.cells` in a geometry: numbers of trigger cells, -1 where it has none there."""
    return match(geometry, seen_cells(occupancy))


def seen_cells(occupancy: Occupancy) -> pd.DataFrame:
    """Indices and first seen position [cm] of the rows of `Occupancy.cells`, as of an event."""
    indices = occupancy.parts._asdict()
    columns = {name: indices[name] for name in CELL[1:]}
    return pd.DataFrame(columns | {name: occupancy.cells[name] for name in "xyz"}, copy=False)


def left_out(occupancy: Occupancy, found: Match) -> dict[str, int]:
    """Numbers of trigger cells that are not in all sums, by why in words.

    Parameters
    ----------
    found : Match of the rows of `Occupancy.cells`
    """
    counts, row = (
        occupancy.counts,
        found.geometry.find(*(getattr(occupancy.parts, name) for name in CELL[1:])),
    )
    unknown = int(occupancy.cells["count"][row < 0].sum())
    return {
        "below the threshold of mipPt": counts["below_threshold"],
        "with values that are not finite": counts["not_finite"],
        "at z = 0": counts["without_position"],
        "with values too large to be added": counts["too_large"],
        "with indices that are not in the geometry": unknown,
        "elsewhere than the geometry has them": int(occupancy.cells["count"][found.number < 0].sum())
        - unknown,
    }


def cell_table(occupancy: Occupancy, number: np.ndarray) -> pd.DataFrame:
    """A row per trigger cell that was seen: `endcap number layer waferu waferv cellu cellv n mipPt energy`.

    Parameters
    ----------
    number : int64, of the rows of `Occupancy.cells` in a geometry, -1 for none
    """
    parts = occupancy.parts._asdict() | {"number": number}
    return _grouped(occupancy, {name: parts[name] for name in ("side", "number", *CELL[1:])})


def module_table(occupancy: Occupancy) -> pd.DataFrame:
    """A row per module: `endcap layer waferu waferv ring n mipPt energy`.

    A module is a wafer (`ring` -1) or, of scintillator (`waferu` and `waferv` -999), a ring of tiles (ieta).
    """
    parts = occupancy.parts
    ring = np.where(parts.waferu == NO_WAFER, parts.cellu, -1)
    group = {"side": parts.side, "layer": parts.layer, "waferu": parts.waferu, "waferv": parts.waferv}
    return _grouped(occupancy, group | {"ring": ring})


def layer_bin_table(occupancy: Occupancy) -> pd.DataFrame:
    """A row per layer and bin that has trigger cells.

    Columns `endcap layer rz_bin phi_bin n mipPt energy eta_min eta_max`. The bins of trigger
    cells outside the histogram are -1. `eta_min` and `eta_max` are of abs(eta).
    """
    parts = occupancy.parts
    table = _grouped(occupancy, {"side": parts.side, "layer": parts.layer, "bin": parts.bin})
    binning, bins = occupancy.settings.binning, table.pop("bin").to_numpy()
    inside = bins < binning.n_bins
    for place, values in ((2, bins // binning.n_phi), (3, bins % binning.n_phi)):
        table.insert(place, ("rz_bin", "phi_bin")[place - 2], np.where(inside, values, -1))
    keys = ["side", "layer", "bin"]
    limits = {name: occupancy.cells[name] for name in ("eta_min", "eta_max")}
    rows = pd.DataFrame({name: getattr(parts, name) for name in keys} | limits, copy=False)
    found = rows.groupby(keys, sort=True).agg({"eta_min": "min", "eta_max": "max"})
    return table.assign(**{name: found[name].to_numpy() for name in limits})


def bin_table(occupancy: Occupancy) -> pd.DataFrame:
    """A row per endcap and bin.

    `mean_mipPt` and `mean_smoothed` [mipT] are means over all events, `above` the number of events whose
    smoothed bin is above the threshold of seeds, `seeds` and `clusters` their numbers, `seed_energy` [mipT]
    and `cluster_pt` [GeV] sums.
    """
    binning, events = occupancy.settings.binning, max(occupancy.events, 1)
    side, number = np.divmod(np.arange(2 * binning.n_bins), binning.n_bins)
    parts = occupancy.parts
    group = np.where(parts.bin < binning.n_bins, parts.side * binning.n_bins + parts.bin, -1)
    n = 2 * binning.n_bins
    return pd.DataFrame(
        {
            "endcap": 1 - 2 * side,
            "rz_bin": number // binning.n_phi,
            "phi_bin": number % binning.n_phi,
            "n": occupancy.added(group, n, "count"),
            "mean_mipPt": occupancy.added(group, n, "mipPt") / events,
            "mean_smoothed": occupancy.sums("smoothed", "bins").ravel() / events,
            "above": occupancy.bins["above"].ravel(),
            "seeds": occupancy.bins["seeds"].ravel(),
            "seed_energy": occupancy.sums("seeds", "bins").ravel(),
            "clusters": occupancy.bins["clusters"].ravel(),
            "cluster_pt": occupancy.sums("clusters", "bins").ravel(),
        }
    )


def _grouped(occupancy: Occupancy, group: dict[str, np.ndarray]) -> pd.DataFrame:
    """Sums over the rows of `Occupancy.cells` that agree in some columns, in ascending order of these."""
    columns = list(group.values())
    order = np.lexsort(columns[::-1])
    ordered = {name: values[order] for name, values in group.items()}
    first = np.zeros(len(order), dtype=bool)
    for values in ordered.values():
        first |= np.diff(values, prepend=values[:1] - 1) != 0
    of_row = np.empty(len(order), dtype=np.int64)
    of_row[order] = np.cumsum(first) - 1
    n = int(first.sum())
    table = {name: values[first] for name, values in ordered.items()}
    table = {"endcap": 1 - 2 * table.pop("side")} | table
    table |= {"n": occupancy.added(of_row, n, "count")}
    return pd.DataFrame(table | {name: occupancy.added(of_row, n, name) for name in ("mipPt", "energy")})


TABLES = ("occupancy_cells", "occupancy_modules", "occupancy_layer_bins", "occupancy_bins")
"""Names of the tables of the study, in the order of `write_tables`."""


def write_tables(
    occupancy: Occupancy, geometry: Geometry, out: Path, metadata: dict[str, str]
) -> Iterator[tuple[Path, int]]:
    """Write all tables as parquet; yields each and its number of rows.

    Parameters
    ----------
    metadata : of each table
    """
    tables = (
        cell_table(occupancy, matched(occupancy, geometry).number),
        module_table(occupancy),
        layer_bin_table(occupancy),
        bin_table(occupancy),
    )
    for name, table in zip(TABLES, tables, strict=True):
        made = pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(metadata)

        def write(path: Path, made: pa.Table = made) -> None:
            pq.write_table(made, path, compression="zstd", **WRITTEN)

        path = out / f"{name}.parquet"
        cache.write_atomically(path, write)
        yield path, len(table)
