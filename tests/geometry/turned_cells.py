"""Trigger cells of a detector of 47 layers, made of V11's by turning wafers and mirroring layers."""

import numpy as np
import pandas as pd

from bye_splits.geometry import Geometry, v11, versions, wafers

N_CEE, N_LAYERS = 26, 47


class Turned:
    """The cells, and where each outline is to be.

    Attributes
    ----------
    cells : columns as in an event, with `subdet wafertype` and `part`
    corners : float64, shape (n, 4, 2), cm
    """

    def __init__(self, layers=None, seed: int = 5):
        """`layers`: of the 47, those to be made; None: all of the trigger."""
        geometry = Geometry.v11()
        table = geometry.trigger_cells
        table = table[(table.layer <= 25) | (table.layer >= 30)]
        table = table.assign(
            number=table.index, layer=np.where(table.layer <= 25, table.layer, table.layer - 3)
        )
        if layers is not None:
            table = table[table.layer.isin(layers)]
        rng = np.random.default_rng(seed)
        silicon = (table.subdet != 10).to_numpy()
        family = versions.families()[1]
        original = np.where(table.layer <= 25, table.layer, table.layer + 3)
        layer, waferu, waferv = (table[name].to_numpy() for name in ("layer", "waferu", "waferv"))
        x, y = wafers.wafer_centres(original[silicon], waferu[silicon], waferv[silicon])
        centre = np.zeros(len(table), dtype=complex)
        centre[silicon] = x + 1j * y
        key = pd.MultiIndex.from_arrays([layer, waferu, waferv])
        codes = pd.factorize(key)[0]
        turn = np.exp(1j * np.pi / 3 * rng.integers(0, 6, codes.max() + 1))[codes]
        mirrored = rng.integers(0, 2, N_LAYERS + 1).astype(bool)[layer]
        corners = geometry.corners(table.number.to_numpy()).astype(float) @ (1, 1j)

        def moved(points, centre, turn, mirrored, silicon):
            local = points - centre
            return np.where(silicon, np.where(mirrored, local.conj(), local) * turn + centre, points)

        position = moved(table.x.to_numpy() + 1j * table.y.to_numpy(), centre, turn, mirrored, silicon)
        corners = moved(corners, *(a[:, None] for a in (centre, turn, mirrored, silicon)))
        fine = np.zeros(len(table), dtype=bool)
        fine[silicon] = v11.fine(original[silicon], waferu[silicon], waferv[silicon])
        z = np.where(silicon, family.layer_z[layer], family.tile_z[layer])
        table = table.assign(x=position.real, y=position.imag, z=z, wafertype=np.where(fine, 0, 1))
        table[["x", "y", "z"]] = table[["x", "y", "z"]].astype(np.float32)
        self.cells = table.drop(columns="number").reset_index(drop=True)
        self.corners = np.stack([corners.real, corners.imag], axis=-1)
