"""Functions that make geometries, for `Geometry` to offer: their modules, built on it, register them here."""

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

MAKERS: dict[str, Callable[..., Any]] = {}
"""By what geometries are made of."""


def makes_geometry_of(what: str) -> Callable[[F], F]:
    """Register the decorated function as the one that makes geometries of something."""

    def register(function: F) -> F:
        MAKERS[what] = function
        return function

    return register
