"""The files of the page: style, templates, scripts."""

from functools import cache
from pathlib import Path

ASSETS = Path(__file__).parents[1] / "assets"


@cache
def asset(name: str) -> str:
    """Text of a file in the folder of assets."""
    return (ASSETS / name).read_text(encoding="utf-8")
