"""Headers of every answer: what browsers may do with it."""

from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.web import OutputTransform

from .policy import Policy

_SOURCES = {
    "default-src": "'self'",
    # Bokeh makes functions out of text, Panel modules out of blobs, and the page has its script in it.
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval' blob:",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
}
_CROSS_ORIGIN = "Access-Control-Allow-"


def content_policy(request: HTTPServerRequest, policy: Policy) -> str:
    """Content-Security-Policy: nothing from other hosts, and frames only in pages that the policy names."""
    scheme = "wss" if request.protocol == "https" else "ws"
    sources = _SOURCES | {
        # Older browsers do not count the websocket as 'self'; downloads are made of data and blobs.
        "connect-src": f"'self' {scheme}://{request.host} data: blob:",
        "frame-ancestors": " ".join(("'self'", *policy.frame_ancestors)),
    }
    return "; ".join(f"{name} {value}" for name, value in sources.items())


class SafeHeaders(OutputTransform):
    """Adds the headers of security to every answer, and lets only known origins read across hosts.

    Parameters
    ----------
    request : the request
    policy : of the server
    origin : the request's Origin, if it has one; requests of unknown ones have been refused
    """

    def __init__(self, request: HTTPServerRequest, policy: Policy) -> None:
        self._content_policy = content_policy(request, policy)
        self._framed = bool(policy.frame_ancestors)
        self._origin = request.headers.get("Origin")

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        for name in [name for name in headers if name.startswith(_CROSS_ORIGIN)]:
            if name in (f"{_CROSS_ORIGIN}Origin", f"{_CROSS_ORIGIN}Credentials") or not self._origin:
                del headers[name]
        if self._origin and status_code < 400:
            headers[f"{_CROSS_ORIGIN}Origin"] = self._origin
            headers[f"{_CROSS_ORIGIN}Credentials"] = "true"
            headers.add("Vary", "Origin")
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        headers["Content-Security-Policy"] = self._content_policy
        if not self._framed:  # the older header knows no list
            headers["X-Frame-Options"] = "SAMEORIGIN"
        headers.pop("Server", None)
        return status_code, headers, chunk
