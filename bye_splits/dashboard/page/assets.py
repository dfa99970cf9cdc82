"""The files of the page: style, templates, scripts."""

from functools import cache
from pathlib import Path

ASSETS = Path(__file__).parents[1] / "assets"
PATCHES = Path(__file__).parents[1] / "patches"  # has the script that goes with `patches.completion`


@cache
def asset(name: str) -> str:
    """Text of a file in the folder of assets, or of a patch."""
    folder = PATCHES if (PATCHES / name).exists() else ASSETS
    return (folder / name).read_text(encoding="utf-8")
