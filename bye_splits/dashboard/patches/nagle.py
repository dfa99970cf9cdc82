"""Websockets without Nagle's algorithm, which makes responses wait for the client's acknowledgement.

Bokeh writes a message as three or more frames, each in a separate write, and leaves the websocket at the
operating system's default (`WSHandler.open` in bokeh/server/views/ws.py; Tornado calls `set_nodelay` for
plain HTTP only). All writes but the first are then held back until the browser has acknowledged that one,
which it may delay by up to 40 ms.

Without this patch the response to a layer change took 24 ms longer through a running server, to a new event
16 ms (16 ms each with it; their targets are 20 and 60 ms).

It can be removed once Bokeh or Tornado calls `set_nodelay(True)` for websockets.
"""

from functools import wraps
from typing import Any

from bokeh.server.views.ws import WSHandler

_open = WSHandler.open


@wraps(_open)
def _open_without_delay(handler: WSHandler, *arguments: Any, **options: Any) -> Any:
    handler.set_nodelay(True)
    return _open(handler, *arguments, **options)


def apply() -> None:
    """Open all websockets of this process without Nagle's algorithm."""
    WSHandler.open = _open_without_delay
