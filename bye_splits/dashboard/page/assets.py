"""The page's asset files: style sheets, templates, scripts."""

from functools import cache
from pathlib import Path

ASSETS = Path(__file__).parents[1] / "assets"
PATCHES = Path(__file__).parents[1] / "patches"  # contains the script for `patches.completion`


@cache
def asset(name: str) -> str:
    """Text of a file in the assets or patches folder."""
    folder = PATCHES if (PATCHES / name).exists() else ASSETS
    return (folder / name).read_text(encoding="utf-8")
