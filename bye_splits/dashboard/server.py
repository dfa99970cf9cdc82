"""The server for `bye-splits serve` and for scripts."""

from collections.abc import Callable

import panel as pn
from bokeh.server.server import Server

from ..config import Config, load_config
from .figures.raster import warm_up
from .patches.ipv6 import allow_origins
from .routing import routes

SESSION_LIFETIME = 15_000  # ms that a closed page's session is kept
SESSION_CHECK = 5_000  # ms between looks for such sessions
COMPRESSION = 1  # of the websocket: what follows is small and an SSH tunnel is thin


def serve(
    config: Config | None = None,
    *,
    address: str | None = "localhost",
    port: int = 5006,
    websocket_origin: str | list[str] | None = None,
    start: bool = True,
    announce: Callable[[], None] | None = None,
) -> Server:
    """Serve all pages on one port.

    Parameters
    ----------
    config : default: the shipped configuration, which opens the embedded toy sample
    address : interface to listen on; "0.0.0.0" for all, None for all with IPv6
    port : 0 picks a free one
    websocket_origin : HOST:PORT that browsers show (one or a list), where it is not the server's own; an IPv6
        number in brackets
    start : serve until interrupted; False returns the server, for its `start` and `io_loop`
    announce : called before the server listens, once the configuration has turned out to be good for one

    Returns
    -------
    bokeh.server.server.Server

    Raises
    ------
    ByeSplitsError : the geometry cannot be read; event files are only read when a page asks for them
    """
    pages = routes(config or load_config())
    warm_up()
    if announce is not None:
        announce()
    origins = [websocket_origin] if isinstance(websocket_origin, str) else websocket_origin or []
    ipv6 = [origin for origin in origins if origin.startswith("[")]
    server = pn.serve(
        pages,
        address=address,
        port=port,
        websocket_origin=[origin for origin in origins if origin not in ipv6] or None,
        show=False,
        start=False,
        verbose=False,
        title="bye_splits",
        liveness=True,
        websocket_compression_level=COMPRESSION,
        unused_session_lifetime_milliseconds=SESSION_LIFETIME,
        check_unused_sessions_milliseconds=SESSION_CHECK,
    )
    allow_origins(server, ipv6)
    if start:
        server.start()
        server.io_loop.start()
    return server
