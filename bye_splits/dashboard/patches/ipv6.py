"""Support for IPv6 addresses such as ``[::1]:5006``, which Panel and Bokeh split at every colon.

Panel splits the host of a request (`_get_location_params` in panel/io/location.py) and responds with error
500 if there are several colons. Bokeh rejects such an origin at startup (`create_hosts_allowlist` in
bokeh/server/util.py, https://github.com/bokeh/bokeh/issues/13811), although its check of a websocket's
origin would find it in the list; the list is only accessible through `Server._tornado`.

These patches can be removed once Panel handles the brackets, and Bokeh accepts such an origin.
"""

from collections.abc import Iterable
from functools import wraps

from bokeh.server.server import Server
from panel.io import location

_get_location_params = location._get_location_params


@wraps(_get_location_params)
def _with_brackets(protocol: str | None, host: str | None, uri: str | None) -> dict:
    """Panel's function, extended to hosts in brackets."""
    if not host or not host.startswith("["):
        return _get_location_params(protocol, host, uri)
    number, bracket, port = host.rpartition("]")
    found = _get_location_params(protocol, f"host{port}", uri)
    found["hostname"] = number + bracket
    found["href"] = found["href"].replace(f"//host{port}", f"//{host}", 1)
    return found


def apply() -> None:
    """Let pages be requested by IPv6 address, in this process."""
    location._get_location_params = _with_brackets


def allow_origins(server: Server, origins: Iterable[str]) -> None:
    """Let pages of further origins connect to a server.

    Parameters
    ----------
    origins : HOST:PORT, as browsers send them
    """
    server._tornado.websocket_origins.update(origins)
