"""The gate of one server: who is answered, by what, and with which headers."""

import logging
import secrets
import time
from collections.abc import Mapping
from typing import Any

from bokeh.server.tornado import BokehTornado
from bokeh.settings import settings
from tornado.httputil import HTTPServerRequest
from tornado.ioloop import PeriodicCallback
from tornado.web import OutputTransform, RequestHandler

from ...errors import ConfigError
from ..patches.incoming import close_page
from . import actions, metrics
from .handlers import Alive, Ready, Refused
from .headers import SafeHeaders
from .policy import Policy
from .records import log, record
from .requests import Refusal, refusal

KEPT_HEADERS = ("Host", "User-Agent", "Accept-Language")
"""Of a request's headers, those that a page's session keeps; they also travel in the page itself."""

HOUR = 3600.0  # s
IDLE_CHECK = 60.0  # s between looks for pages that nobody uses
IDLE = 4001  # code of a websocket that was closed for it; offline.js knows it
PINGS = {"websocket_ping_interval": 30.0, "websocket_ping_timeout": 25.0}
"""Tornado's settings, in s: a page that does not read any more is closed."""

Answer = tuple[type[RequestHandler], dict[str, Any]]


class Gate:
    """Decides on each request of one server before a page sees it.

    Parameters
    ----------
    application : the server's
    policy : what it allows

    Attributes
    ----------
    secret : signs the tokens of pages; one that this process has chosen, if none is configured
    """

    kept_headers: tuple[str, ...] = KEPT_HEADERS
    settings: Mapping[str, Any] = PINGS

    def __init__(self, application: BokehTornado, policy: Policy) -> None:
        self._application = application
        self.policy = policy
        # Nobody can make a token, and with it a session, but this server.
        self.secret = application.secret_key or secrets.token_bytes(32)
        period = min(IDLE_CHECK, policy.idle_hours * HOUR / 4)
        self._idle_check = PeriodicCallback(self._end_idle, 1000 * period)

    def start(self) -> None:
        """Start looking for pages that nobody uses, on the server's loop."""
        self._idle_check.start()

    def _end_idle(self) -> None:
        limit = time.monotonic() - self.policy.idle_hours * HOUR
        for path in self._application.app_paths:
            for session in self._application.get_sessions(path):
                visit = actions.visits.get(session.document)
                if visit is not None and visit.acted < limit:
                    close_page(session, IDLE, "not used")

    def answer(self, request: HTTPServerRequest) -> Answer | None:
        """What answers a request in place of a page: a handler and its arguments; None for a page."""
        path = request.path.removeprefix(self._application.prefix)
        refused = refusal(request, path, self._known(), self.secret) or self._busy(request, path)
        if refused is not None:
            metrics.REFUSED.labels(str(refused.status)).inc()
            facts = {"method": request.method, "path": path[:200], "user": self.user(request)}
            record("refused", logging.WARNING, **facts, status=refused.status, reason=refused.reason)
            return Refused, {"refusal": refused}
        metrics.SESSIONS.set(open_pages(self._application))
        return _MACHINES.get(path)

    def user(self, request: HTTPServerRequest) -> str:
        """Who asks: the user whom a trusted proxy names, else the address of the machine."""
        named = request.headers.get(self.policy.user_header, "") if self.policy.user_header else ""
        return named[:100] or request.remote_ip or ""

    def finished(self, handler: RequestHandler) -> None:
        """Report an answer: each page, and what went wrong."""
        request, status = handler.request, handler.get_status()
        path = request.path.removeprefix(self._application.prefix)
        if (
            path in self._application.app_paths
            and request.method == "GET"
            and not isinstance(handler, Refused)
        ):
            metrics.PAGES.labels(path, str(status)).inc()
            metrics.PAGE_SECONDS.labels(path).observe(request.request_time())
        elif status < 500:
            return
        record(
            "page" if status < 500 else "failed",
            logging.INFO if status < 500 else logging.ERROR,
            page=path[:200],
            query=request.query[:500],
            user=self.user(request),
            status=status,
            ms=round(1000 * request.request_time()),
        )

    def transform(self, request: HTTPServerRequest) -> OutputTransform:
        """What adds the headers to an answer."""
        return SafeHeaders(request, self.policy)

    def _known(self) -> set[str]:
        return set(settings.allowed_ws_origin()) or self._application.websocket_origins

    def _busy(self, request: HTTPServerRequest, path: str) -> Refusal | None:
        """The answer to a further page when as many as the policy allows are open."""
        pages = self._application.app_paths
        if request.method != "GET" or path.removesuffix("/autoload.js") not in pages:
            return None
        if open_pages(self._application) < self.policy.max_sessions:
            return None
        return Refusal(
            503,
            f"{self.policy.max_sessions} pages are open on this server, and it takes no more.",
            "Close pages that nobody looks at, or wait until somebody has.",
        )


def open_pages(application: BokehTornado) -> int:
    """Number of pages that are open on a server, those of the last seconds included."""
    return sum(len(application.get_sessions(path)) for path in application.app_paths)


def from_environment(application: BokehTornado) -> Gate:
    """The gate of a server that was started without a policy; an unreadable one is reported."""
    try:
        policy = Policy.from_environment()
    except ConfigError as error:
        log.error("%s", error)
        policy = Policy()
    return Gate(application, policy)


_MACHINES: dict[str, Answer] = {
    "/healthz": (Alive, {}),
    "/liveness": (Alive, {}),
    "/readyz": (Ready, {}),
    "/metrics": (metrics.Metrics, {}),
}
