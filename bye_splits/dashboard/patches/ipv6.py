"""Addresses with an IPv6 number, such as ``[::1]:5006``: Panel and Bokeh take hosts apart at their colons.

Panel does so with the host that a page was asked for by (`_get_location_params` in panel/io/location.py),
and answers with an error 500 where there are several. Bokeh refuses such an origin at the start
(`create_hosts_allowlist` in bokeh/server/util.py, https://github.com/bokeh/bokeh/issues/13811), although
its check of a websocket's origin would find it in the list; the list itself is out of reach behind
`Server._tornado`.

They can go once Panel takes brackets for what they are, and Bokeh accepts such an origin.
"""

from collections.abc import Iterable
from functools import wraps

from bokeh.server.server import Server
from panel.io import location

_take_apart = location._get_location_params


@wraps(_take_apart)
def _with_brackets(protocol: str | None, host: str | None, uri: str | None) -> dict:
    """As Panel does, but for hosts in brackets."""
    if not host or not host.startswith("["):
        return _take_apart(protocol, host, uri)
    number, bracket, port = host.rpartition("]")
    found = _take_apart(protocol, f"host{port}", uri)
    found["hostname"] = number + bracket
    found["href"] = found["href"].replace(f"//host{port}", f"//{host}", 1)
    return found


def apply() -> None:
    """Let pages be asked for by IPv6 numbers, in this process."""
    location._get_location_params = _with_brackets


def allow_origins(server: Server, origins: Iterable[str]) -> None:
    """Let pages of further origins talk to a server.

    Parameters
    ----------
    origins : HOST:PORT, as browsers write them
    """
    server._tornado.websocket_origins.update(origins)
