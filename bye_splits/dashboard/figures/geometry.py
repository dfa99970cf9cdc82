"""The detector without an event: wafers, and the kinds of trigger cells."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from ...geometry import Geometry
from ...geometry.constants import NO_WAFER
from ..patches.plotly_figure import figure_of
from .colours import KIND_COLOURS, THEMES
from .framing import Box
from .mixing import mixed
from .shower import THICKNESS, Disc, layer_lines, mesh_arrays, nowhere, packed_cells, scene_layout
from .shower_clusters import stepped

FAINTER = 0.35  # part of the pane's colour in the colours of the layers that the map does not show


def kinds_columns(
    numbers: np.ndarray, chosen_numbers: np.ndarray, kind: np.ndarray, words: Sequence[str]
) -> dict:
    """Columns of a map's wire with the kind of every chosen cell as its value.

    Parameters
    ----------
    numbers, chosen_numbers : int64: cells in view, coloured cells
    kind : int8, one per trigger cell of the geometry: index into `words`
    """
    rows = np.flatnonzero(np.isin(numbers, chosen_numbers, assume_unique=True))
    value = kind[numbers[rows]]
    return {
        "hit": [(rows + 1).astype(np.uint16)],
        "value": [value.astype(np.float32)],
        "words": [list(words)],
        "number": [numbers.astype(np.int32)],
        "empty": ["not in this section or region"],
    }


def labels(geometry: Geometry, numbers: np.ndarray, corners: np.ndarray) -> dict:
    """Columns of cell indices as text at the centres of the outlines: "u,v", or "ieta,iphi" for tiles."""
    cells = geometry.trigger_cells.iloc[numbers]
    middle = corners.mean(axis=1)
    text = [f"{u},{v}" for u, v in zip(cells["cellu"], cells["cellv"], strict=True)]
    return {"x": middle[:, 0], "y": middle[:, 1], "text": text}


def runs_columns(geometry: Geometry, numbers: np.ndarray) -> dict[str, np.ndarray]:
    """Runs of trigger cells of one wafer or one ring of tiles, for the tooltip in 3D.

    Parameters
    ----------
    numbers : int64, shape (n,), ascending: cells of the mesh

    Returns
    -------
    first : uint32, shape (m,): index of a run's first cell in the mesh, ascending
    cell : uint32, shape (m,): indices of that cell, see `packed_cells`
    full : uint8, shape (m,): whether the wafer is a full one
    """
    cells = geometry.trigger_cells
    column = {name: cells[name].to_numpy()[numbers] for name in ("layer", "waferu", "waferv", "cellu")}
    tile = column["waferu"] == NO_WAFER
    column["cellu"] = np.where(tile, column["cellu"], -1)
    other = np.ones(len(numbers), dtype=bool)
    other[1:] = np.logical_or.reduce([values[1:] != values[:-1] for values in column.values()])
    first = np.flatnonzero(other)
    full = (cells["part"] == "full").to_numpy()[numbers[first]]
    return {
        "first": first.astype(np.uint32),
        "cell": packed_cells(geometry, numbers[first]),
        "full": full.astype(np.uint8),
    }


def side_codes(borders: np.ndarray, current: np.ndarray, each_cell: bool) -> np.ndarray:
    """Which lines the script draws along the sides of blocks, see patches/prisms.js.

    Parameters
    ----------
    borders : bool, shape (n, 4): sides at the border of a wafer or of the scintillator
    current : bool, shape (n,): whether the block is in the layer of the map
    each_cell : whether blocks are trigger cells, whose other sides are drawn, too

    Returns
    -------
    uint8, shape (n,): bits 0 to 3 for the borders, 4 for the other sides, 5 for the current layer
    """
    bits = np.packbits(borders, axis=1, bitorder="little")[:, 0]
    return bits | np.uint8(each_cell << 4) | (current.astype(np.uint8) << 5)


def detector_figure(
    corners: np.ndarray,
    z: np.ndarray,
    kind: np.ndarray,
    box: Box,
    theme: str,
    revision: str = "detector",
    *,
    borders: np.ndarray,
    layer: Disc | None = None,
    in_layer: np.ndarray | None = None,
    each_cell: bool = True,
) -> go.Figure:
    """The 3D figure of trigger cells coloured by their kind, or of parallelograms of them.

    Parameters
    ----------
    revision : the camera is kept while this stays the same
    corners : float32, shape (n, 4, 2), cm
    z : float32, shape (n,), cm
    kind : int8, shape (n,), index into the colours of kinds
    borders : bool, shape (n, 4): sides at the border of a wafer or of the scintillator
    layer : (z, r_inner, r_outer) of the layer of the map, cm, which has a frame; None if it is not among them
    in_layer : bool, shape (n,): what is in that layer, and in full colours; the others are fainter
    each_cell : whether these are trigger cells, which are drawn with their sides
    """
    tone, kinds = THEMES[theme], KIND_COLOURS[theme]
    current = np.zeros(len(z), dtype=bool) if in_layer is None else in_layer
    clear = current | (layer is None)
    fainter = [mixed(colour, tone["pane"], FAINTER) for colour in kinds]
    edge, rim = (tone["pane"], tone["text"]) if each_cell else (tone["pane"],) * 2
    cells = {
        "type": "mesh3d",
        **mesh_arrays(corners, z),
        "intensity": np.repeat(np.where(clear, kind, kind + len(kinds)).astype(np.uint8), 2),
        "intensitymode": "cell",
        **stepped([*kinds, *fainter]),
        "showscale": False,
        "flatshading": True,
        "lighting": {"ambient": 1, "diffuse": 0, "specular": 0, "fresnel": 0},
        "hoverinfo": "none",
        "name": "trigger cells",
        "customdata": side_codes(borders, current, each_cell),
        # see patches/prisms.js
        "meta": {"thickness": THICKNESS, "edges": [edge, rim, tone["accent"] if each_cell else rim]},
    }
    frame = nowhere() if layer is None else layer_lines(layer, box, theme)
    return figure_of([cells, frame], scene_layout(box, 1.0, theme, revision))
