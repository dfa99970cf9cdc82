"""What sends browsers to an OpenID Connect provider, and lets in those whom it sends back.

Panel's handler asks the provider. Unlike with Panel's own pages, a refusal has nothing of other hosts in it,
what the provider has answered is in no log, and no token is kept: a signed cookie has the user's name.
"""

import logging
import re
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from panel.auth import STATE_COOKIE_NAME, GenericLoginHandler
from panel.config import config
from tornado.httpclient import HTTPClientError
from tornado.httputil import HTTPServerRequest
from tornado.web import HTTPError, RequestHandler, decode_signed_value

from . import metrics
from .handlers import Refused, Refusing
from .oidc import LOGIN, Oidc
from .records import record
from .requests import Refusal

LOGOUT = "/logout"
USER = "user"
"""Name of Panel's cookie with the user's name."""
HOLDS = 1.0  # days for which a login holds
SCOPES = ["openid", "email", "profile"]
_CODE = re.compile(r"[a-z_]{1,40}")  # errors of OAuth [RFC 6749, 4.1.2.1]
_AGAIN = "Open a page of this server to log in again."

Answer = tuple[type[RequestHandler], dict[str, Any]]


def install(oidc: Oidc) -> None:
    """Let Panel's handlers of this process ask this provider."""
    config.oauth_key, config.oauth_secret = oidc.client, oidc.secret
    config.oauth_redirect_uri = oidc.redirect
    config.oauth_jwt_user = oidc.user
    config.oauth_expiry = HOLDS
    config.oauth_extra_params = {
        "AUTHORIZE_URL": oidc.authorize,
        "TOKEN_URL": oidc.token,
        "USER_URL": oidc.userinfo,
        "scope": SCOPES,
    }
    # It writes the provider's whole answers, with tokens in them; `OidcLogin` reports without.
    logging.getLogger("panel.auth").disabled = True


def answer(oidc: Oidc, request: HTTPServerRequest, path: str, prefix: str) -> Answer | None:
    """What answers a request in place of a page; None for users who have logged in."""
    if path == LOGIN:
        return OidcLogin, {}
    if path == LOGOUT:
        return Logout, {}
    if user(oidc, request):
        return None
    if request.method in ("GET", "HEAD") and not path.endswith(("/ws", "/autoload.js")):
        return ToLogin, {"url": f"{prefix}{LOGIN}?next={quote(request.uri or '/', safe='')}"}
    metrics.REFUSED.labels("401").inc()
    return Refused, {"refusal": Refusal(401, "This is for users who have logged in.", _AGAIN)}


def user(oidc: Oidc, request: HTTPServerRequest) -> str:
    """Who has logged in; "" if nobody has, or not during the last day."""
    cookie = request.cookies.get(USER)
    if cookie is None:
        return ""
    return (decode_signed_value(oidc.cookie_secret, USER, cookie.value, HOLDS) or b"").decode(
        errors="replace"
    )


class ToLogin(Refusing):
    """Sends a browser to the login."""

    def initialize(self, url: str) -> None:
        self._url = url

    def prepare(self) -> None:
        self.set_header("Cache-Control", "no-store")
        self.redirect(self._url)


class Logout(Refusing):
    """`/logout`: forgets who has logged in; the provider does not."""

    def get(self) -> None:
        self.clear_cookie(USER)
        self.refuse(Refusal(200, "This server does not know you any more.", _AGAIN))


class OidcLogin(Refusing, GenericLoginHandler):
    """`/login`: asks the provider for a user, and takes its answer."""

    async def get(self) -> None:
        """Send the browser to the provider, or take what it brings back."""
        self.set_header("Cache-Control", "no-store")
        state = self.get_argument("state", None)
        # Panel takes an empty state for that of a browser without one: it would log in as somebody else.
        if state is not None and (not state or state != self.get_state_cookie()):
            self._refuse(403, "an answer to no question of this browser", "It may have been open for long.")
        elif error := self.get_argument("error", ""):
            code = error if _CODE.fullmatch(error) else "for an unknown reason"
            self._refuse(403, f"the provider has refused: {code}")
        else:
            await GenericLoginHandler.get(self)

    def set_secure_cookie(
        self,
        name: str,
        value: str | bytes,
        expires_days: float | None = HOLDS,
        version: int | None = None,
        **options: Any,
    ) -> None:
        """Keep the user's name and the state of a login, and no tokens."""
        if name not in (USER, STATE_COOKIE_NAME):
            return
        if name == USER:
            record("login", user=str(value)[:100])
        safe = {"samesite": "Lax", "secure": self.request.protocol == "https"}
        self.set_signed_cookie(name, value, expires_days, version, **options | safe)

    def log_exception(self, *_: Any) -> None:
        """Leave out Tornado's line, which has the code in it; `write_error` reports."""

    def write_error(self, status_code: int, **facts: Any) -> None:
        """Answer with a page that says why there is no login."""
        error = facts["exc_info"][1] if "exc_info" in facts else HTTPError(status_code)
        if status_code < 500 and self.get_argument("state", None) is None:
            self._refuse(status_code, "the address is none of a login")
        else:
            self._refuse(502, f"the provider's answer cannot be used ({_cause(error)})")

    def _refuse(self, status: int, reason: str, action: str = "") -> None:
        metrics.REFUSED.labels(str(status)).inc()
        facts = {"path": LOGIN, "from": self.request.remote_ip}
        record("refused", logging.WARNING, **facts, status=status, reason=reason)
        self.refuse(Refusal(status, f"No login: {reason}.", f"{action} {_AGAIN}".strip()))


def _cause(error: BaseException) -> str:
    """Why a login failed, without what the provider has answered."""
    if isinstance(error, HTTPError):
        if error.reason and _CODE.fullmatch(error.reason):
            return error.reason
        return HTTPStatus(error.status_code).phrase
    chain = [error]
    while (before := chain[-1].__context__) is not None:
        chain.append(before)
    asked = next((one for one in chain if isinstance(one, HTTPClientError | OSError)), None)
    return type(error).__name__ if asked is None else f"{type(asked).__name__}: {asked}"
