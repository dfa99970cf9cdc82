"""The server for `bye-splits serve` and for scripts."""

from collections.abc import Callable
from functools import partial

import panel as pn
from bokeh.server.server import Server

from ..config import Config, load_config
from .figures.raster import warm_up
from .gate.ending import leave_on_sigterm, run
from .gate.gate import Gate
from .gate.policy import Policy
from .gate.records import write_log
from .patches.admission import place
from .patches.ipv6 import allow_origins
from .routing import routes

SESSION_LIFETIME = 15_000  # ms for which a closed page's session is kept
SESSION_CHECK = 5_000  # ms between checks for such sessions
KEEP_ALIVE = 30_000  # ms between pings, which keep proxies from closing a quiet connection
LARGEST_MESSAGE = 5_000_000  # bytes from a page, which sends a few hundred
COMPRESSION = 1  # level of the websocket; enabled because an SSH tunnel has little bandwidth


def serve(
    config: Config | None = None,
    *,
    address: str | None = "localhost",
    port: int = 5006,
    websocket_origin: str | list[str] | None = None,
    policy: Policy | None = None,
    proxy_headers: bool = False,
    start: bool = True,
    announce: Callable[[], None] | None = None,
) -> Server:
    """Serve all pages on one port.

    Parameters
    ----------
    config : default: the shipped configuration, which opens the embedded toy sample
    address : interface to listen on; "0.0.0.0" for all, None for all with IPv6
    port : 0 selects a free one
    websocket_origin : HOST:PORT in the browser's address (one or a list) if it differs from the server's; an
        IPv6 address in brackets
    policy : what the server allows; default: that of the environment's variables
    proxy_headers : believe a proxy's X-Forwarded-For and -Proto headers, on a server that nobody reaches but
        through it
    start : serve until a signal ends it; False returns the server, for its `start` and `io_loop`
    announce : called before the server listens, once the configuration has been validated

    Returns
    -------
    bokeh.server.server.Server

    Raises
    ------
    ByeSplitsError : the geometry cannot be read, or a variable of the policy; event files are read only when
        a page needs them
    """
    policy = policy or Policy.from_environment()
    if start:  # of a server that is started elsewhere, the program has the log
        write_log(policy.log_format)
        leave_on_sigterm()
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
        use_xheaders=proxy_headers,
        websocket_compression_level=COMPRESSION,
        websocket_max_message_size=LARGEST_MESSAGE,
        keep_alive_milliseconds=KEEP_ALIVE,
        unused_session_lifetime_milliseconds=SESSION_LIFETIME,
        check_unused_sessions_milliseconds=SESSION_CHECK,
    )
    allow_origins(server, ipv6)
    place(server, partial(Gate, policy=policy))
    if start:
        run(server)
    return server
