"""The dashboard: the only package that depends on widgets, figures and servers."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bokeh.server.server import Server

    from ..config import Config

__all__ = ["routes", "serve"]


@contextmanager
def _loading() -> Iterator[None]:
    """Import without searches for garbage, of which imports make none: they take a sixth of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def routes(config: "Config | None" = None) -> "dict[str, Callable]":
    """Page factories by address, for `pn.serve`; see `bye_splits.dashboard.routing.routes`."""
    with _loading():
        from .routing import routes as make

    return make(config)


def serve(config: "Config | None" = None, **options: Any) -> "Server":
    """Serve the dashboard; see `bye_splits.dashboard.server.serve`."""
    with _loading():
        from .server import serve as start

    return start(config, **options)
