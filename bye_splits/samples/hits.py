"""Reconstructed hits grouped into trigger cells: event files from any table of hits."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from bye_splits import cache
from bye_splits.counting import counted
from bye_splits.data.files import text_of
from bye_splits.errors import SourceError
from bye_splits.geometry import Geometry
from bye_splits.geometry.constants import N_CEE, layer_z
from bye_splits.geometry.covering import Z_TOLERANCE
from bye_splits.remote import file_of

from . import front_end
from .deposits import add_up
from .events import CellColumns, without_truth
from .hit_tables import COLUMNS, read_hits
from .writing import Table, integer_for, write

_CELLS_PER_BASKET = 100_000


@dataclass(frozen=True)
class Account:
    """Where the hits of a table went; each hit is counted once in one of the last five, or is placed.

    Attributes
    ----------
    out : the file that was written
    events, trigger_cells : int, numbers written
    read : int, hits in the table
    placed : (int, int), hits that found a trigger cell in the +z and the -z endcap
    outside_cells : (int, int), hits in a trigger layer, but outside every trigger cell, the same way
    not_finite : int, hits with a NaN or infinite coordinate or energy
    negative : int, hits of negative energy
    no_trigger_layer : int, hits in the even layers of CE-E, which the trigger does not read
    outside_z : int, hits further than 0.3 cm from every layer
    """

    out: Path
    events: int
    trigger_cells: int
    read: int
    placed: tuple[int, int]
    outside_cells: tuple[int, int]
    not_finite: int
    negative: int
    no_trigger_layer: int
    outside_z: int

    @property
    def in_trigger_layers(self) -> tuple[int, int]:
        """Hits in trigger layers of the +z and the -z endcap."""
        return tuple(a + b for a, b in zip(self.placed, self.outside_cells, strict=True))

    def __str__(self):
        lines = [
            f"{counted(self.read, 'hit')} read, {counted(self.events, 'event')} and "
            f"{counted(self.trigger_cells, 'trigger cell')} written to {self.out}"
        ]
        for name, placed, found in zip(("+z", "-z"), self.placed, self.in_trigger_layers, strict=True):
            share = f" ({100 * placed / found:.2f} %)" if found else ""
            hits = counted(found, "hit")
            lines.append(f"{name} endcap: {hits} in trigger layers, {placed} found a cell{share}")
        others = {
            "in trigger layers, but outside every trigger cell": sum(self.outside_cells),
            "in the even layers of CE-E, which the trigger does not read": self.no_trigger_layer,
            f"further than {Z_TOLERANCE} cm from every layer": self.outside_z,
            "with a coordinate or energy that is not finite": self.not_finite,
            "of negative energy": self.negative,
        }
        lines += [f"left out: {count} {name}" for name, count in others.items()]
        return "\n".join(lines)


def from_hits(hits_path: str | Path, out: str | Path, geometry: Geometry | None = None) -> Account:
    """Group a table of hits into trigger cells and write them as an event file.

    Parameters
    ----------
    hits_path : path or address of a parquet or CSV file (also compressed) with the columns `event` (integer),
        `x y z` [cm], in CMS coordinates, and `energy` [GeV], calibrated; other columns are ignored
    out : ROOT file to make, in the schema of the skims
    geometry : V11 by default

    Returns
    -------
    Account; its text is the printed account

    Raises
    ------
    SourceError : the table cannot be read, lacks a column, or has no hit in a trigger cell
    ByeSplitsError : `out` cannot be written, or is the table itself

    Notes
    -----
    A trigger cell's energy is the sum of its hits' energies; pt = energy / cosh(eta) with eta of the cell
    seen from the origin, and mipPt follows from pt by the trigger's calibration read backwards. Positions are
    those of the trigger cells. No threshold is applied. Events are written in the order of their numbers,
    without generated particles and clusters.
    """
    hits_path, out = file_of(hits_path), cache.local_output(out)
    cache.check_output(out, [hits_path])
    hits = read_hits(hits_path)
    geometry = geometry or Geometry.v11()
    usable, counts = _sorted_out(hits, geometry)
    if not len(usable):
        found = ", ".join(f"{name.replace('_', ' ')}: {count}" for name, count in counts.items())
        raise SourceError(
            str(hits_path),
            expected="hits in trigger cells (positions in cm)",
            found=f"none among {len(hits)} ({found})",
            action="Check the units and the coordinate system of the table.",
        )
    numbers, events = _trigger_cells(usable, hits["event"], CellColumns(geometry))
    per_basket = int(np.clip(_CELLS_PER_BASKET / max(events.counts.mean(), 1), 1, 250))
    name = text_of(hits_path.name)
    title = f"trigger cells from reconstructed hits ({name}); no generated particles, no clusters"
    how = {"title": title, "events_per_basket": per_basket, "number_type": integer_for(numbers)}
    try:
        cache.write_atomically(out, lambda path: write(path, [without_truth(numbers, events)], **how))
    except OSError as error:
        raise cache.not_writable(out, str(error)) from error
    return Account(
        out=out, events=len(numbers), trigger_cells=int(events.counts.sum()), read=len(hits), **counts
    )


def _sorted_out(hits: pd.DataFrame, geometry: Geometry):
    """The hits in a trigger cell, with `cell` and `zside`, index kept, and the counts of an Account."""
    x, y, z, energy = (hits[name].to_numpy(dtype=float) for name in COLUMNS[1:])
    finite = np.isfinite(x) & np.isfinite(y) & np.isfinite(z) & np.isfinite(energy)
    negative = finite & (energy < 0)
    good = finite & ~negative
    side = np.where(z < 0, -1, 1)
    planes = np.concatenate([geometry.layer_z[geometry.layers], geometry.tile_z[geometry.layers]])
    triggered = good & _near(z, planes)
    even = good & ~triggered & _near(z, layer_z()[2 : N_CEE + 1 : 2])
    cell = np.full(len(hits), -1)
    cell[triggered] = geometry.covering(x[triggered], y[triggered], z[triggered])

    def by_side(which):
        return int((which & (side > 0)).sum()), int((which & (side < 0)).sum())

    counts = {
        "placed": by_side(cell >= 0),
        "outside_cells": by_side(triggered & (cell < 0)),
        "not_finite": int((~finite).sum()),
        "negative": int(negative.sum()),
        "no_trigger_layer": int(even.sum()),
        "outside_z": int((good & ~triggered & ~even).sum()),
    }
    placed = cell >= 0
    table = pd.DataFrame({"cell": cell, "zside": side, "energy": energy})[placed]
    return table, counts


def _near(z, planes) -> np.ndarray:
    planes = np.sort(planes[np.isfinite(planes)])
    z = np.nan_to_num(np.abs(z), nan=-1.0, posinf=-1.0)
    nearest = np.searchsorted((planes[1:] + planes[:-1]) / 2, z)
    return np.abs(planes[nearest] - z) <= Z_TOLERANCE


def _trigger_cells(usable: pd.DataFrame, all_events: pd.Series, columns: CellColumns):
    """Event numbers, ascending, of all events of the table, and their trigger cells as a Table."""
    numbers, event_of_hit = np.unique(all_events.to_numpy(), return_inverse=True)
    n_cells = len(columns.layer)
    both_sides = np.where(usable.zside > 0, usable.cell, usable.cell + n_cells)
    event, cell, energy = add_up(event_of_hit[usable.index], both_sides, usable.energy.to_numpy())
    zside = np.where(cell < n_cells, 1, -1)
    cell = cell % n_cells
    mip_pt, pt = front_end.calibrate_energy(
        energy, columns.layer[cell], columns.subdet[cell], columns.cosh_eta[cell]
    )
    table = columns.described(cell, zside) | {"mipPt": mip_pt, "pt": pt, "energy": energy}
    table["multicluster_id"] = np.zeros(len(cell), dtype=np.uint32)
    return numbers, Table(np.bincount(event, minlength=len(numbers)), table)
