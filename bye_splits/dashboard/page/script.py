"""The page's script: its parts, and what of Python's they have to know."""

import json
from functools import cache

from ...geometry.constants import NO_WAFER
from ..figures import layer_map, raster, shower
from .assets import asset

# Each is a function that runs at once and adds to `byeSplits`; later ones use what earlier ones have added.
PARTS = (
    "traffic.js",
    "sources.js",
    "viewport.js",
    "raster.js",
    "tooltip.js",
    "hover_map.js",
    "hover_3d.js",
    "hover_stages.js",
    "hover_profile.js",
    "page_state.js",
    "navigation.js",
    "page_links.js",
)


def constants() -> dict:
    """What is written once, in Python, and handed to the scripts: how arrays are packed, words and codes."""
    return {
        "repeats": {"up": raster.UP, "left": raster.LEFT, "upRight": raster.UP_RIGHT},
        "kinds": {name: kind for kind, name in enumerate(layer_map.KINDS, 1)},
        "packed": shower.PACKED,
        "angleSteps": shower.ANGLE_STEPS,
        "traces": {"cells": shower.CELLS, "loose": shower.LOOSE_CELLS},
        "sections": layer_map.SECTIONS,
        "noWafer": NO_WAFER,
    }


@cache
def script() -> str:
    """All of the page's scripts, as one."""
    begin = f"window.byeSplits = {{ constants: {json.dumps(constants())} }};"
    return "\n".join([begin, *map(asset, PARTS)])
