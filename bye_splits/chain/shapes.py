"""Shapes of clusters, as in the columns cl3d_* of HGCalTriggerNtuple [HGCalShowerShape, HGCalClusterT]."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from pandas.api.internals import create_dataframe_from_blocks

from bye_splits.geometry.versions import families

from .cells import Cells
from .shape_loops import CORE_RADIUS, measure


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
_WHOLE = np.flatnonzero([shape.whole for shape in SHAPES.values()])
_OTHERS = np.setdiff1d(np.arange(len(SHAPES)), _WHOLE)
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
    found = np.zeros(len(energy), dtype=_RECORD)
    order = np.lexsort((cells.layer, cluster))
    measure(
        cluster,
        order,
        cells.layer,
        cells.x,
        cells.y,
        cells.z,
        cells.x_over_z,
        cells.y_over_z,
        cells.mip,
        cells.pt,
        share,
        *_known_layers(),
        found,
    )
    found["emaxe"] /= energy
    return _table(found)


def _table(found: np.ndarray) -> pd.DataFrame:
    """The records as a table; pandas' usual ways take as long as measuring the shapes."""
    blocks = [
        (found.view(kind).reshape(-1, len(SHAPES))[:, columns].T, columns)
        for kind, columns in ((np.int64, _WHOLE), (np.float64, _OTHERS))
    ]
    return create_dataframe_from_blocks(blocks, pd.RangeIndex(len(found)), _NAMES)


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
