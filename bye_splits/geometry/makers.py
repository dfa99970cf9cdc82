"""Registry of the functions that make geometries: modules that import `Geometry` add the ones it offers."""

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

MAKERS: dict[str, Callable[..., Any]] = {}
"""By kind of source, such as "root"."""


def makes_geometry_of(source: str) -> Callable[[F], F]:
    """Register the decorated function as the one that makes geometries from this kind of source."""

    def register(function: F) -> F:
        MAKERS[source] = function
        return function

    return register
