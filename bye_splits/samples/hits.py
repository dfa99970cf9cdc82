"""Group reconstructed hits into trigger cells: event files from any table of hits."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bye_splits import cache
from bye_splits.counting import counted
from bye_splits.data.files import text_of
from bye_splits.errors import OtherDetectorError, SourceError
from bye_splits.geometry import Geometry
from bye_splits.geometry.covering import Z_TOLERANCE
from bye_splits.remote import RemoteFile, file_of

from . import front_end, hit_planes
from .deposits import add_up
from .events import CellColumns, without_truth
from .hit_planes import near, planes_of
from .hit_tables import COLUMNS, read_hits
from .writing import Table, integer_for, write

_CELLS_PER_BASKET = 100_000


@dataclass(frozen=True, kw_only=True)
class Account:
    """Account of the hits of a table; each is counted once, as placed or in one of the last five numbers.

    Attributes
    ----------
    out : the file that was written
    events, trigger_cells : int, numbers written
    read : int, hits in the table
    placed : (int, int), hits in a trigger cell of the +z and the -z endcap
    outside_cells : (int, int), hits in a trigger layer, but outside every trigger cell, likewise
    not_finite : int, hits with a NaN or infinite coordinate or energy
    negative : int, hits of negative energy
    no_trigger_layer : int, hits in layers that the trigger does not read: the even ones of CE-E
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
        positive, negative = (a + b for a, b in zip(self.placed, self.outside_cells, strict=True))
        return positive, negative

    def __str__(self) -> str:
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


def from_hits(
    hits_path: str | Path,
    out: str | Path,
    geometry: Geometry | None = None,
    also_read: Iterable[str | Path] = (),
) -> Account:
    """Group a table of hits into trigger cells and write them as an event file.

    Parameters
    ----------
    hits_path : path or address of a parquet or CSV file (also compressed) with the columns `event` (integer),
        `x y z` [cm], in CMS coordinates, and `energy` [GeV], calibrated; other columns are ignored
    out : ROOT file to create, in the schema of the skims
    geometry : V11 by default
    also_read : files that must not be overwritten, such as that of the geometry

    Returns
    -------
    Account; its text is the printed account

    Raises
    ------
    SourceError : the table cannot be read, lacks a column, or has no hit in a trigger cell
    OtherDetectorError : the hits are not in the geometry's layers; nothing is written, as the few that are by
        chance would be placed wrongly
    ByeSplitsError : `out` cannot be written, or is a file that is read

    Notes
    -----
    A trigger cell's energy is the sum of its hits' energies; pt = energy / cosh(eta) with eta of the cell
    seen from the origin, and mipPt follows from pt by the inverse of the trigger's calibration. Positions are
    those of the trigger cells. No threshold is applied. Events are written in the order of their numbers,
    without generated particles and clusters.
    """
    table, out = file_of(hits_path), cache.local_output(out)
    cache.check_output(out, [table, *also_read])
    hits = read_hits(table)
    geometry = geometry or Geometry.v11()
    _check_layers(table, hits["z"].to_numpy(dtype=float), geometry)
    usable, counts = _classify(hits, geometry)
    if not len(usable):
        found = ", ".join(f"{name.replace('_', ' ')}: {count}" for name, count in counts.items())
        raise SourceError(
            str(table),
            expected="hits in trigger cells (positions in cm)",
            found=f"none among {len(hits)} ({found})",
            action="Check the units and the coordinate system of the table.",
        )
    numbers, events = _trigger_cells(usable, hits["event"], CellColumns(geometry))
    per_basket = int(np.clip(_CELLS_PER_BASKET / max(events.counts.mean(), 1), 1, 250))
    name = text_of(table.name)
    title = f"trigger cells from reconstructed hits ({name}); no generated particles, no clusters"

    def written(path: Path) -> None:
        events_of_file = [without_truth(numbers, events)]
        number_type = integer_for(numbers)
        write(path, events_of_file, title=title, events_per_basket=per_basket, number_type=number_type)

    try:
        cache.write_atomically(out, written)
    except OSError as error:
        raise cache.not_writable(out, str(error)) from error
    return Account(
        out=out, events=len(numbers), trigger_cells=int(events.counts.sum()), read=len(hits), **counts
    )


def _check_layers(path: Path | RemoteFile, z: np.ndarray, geometry: Geometry) -> None:
    """Raise an error if hits are in another unit, or in the layers of another detector."""
    z, planes = z[np.isfinite(z)], planes_of(geometry)
    unit = hit_planes.unit_of(z, planes)
    if unit not in ("", "cm"):
        low, high = np.abs(z).min(), np.abs(z).max()
        raise SourceError(
            str(path),
            expected="positions in cm",
            found=f"positions that look like {unit}: |z| from {low:.6g} to {high:.6g}",
            action=f"Check the units: x, y and z in cm are {hit_planes.factor_of(unit):g} times these.",
        )
    fit = hit_planes.fit_of(z, planes)
    if fit.good:
        return
    version = hit_planes.version_of(z)
    looks = f", but of {version}" if version else ""
    source = "" if geometry is Geometry.v11() else f" ({text_of(geometry.source)})"
    away, other = fit.hits - fit.hits_in, fit.planes - fit.planes_in
    n_hits, n_planes = counted(fit.hits, "hit"), counted(fit.planes, "plane")
    raise OtherDetectorError(
        str(path),
        expected=f"hits in the layers of {geometry.version}{source}",
        found=f"{100 * away / fit.hits:.0f} % of them in no plane of it: {away} of {n_hits} are further than "
        f"{Z_TOLERANCE} cm from every layer, and {other} of {n_planes} with hits are not of this geometry"
        f"{looks}",
        action="Nothing was written. Give the geometry of the detector that they are from (--geometry).",
    )


def _classify(hits: pd.DataFrame, geometry: Geometry) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The hits in a trigger cell, with `cell`, `zside` and their index, and the counts of an Account."""
    x, y, z, energy = (hits[name].to_numpy(dtype=float) for name in COLUMNS[1:])
    finite = np.isfinite(x) & np.isfinite(y) & np.isfinite(z) & np.isfinite(energy)
    negative = finite & (energy < 0)
    good = finite & ~negative
    side = np.where(z < 0, -1, 1)
    planes = planes_of(geometry)
    triggered = good & near(z, planes.triggered)
    unread = good & ~triggered & near(z, planes.unread)
    cell = np.full(len(hits), -1)
    cell[triggered] = geometry.covering(x[triggered], y[triggered], z[triggered])

    def by_side(which: np.ndarray) -> tuple[int, int]:
        return int((which & (side > 0)).sum()), int((which & (side < 0)).sum())

    counts = {
        "placed": by_side(cell >= 0),
        "outside_cells": by_side(triggered & (cell < 0)),
        "not_finite": int((~finite).sum()),
        "negative": int(negative.sum()),
        "no_trigger_layer": int(unread.sum()),
        "outside_z": int((good & ~triggered & ~unread).sum()),
    }
    placed = cell >= 0
    table = pd.DataFrame({"cell": cell, "zside": side, "energy": energy})[placed]
    return table, counts


def _trigger_cells(
    usable: pd.DataFrame, all_events: pd.Series, columns: CellColumns
) -> tuple[np.ndarray, Table]:
    """Event numbers, ascending, of all events of the table, and their trigger cells as a Table."""
    numbers, event_of_hit = np.unique(all_events.to_numpy(), return_inverse=True)
    n_cells = len(columns.layer)
    both_sides = np.where(usable.zside > 0, usable.cell, usable.cell + n_cells)
    event, cell, energy = add_up(event_of_hit[usable.index], both_sides, usable.energy.to_numpy())
    zside = np.where(cell < n_cells, 1, -1)
    cell = cell % n_cells
    mip_pt, pt = front_end.calibrate_energy(energy, columns.gev_per_mip[cell], columns.cosh_eta[cell])
    table = columns.described(cell, zside) | {"mipPt": mip_pt, "pt": pt, "energy": energy}
    table["multicluster_id"] = np.zeros(len(cell), dtype=np.uint32)
    return numbers, Table(np.bincount(event, minlength=len(numbers)), table)
