"""The server for `bye-splits serve` and for scripts."""

from collections.abc import Callable

import panel as pn

from ..config import Config, load_config
from .closed_pages import expect_closed_pages
from .figures.raster import warm_up
from .routing import routes

SESSION_LIFETIME = 15_000  # ms that a closed page's session is kept
SESSION_CHECK = 5_000  # ms between looks for such sessions
COMPRESSION = 1  # of the websocket: what follows is small and an SSH tunnel is thin


def serve(
    config: Config | None = None,
    *,
    address="localhost",
    port=5006,
    websocket_origin=None,
    start=True,
    announce: Callable[[], None] | None = None,
):
    """Serve all pages on one port.

    Parameters
    ----------
    config : default: the shipped configuration, which opens the embedded toy sample
    address : interface to listen on; "0.0.0.0" for all
    port : 0 picks a free one
    websocket_origin : HOST:PORT that browsers show (one or a list), where it is not the server's own
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
    expect_closed_pages()
    if announce is not None:
        announce()
    return pn.serve(
        pages,
        address=address,
        port=port,
        websocket_origin=websocket_origin,
        show=False,
        start=start,
        verbose=False,
        title="bye_splits",
        liveness=True,
        websocket_compression_level=COMPRESSION,
        unused_session_lifetime_milliseconds=SESSION_LIFETIME,
        check_unused_sessions_milliseconds=SESSION_CHECK,
    )
