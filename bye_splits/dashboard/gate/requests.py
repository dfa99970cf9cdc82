"""Which requests a server refuses, and why."""

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from bokeh.server.util import check_allowlist
from bokeh.util.token import check_token_signature
from tornado.httputil import HTTPServerRequest

OPEN = ("/healthz", "/readyz", "/metrics", "/liveness")
"""Asked for by machines, under any name of this one; they contain nothing about a session."""
SESSION_ARGUMENTS = ("bokeh-session-id", "bokeh-token")
SESSION_HEADER = "Bokeh-Session-Id"
WITHOUT_PAGE = ("/components/",)
"""Panel imports there any module that an address names; no page asks for one."""


@dataclass(frozen=True)
class Refusal:
    """A refused request: its status, what was wrong, what to do about it, and headers of the answer."""

    status: int
    reason: str
    action: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def origin_of(request: HTTPServerRequest) -> str | None:
    """Host and port of the page that made a request; None if it does not say, "" for none of a host."""
    origin = request.headers.get("Origin", request.headers.get("Sec-Websocket-Origin"))
    if origin is None:
        return None
    try:
        parts = urlsplit(origin)
        _ = parts.port
    except ValueError:
        return ""
    return "" if "@" in parts.netloc else parts.netloc.lower()


def is_known(host: str, known: set[str]) -> bool:
    """Whether a host, with its port unless that is 80, is one of those that a server answers to."""
    return bool(host) and check_allowlist(host.lower(), list(known))


def refusal(request: HTTPServerRequest, path: str, known: set[str], secret: bytes) -> Refusal | None:
    """Why a request gets no answer; None if it does.

    A page of another host must not read a page or its token (Origin, Sec-Fetch-Site), nor reach the server
    under a name of its own that was made to lead here (Host: DNS rebinding). Nobody chooses the session of a
    page: two people would share it.

    Parameters
    ----------
    path : of the request, without the server's prefix
    known : hosts with ports that the server answers to, as for websockets
    secret : that signs the tokens of the server's pages
    """
    if any(ord(character) < 32 for character in unquote(path)):
        return Refusal(400, "The address has control characters in it.")
    if path in OPEN:
        return None
    if path.startswith(WITHOUT_PAGE):
        return Refusal(404, "There is nothing at this address.")
    if not is_known(request.host, known):
        return Refusal(
            403,
            f"This server does not answer to the name {request.host}, but to {_listed(known)}.",
            f"Open it under such a name, or start it with --allow-websocket-origin {request.host}.",
        )
    origin = origin_of(request)
    if origin is not None and not is_known(origin, known):
        return Refusal(
            403,
            f"Pages of {origin or 'no host'} may not ask this server, only those of {_listed(known)}.",
            f"To allow it, start the server with --allow-websocket-origin {origin}." if origin else "",
        )
    if origin is None and request.method == "OPTIONS":
        return Refusal(405, "OPTIONS is for pages of other hosts, which say where they are from.")
    if origin is None and _of_another_page(request) and not path.startswith("/static/"):
        return Refusal(403, "Pages of other hosts may not load this.")
    if SESSION_HEADER in request.headers or any(name in request.arguments for name in SESSION_ARGUMENTS):
        return Refusal(
            403,
            "The address names a session. Each page has its own one, which the server chooses.",
            "Remove bokeh-session-id and bokeh-token from the address.",
        )
    if path.endswith("/ws") and not _own_token(request, secret):
        return Refusal(403, "The page is of another server, or of this one before it was started again.")
    return None


def _own_token(request: HTTPServerRequest, secret: bytes) -> bool:
    """Whether a websocket comes with the token of a page of this server."""
    _, _, token = request.headers.get("Sec-Websocket-Protocol", "").partition(",")
    try:
        return check_token_signature(token.strip(), secret_key=secret, signed=True)
    except (ValueError, KeyError, TypeError):  # no token at all
        return False


def _of_another_page(request: HTTPServerRequest) -> bool:
    """Whether a page of another host asks for something that it would not show as a page by itself."""
    site = request.headers.get("Sec-Fetch-Site", "none")
    return site in ("cross-site", "same-site") and request.headers.get("Sec-Fetch-Mode") != "navigate"


def _listed(known: set[str]) -> str:
    names = sorted(known)
    return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1] if names else "no name"
