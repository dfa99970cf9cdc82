"""Every request of a server passes its gate first.

Bokeh checks the origin of a websocket and nothing else, in `check_origin`, which Tornado 6.6 no longer calls
for a request that names the same host in Host and Origin: any name that was made to lead to the server will
do. It takes the session that an address names, signs no token unless it is told to, puts all headers and
cookies of a request into the page's token, and answers a page of any origin with a token (`autoload.js`).
Panel's `/liveness?endpoint=` builds a whole page.

Here the application's `find_handler` asks the gate of its server, at the time of the request: it is the same
for `bye-splits serve`, `panel serve` and `pn.serve`, whose application is made in different places.

This patch can be removed once Bokeh checks Host and Origin of all requests, and has a place for checks of
one's own.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol
from weakref import WeakKeyDictionary, WeakSet

from bokeh.server.server import Server
from bokeh.server.tornado import BokehTornado
from tornado.http1connection import HTTP1Connection
from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest
from tornado.web import GZipContentEncoding, OutputTransform, RequestHandler

LARGEST_BODY = 1_000_000  # bytes of a request: pages only ask, and a login is short


class Gate(Protocol):
    """What decides on requests; `dashboard.gate.Gate`."""

    secret: bytes
    kept_headers: tuple[str, ...]
    settings: Mapping[str, Any]  # of Tornado's application

    def start(self) -> None: ...

    def answer(self, request: HTTPServerRequest) -> tuple[type[RequestHandler], dict[str, Any]] | None: ...

    def finished(self, handler: RequestHandler) -> None: ...

    def transform(self, request: HTTPServerRequest) -> OutputTransform: ...


_gates: WeakKeyDictionary[BokehTornado, Gate] = WeakKeyDictionary()
_started: WeakSet[BokehTornado] = WeakSet()
_find_handler = BokehTornado.find_handler
_make_gate: Callable[[BokehTornado], Gate]  # of a server that was given none


def install(make_gate: Callable[[BokehTornado], Gate]) -> None:
    """Patch Bokeh's application; `make_gate` makes the gate of one that has none yet."""
    global _make_gate
    _make_gate = make_gate
    BokehTornado.find_handler = find_handler


def place(server: Server, make_gate: Callable[[BokehTornado], Gate]) -> None:
    """Give a server that was just made a gate of its own."""
    _placed(server._tornado, make_gate)


def find_handler(
    application: BokehTornado, request: HTTPServerRequest, **options: Any
) -> HTTPMessageDelegate:
    """As Tornado's, unless the gate answers the request itself."""
    gate = _gates.get(application) or _placed(application, _make_gate)
    if application not in _started:
        _started.add(application)
        gate.start()
    if isinstance(request.connection, HTTP1Connection):
        request.connection.set_max_body_size(LARGEST_BODY)
    if answer := gate.answer(request):
        return application.get_handler_delegate(request, *answer)
    return _find_handler(application, request, **options)


def compression(request: HTTPServerRequest) -> OutputTransform:
    """What compresses an answer: all but files, of which `compressed_files` keeps the compressed ones."""
    return OutputTransform(request) if "/static/" in request.path else GZipContentEncoding(request)


def _placed(application: BokehTornado, make_gate: Callable[[BokehTornado], Gate]) -> Gate:
    gate = _gates[application] = make_gate(application)
    application._sign_sessions = True
    application._secret_key = gate.secret
    application._include_headers, application._exclude_headers = list(gate.kept_headers), None
    application._include_cookies, application._exclude_cookies = [], None
    application.transforms += [compression, gate.transform]
    application.settings.update(gate.settings)
    application.settings["log_function"] = gate.finished
    return gate
