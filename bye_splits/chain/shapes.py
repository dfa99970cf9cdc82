"""Shapes of clusters, as in the columns cl3d_* of HGCalTriggerNtuple [HGCalShowerShape, HGCalClusterT]."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from bye_splits.geometry.versions import families

from . import single
from .cells import Cells
from .shape_loops import CORE_RADIUS, counting, measure


@dataclass(frozen=True)
class Shape:
    """A column of shapes.

    Attributes
    ----------
    meaning : what it is
    unit : "" for none
    whole : whether its values are whole numbers
    decimals : that tell clusters apart
    """

    meaning: str
    unit: str = ""
    whole: bool = False
    decimals: int = 0


_SPREAD = "root mean square deviation, weighted with energy, of"
SHAPES = {
    "showerlength": Shape("number of layers from the first to the last one", whole=True),
    "coreshowerlength": Shape("largest number of consecutive trigger layers", whole=True),
    "firstlayer": Shape("first layer", whole=True),
    "maxlayer": Shape("layer with the largest sum of pt", whole=True),
    "seetot": Shape(f"{_SPREAD} eta from the cluster's", decimals=5),
    "seemax": Shape(f"largest {_SPREAD} eta in a layer from the layer's direction", decimals=5),
    "spptot": Shape(f"{_SPREAD} phi from the cluster's", "rad", decimals=5),
    "sppmax": Shape(f"largest {_SPREAD} phi in a layer from the layer's direction", "rad", decimals=5),
    "szz": Shape(f"{_SPREAD} z from its mean", "cm", decimals=2),
    "srrtot": Shape(f"{_SPREAD} R/z from its mean", decimals=5),
    "srrmax": Shape(f"largest {_SPREAD} R/z in a layer from its mean", decimals=5),
    "srrmean": Shape(
        f"quadratic mean over layers, weighted with energy, of the {_SPREAD} R/z from its mean within "
        f"{CORE_RADIUS:g} cm of the layer's trigger cell of highest energy",
        decimals=5,
    ),
    "emaxe": Shape("largest sum of energy in a layer, divided by the cluster's energy", decimals=3),
    "hoe": Shape(
        "pt in CE-H divided by pt in CE-E, of all trigger cells of the cluster; -1 without CE-E", decimals=3
    ),
    "meanz": Shape("mean of abs(z), weighted with energy", "cm", decimals=1),
    "layer10": Shape("trigger layer, interpolated, up to which 10 % of pt are", decimals=1),
    "layer50": Shape("trigger layer, interpolated, up to which 50 % of pt are", decimals=1),
    "layer90": Shape("trigger layer, interpolated, up to which 90 % of pt are", decimals=1),
    "ntc67": Shape("number, interpolated, of the highest trigger cells with 67 % of pt", decimals=1),
    "ntc90": Shape("number, interpolated, of the highest trigger cells with 90 % of pt", decimals=1),
}
"""By name; the ntuple has the prefix `cl3d_`."""
_N_WHOLE = sum(shape.whole for shape in SHAPES.values())  # they are the first ones
_NAMES = pd.Index(SHAPES)
_RECORD = np.dtype([(name, np.int64 if shape.whole else np.float64) for name, shape in SHAPES.items()])


def shapes(cells: Cells, cluster: np.ndarray, share: np.ndarray, energy: np.ndarray) -> pd.DataFrame:
    """Shapes of clusters.

    Parameters
    ----------
    cells : of all clusters; one that is shared is there for each of its clusters
    cluster : int64, shape (n_cells,), from 0
    share : float64, shape (n_cells,), of the cell that is the cluster's
    energy : float64, shape (n_clusters,), GeV, of each cluster

    Returns
    -------
    columns as in `SHAPES`, int64 or float64, one row per cluster

    Notes
    -----
    A trigger cell counts above 1 mipT and closer than 0.015 to its cluster (see `shape_loops`). A shared one
    counts fully, except in `hoe`. The direction of a layer, in `seemax` and `sppmax`, is that of all of the
    cluster's trigger cells there. Where no trigger cell counts the values are CMSSW's: `firstlayer` 999,
    `showerlength` -1997, `layer10` to `layer90` the number of layers, `ntc67` and `ntc90` -1, others 0.
    """
    n = len(energy)
    position = np.stack((cells.x, cells.y, cells.z)).astype(np.float32)
    centre = single.centres(cluster, single.as_means(position, cells.mip), cells.mip * share, n)
    counts = counting(cluster, cells.mip, cells.x_over_z, cells.y_over_z, centre)
    order = np.lexsort((cells.layer, cluster))
    x, y, z = np.take(position, order, axis=1)  # each of them contiguous
    found = np.zeros(n, dtype=_RECORD)
    measure(
        np.searchsorted(cluster[order], np.arange(n + 1)),
        cells.layer[order],
        x,
        y,
        np.abs(z),
        single.eta(x, y, z),
        single.binned_phi(y, x),
        cells.pt[order],
        share[order],
        counts[order],
        single.eta(*centre),
        single.binned_phi(centre[1], centre[0]),
        *_known_layers(),
        found,
    )
    found["emaxe"] /= energy
    return _table(found)


def _table(found: np.ndarray) -> pd.DataFrame:
    """The records as a table of two blocks, which takes half the time of one with each column by itself."""
    blocks = [
        pd.DataFrame(found.view(kind).reshape(-1, len(SHAPES))[:, columns], columns=_NAMES[columns])
        for kind, columns in ((np.int64, slice(_N_WHOLE)), (np.float64, slice(_N_WHOLE, None)))
    ]
    return pd.concat(blocks, axis=1)


@cache
def _known_layers() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each family of geometries, z [cm] and trigger layer of each layer, and the number of layers."""
    known = families()
    n_layers = np.array([family.n_layers for family in known])
    z = np.full((len(known), n_layers.max() + 1), np.inf)
    trigger_layer = np.zeros(z.shape, dtype=np.int64)
    for k, family in enumerate(known):
        z[k, 1 : family.n_layers + 1] = family.layer_z[1:]
        trigger_layer[k, family.trigger_layers] = np.arange(len(family.trigger_layers)) + 1
    return z, trigger_layer, n_layers
