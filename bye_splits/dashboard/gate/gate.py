"""The gate of one server: who is answered, by what, and with which headers."""

import logging
import os
import secrets
import time
from collections.abc import Mapping
from typing import Any

from bokeh.server.tornado import BokehTornado
from bokeh.settings import settings
from tornado.httputil import HTTPServerRequest
from tornado.ioloop import PeriodicCallback
from tornado.web import OutputTransform, RequestHandler

from ...counting import counted
from ...errors import ConfigError
from ..patches import prepared_pages
from ..patches.incoming import close_page
from . import actions, metrics, oidc_login
from .handlers import Alive, Ready, Refused, Refusing, Unknown
from .headers import SafeHeaders
from .login import Login
from .policy import Policy, variable
from .records import log, record
from .requests import OPEN, Refusal, refusal
from .users import Users

KEPT_HEADERS = ("Host", "User-Agent", "Accept-Language")
"""Of a request's headers, those that a page's session keeps; they also travel in the page itself."""

HOUR = 3600.0  # s
IDLE_CHECK = 60.0  # s between looks for pages that nobody uses
IDLE = 4001  # code of a websocket that was closed for it; offline.js knows it

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
    settings : Tornado's, by which a page is pinged, and closed if it does not answer
    """

    kept_headers: tuple[str, ...] = KEPT_HEADERS

    def __init__(self, application: BokehTornado, policy: Policy) -> None:
        self._application = application
        self.policy = policy
        # Nobody can make a token, and with it a session, but this server.
        self.secret = application.secret_key or secrets.token_bytes(32)
        half = policy.silent_seconds / 2  # at worst a page falls silent just after a ping
        pages = sorted(application.prefix + path for path in application.app_paths - {"/"})
        self.settings: Mapping[str, Any] = {
            "websocket_ping_interval": half,
            "websocket_ping_timeout": half,
            "default_handler_class": Unknown,
            "default_handler_args": {"pages": pages},
        }
        if policy.oidc is not None:
            self.settings = {**self.settings, "cookie_secret": policy.oidc.cookie_secret}
            oidc_login.install(policy.oidc)
        period = min(IDLE_CHECK, policy.idle_hours * HOUR / 4)
        self._idle_check = PeriodicCallback(self._end_idle, 1000 * period)

    def start(self) -> None:
        """Start looking for pages that nobody uses, on the server's loop, and preparing others."""
        self._idle_check.start()
        prepared_pages.keep(self._application, self.policy.prepared_pages)

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
        metrics.PREPARED.set(prepared_pages.kept(self._application))
        if login := self._login(request, path):
            return login
        return _MACHINES.get(path)

    def _login(self, request: HTTPServerRequest, path: str) -> Answer | None:
        """What asks who it is, where the policy has a login and this user is not known."""
        users, oidc = self.policy.users, self.policy.oidc
        if path in OPEN or path.startswith("/static/"):  # files are the libraries' own
            return None
        if oidc is not None:
            return oidc_login.answer(oidc, request, path, self._application.prefix)
        if users is None or path.endswith("/ws"):  # it needs the token of a page
            return None
        given = request.headers.get("Authorization", "")
        return None if users.known(given) else (Login, {"users": users, "given": given})

    def user(self, request: HTTPServerRequest) -> str:
        """Who asks: the user whom a trusted proxy names or who has logged in, else the machine's address."""
        policy, headers = self.policy, request.headers
        named = headers.get(policy.user_header, "") if policy.user_header else ""
        if policy.users is not None and not named:
            named = policy.users.known(headers.get("Authorization", "")) or ""
        if policy.oidc is not None and not named:
            named = oidc_login.user(policy.oidc, request)
        return named[:100] or request.remote_ip or ""

    def finished(self, handler: RequestHandler) -> None:
        """Report an answer: each page, and what went wrong."""
        request, status = handler.request, handler.get_status()
        path = request.path.removeprefix(self._application.prefix)
        if (
            path in self._application.app_paths
            and request.method == "GET"
            and not isinstance(handler, Refusing)
        ):
            metrics.PAGES.labels(path, str(status)).inc()
            metrics.PAGE_SECONDS.labels(path).observe(request.request_time())
        elif status < 500 or isinstance(handler, oidc_login.OidcLogin):  # which reports by itself
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
        most = counted(self.policy.max_sessions, "page is", "pages are")
        return Refusal(
            503,
            f"{most} open on this server, and it takes no more.",
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
        # Who asked for a login gets none of the pages without one.
        login = any(os.environ.get(variable(name)) for name in ("users", "oidc"))
        policy = Policy(users=Users({}) if login else None)
    return Gate(application, policy)


_MACHINES: dict[str, Answer] = {
    "/healthz": (Alive, {}),
    "/liveness": (Alive, {}),
    "/readyz": (Ready, {}),
    "/metrics": (metrics.Metrics, {}),
}
