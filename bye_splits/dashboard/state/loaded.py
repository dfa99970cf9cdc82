"""An event with its trigger cells matched to the geometry, as plain arrays for the figures."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...counting import counted
from ...data import Event, EventSource
from ...geometry import Geometry
from ...sample_geometry import SampleGeometry

FLOATS = ("mipPt", "pt", "energy", "x", "y", "z", "eta", "phi")
DIRECTION = {"exeta", "exphi"}  # columns without which a generated particle cannot be shown
NAMES = {"pid": "kind", "pt": "pT"}


@dataclass(frozen=True, eq=False, kw_only=True)
class Loaded:
    """One event as the views need it; immutable, compared by identity.

    Attributes
    ----------
    event : Event
    key : (particle, pile-up) of its sample
    geometry : Geometry that agrees with the event's positions
    number : int32, shape (n,): trigger cell numbers in the geometry, -1 if it has no such cell there
    layer : int32, shape (n,): 0 if the geometry has no such cell, so that no layer shows it
    value : float32 arrays, shape (n,), by name: `mipPt` [mipT], `pt energy` [GeV],
        `x y z` [cm], `eta phi`
    notices : sentences for the page about irregularities
    particle_known : whether the file contains the directions of its generated particles
    has_trigger_cells : whether the file was written with trigger cells
    file : name of the event's file
    description : description in the file, see `data.source.Source`
    occurrence, occurrences : count of earlier events in the file with this number, and of all
    """

    event: Event
    key: tuple[str, str]
    geometry: Geometry
    number: np.ndarray
    layer: np.ndarray
    value: dict[str, np.ndarray]
    notices: tuple[str, ...]
    particle_known: bool
    has_trigger_cells: bool
    file: str
    description: str
    occurrence: int
    occurrences: int

    @classmethod
    def of(
        cls, event: Event, source: EventSource, key: tuple[str, str], sample_geometry: SampleGeometry
    ) -> "Loaded":
        """Match the cells of `event` to its file's geometry; the notices count the unmatched ones."""
        cells = event.trigger_cells
        found = sample_geometry.match(cells)
        geometry, number = found.geometry, found.number.astype(np.int32)
        layer, notices = cells["layer"].to_numpy(), [*event.notices, *_missing(source)]
        notices += [sample_geometry.notice] if sample_geometry.notice else []
        if found.unknown:
            words = counted(found.unknown, "trigger cell is", "trigger cells are")
            notices.append(f"{words} not in the geometry: counted but not drawn.")
        if found.elsewhere:
            words = counted(found.elsewhere, "trigger cell is", "trigger cells are")
            notices.append(f"{words} elsewhere than the geometry has them: counted but not drawn.")
        if unsure := int((~geometry.sure(number[number >= 0])).sum()):
            words = counted(unsure, "trigger cell is", "trigger cells are")
            why = "its wafer was seen too little, or the position is not in its outline"
            notices.append(
                f"{words} drawn about the file's own position, the outline being uncertain: {why}."
            )
        if found.unknown or found.elsewhere:
            layer = np.where(number < 0, 0, layer)
        side = cells["z"].to_numpy() < 0
        known = np.sort(number[number >= 0] * 2 + side[number >= 0])
        if repeated := int((known[1:] == known[:-1]).sum()):
            words = counted(repeated, "trigger cell appears", "trigger cells appear")
            notices.append(f"{words} more than once: the largest of each is on top.")
        same = source.entries(event.number)
        return cls(
            event=event,
            key=key,
            geometry=geometry,
            number=number,
            layer=layer.astype(np.int32, copy=False),
            value={name: cells[name].to_numpy(dtype=np.float32) for name in FLOATS},
            notices=tuple(notices),
            particle_known=not DIRECTION & set(source.absent["generated"]),
            has_trigger_cells=source.has_trigger_cells,
            file=source.path.name,
            description=source.description,
            occurrence=int((same < event.entry).sum()),
            occurrences=len(same),
        )

    @cached_property
    def sides(self) -> tuple[str, ...]:
        """Endcaps with trigger cells, the one with the larger sum of mipPt first.

        In a file without trigger cells: endcaps with clusters or generated particles, by the sum of their pT.
        """
        mip, positive = self.value["mipPt"], self.value["z"] > 0
        if not self.has_trigger_cells:
            own = ((self.event.clusters, "eta"), (self.event.generated, "exeta"))
            mip = np.nan_to_num(np.concatenate([table["pt"] for table, _ in own]))
            eta = np.concatenate([table[name] for table, name in own])
            mip, positive = mip[np.isfinite(eta)], eta[np.isfinite(eta)] > 0
        total = {"+z": float(mip[positive].sum()), "-z": float(mip[~positive].sum())}
        present = {"+z": bool(positive.any()), "-z": bool((~positive).any())}
        return tuple(sorted((side for side in total if present[side]), key=lambda side: -total[side]))

    def in_endcap(self, endcap: str) -> np.ndarray:
        """Rows of one endcap ("+z" or "-z"), bool, shape (n,)."""
        return (self.value["z"] > 0) == (endcap == "+z")

    def particles(self, endcap: str) -> list[dict]:
        """The generated particles of an endcap as dicts by column, in decreasing order of pT."""
        table = self.event.generated
        eta = table["exeta"].to_numpy()
        known = np.isfinite(eta) & np.isfinite(table["exphi"].to_numpy())  # NaN: not in the file
        mine = np.flatnonzero(known & (eta > 0 if endcap == "+z" else eta < 0))
        order = mine[np.argsort(-np.nan_to_num(table["pt"].to_numpy()[mine]), kind="stable")]
        column = {name: table[name].to_numpy() for name in table}
        return [{name: values[row] for name, values in column.items()} for row in order]

    def from_axis(self, x_over_z: float, y_over_z: float) -> np.ndarray:
        """Distance of each trigger cell from a line through the origin, at the cell's z.

        Returns
        -------
        float32, shape (n,), cm
        """
        x, y, z = (self.value[name] for name in "xyz")
        return np.hypot(x - z * np.float32(x_over_z), y - z * np.float32(y_over_z))


def part(rows: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The rows selected by `mask`; `rows` itself if it selects all, to avoid a copy."""
    return rows if mask.all() else rows[mask]


def _missing(source: EventSource) -> list[str]:
    """Sentences on the branches that the file lacks and the items therefore not shown; may be empty."""
    notices = []
    if not source.has_trigger_cells:
        notices.append(
            "This file was written without trigger cells: its own clusters and the generated particles are "
            "shown as directions, and the chain has nothing to run on."
        )
    if not source.missing:
        return notices
    generated, clusters = source.absent["generated"], source.absent["clusters"]
    without = []
    if DIRECTION & set(generated):
        without.append("the generated particle and what is measured from it")
    elif generated:
        without.append(f"{_listed(generated)} of the generated particle")
    if {"eta", "phi"} & set(clusters):
        without.append("the file's own clusters")
    elif clusters:
        without.append(f"{_listed(clusters)} of the file's own clusters")
    if any(name.endswith(("_gen", "_reachedEE")) for name in source.missing):
        without.append("which generated particles reach the calorimeter (all are taken)")
    if "energy" in generated:
        without.append("the response")
    if source.tree:
        words = counted(len(source.missing), "optional branch is", "optional branches are")
    else:
        words = counted(len(source.missing), "optional part is", "optional parts are")
    return [
        *notices,
        f"{words} not in the file ({', '.join(source.missing)}). Not shown: {'; '.join(without)}.",
    ]


def _listed(columns: tuple[str, ...]) -> str:
    return " and ".join(NAMES.get(name, name) for name in columns)
