"""Websockets without Nagle's algorithm: with it, an answer waits for the other side's acknowledgement.

Bokeh writes a message as three and more frames, each in a write of its own, and leaves the websocket with
the operating system's default (`WSHandler.open` in bokeh/server/views/ws.py; Tornado's `set_nodelay` is
called for plain HTTP only). All writes but the first are then held back until the browser has acknowledged
that one, which it puts off for up to 40 ms.

Without this a layer change was answered 24 ms later through a running server, a new event 16 ms (of 16 each;
their targets are 20 and 60 ms).

It can go once Bokeh or Tornado calls `set_nodelay(True)` for websockets.
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
    """Open all websockets of this process without it."""
    WSHandler.open = _open_without_delay
