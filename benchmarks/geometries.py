"""A geometry of 47 layers without a file: planes of V15 to V19, cells of V11, wafers rotated at random."""

import numpy as np
import pandas as pd

from bye_splits.geometry import Geometry, Inferred, versions
from bye_splits.geometry.constants import SCINTILLATOR

SEED = 47
_KEY = ["layer", "waferu", "waferv"]
# By first layer of a range: offset to the number of the V11 layer on which a layer is modelled.
_FIRST = {1: 0, 27: 2, 34: 3}


def turned() -> Inferred:
    """The geometry inferred from the positions of `turned_cells`."""
    return Geometry.from_positions(turned_cells(), "47 layers of turned wafers")


def turned_cells() -> pd.DataFrame:
    """Trigger cells of 47 layers, of which the trigger reads 34.

    Each layer has the wafers and the scintillator of one of V11; the cells of each full wafer are rotated by
    a random multiple of 60 degrees, and the wafers of a layer are mirrored at random.

    Returns
    -------
    DataFrame, one row per trigger cell of the +z endcap: `subdet layer waferu waferv cellu cellv x y z` [cm]
    """
    rng = np.random.default_rng(SEED)
    family = versions.families()[1]
    v11 = Geometry.v11()
    layers = family.trigger_layers
    first = np.array(list(_FIRST))
    source = layers + np.array(list(_FIRST.values()))[np.searchsorted(first, layers, side="right") - 1]
    cells = v11.trigger_cells.drop(columns="part").merge(
        v11.wafers, on=_KEY, how="left", suffixes=("", "_wafer")
    )
    cells = cells[cells.layer.isin(source)]
    wafer = cells.groupby(_KEY).ngroup().to_numpy()
    turn = np.where(cells.part == "full", rng.integers(6, size=wafer.max() + 1)[wafer], 0)
    mirrored = rng.integers(2, size=v11.n_layers + 1).astype(bool)[cells.layer]
    centre = (cells.x_wafer + 1j * cells.y_wafer).to_numpy()
    about = (cells.x + 1j * cells.y).to_numpy() - centre
    placed = centre + np.where(mirrored, about.conj(), about) * np.exp(1j * np.pi / 3 * turn)
    tile = (cells.subdet == SCINTILLATOR).to_numpy()
    layer = layers[np.searchsorted(source, cells.layer)]
    z = np.where(tile, family.tile_z[layer], family.layer_z[layer])
    x, y = np.where(tile, cells.x, placed.real), np.where(tile, cells.y, placed.imag)
    columns = ["subdet", "layer", "waferu", "waferv", "cellu", "cellv", "x", "y", "z"]
    return cells.assign(layer=layer, x=x, y=y, z=z)[columns].reset_index(drop=True)
