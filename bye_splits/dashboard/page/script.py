"""The page's script: its parts, and the constants that they share with Python."""

import json
from functools import cache

from ...geometry.constants import NO_WAFER
from ..figures import framing, layer_map, raster, shower
from ..link.chain import SETS
from .assets import asset
from .help.keys import codes

# Each is an immediately invoked function that adds to `byeSplits`; later ones use additions of earlier ones.
PARTS = (
    "traffic.js",
    "offline.js",
    "sources.js",
    "viewport.js",
    "raster.js",
    "tooltip.js",
    "hover_map.js",
    "letters.js",
    "prisms.js",
    "frames.js",
    "axis_labels.js",
    "projection.js",
    "scene.js",
    "hover_3d.js",
    "hover_stages.js",
    "hover_profile.js",
    "hover_occupancy.js",
    "files.js",
    "pictures.js",
    "page_state.js",
    "explain.js",
    "keys.js",
    "typed_values.js",
    "navigation.js",
    "table_place.js",
    "tables.js",
    "cursor.js",
    "page_links.js",
    "event_rows.js",
    "accessible.js",
    "tour.js",
)

EMBEDDED = (
    "sources.js",
    "viewport.js",
    "raster.js",
    "tooltip.js",
    "hover_map.js",
    "prisms.js",
    "frames.js",
    "axis_labels.js",
    "projection.js",
    "scene.js",
    "hover_3d.js",
    "hover_stages.js",
    "hover_profile.js",
    "files.js",
    "table_place.js",
)
"""Parts that draw panes: those for a page of another program, whose keys, history and letters are its own."""
OF_OWN_PAGE = ("low", "split", "stepped", "stop")
"""Functions that the panes' models call for their own page; elsewhere they have nothing to do."""


def constants() -> dict:
    """Constants defined in Python and passed to the scripts: packing of arrays, words and codes."""
    return {
        "repeats": {"up": raster.UP, "left": raster.LEFT, "upRight": raster.UP_RIGHT},
        "kinds": {name: kind for kind, name in enumerate(layer_map.KINDS, 1)},
        "packed": shower.PACKED,
        "angleSteps": shower.ANGLE_STEPS,
        "traces": {"cells": shower.CELLS, "loose": shower.LOOSE_CELLS},
        "views": list(framing.VIEWS.items()),
        "viewNames": framing.VIEW_NAMES,
        "distance": shower.DISTANCE,
        "sections": layer_map.SECTIONS,
        "noWafer": NO_WAFER,
        "chainWords": sorted(SETS),
        "keys": codes(),
    }


@cache
def script() -> str:
    """All scripts of the page, concatenated."""
    begin = f"window.byeSplits = {{ constants: {json.dumps(constants())} }};"
    return "\n".join([begin, *map(asset, PARTS)])


@cache
def embedded_script() -> str:
    """The script of panes in a page of another program; the first of several panes runs it."""
    nothing = ", ".join(f"{name}() {{}}" for name in OF_OWN_PAGE)
    own = f"constants: {json.dumps(constants())}, letters: () => 1, {nothing}"
    parts = "\n".join(map(asset, EMBEDDED))
    return f"if (!window.byeSplits) {{\nwindow.byeSplits = {{ {own} }};\n{parts}\n}}"
