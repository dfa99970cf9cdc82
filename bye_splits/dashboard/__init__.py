"""The dashboard: the only package that depends on widgets, figures and servers."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bokeh.server.server import Server

    from ..config import Config

__all__ = ["routes", "serve"]


def routes(config: "Config | None" = None) -> "dict[str, Callable]":
    """Page factories by address, for `pn.serve`; see `bye_splits.dashboard.routing.routes`."""
    from .routing import routes as make

    return make(config)


def serve(config: "Config | None" = None, **options: Any) -> "Server":
    """Serve the dashboard; see `bye_splits.dashboard.server.serve`."""
    from .server import serve as start

    return start(config, **options)
