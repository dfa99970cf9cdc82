"""The page's script: its parts, and the constants that they share with Python."""

import json
from functools import cache

from ...geometry.constants import NO_WAFER
from ..figures import framing, layer_map, raster, shower
from ..link.chain import SETS
from .assets import asset
from .help.keys import codes

PANE, PAGE = "pane", "page"
"""Kinds of parts: those that draw panes go into pages of other programs too, which have keys and a history of
their own."""

# Each is an immediately invoked function that adds to `byeSplits`; later ones use additions of earlier ones.
PARTS = {
    "traffic.js": PAGE,
    "offline.js": PAGE,
    "sources.js": PANE,
    "viewport.js": PANE,
    "raster.js": PANE,
    "tooltip.js": PANE,
    "hover_map.js": PANE,
    "letters.js": PAGE,
    "prisms.js": PANE,
    "frames.js": PANE,
    "axis_labels.js": PANE,
    "projection.js": PANE,
    "scene.js": PANE,
    "hover_3d.js": PANE,
    "hover_stages.js": PANE,
    "hover_profile.js": PANE,
    "hover_occupancy.js": PAGE,
    "files.js": PANE,
    "pictures.js": PAGE,
    "page_state.js": PAGE,
    "explain.js": PAGE,
    "keys.js": PAGE,
    "typed_values.js": PAGE,
    "navigation.js": PAGE,
    "table_place.js": PANE,
    "tables.js": PAGE,
    "cursor.js": PAGE,
    "page_links.js": PAGE,
    "event_rows.js": PAGE,
    "accessible.js": PAGE,
    "tour.js": PAGE,
}
EMBEDDED = [name for name, kind in PARTS.items() if kind == PANE]
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
