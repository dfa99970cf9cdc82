"""Origins as in a browser's address bar: HOST:PORT, checked and normalised to the form browsers send."""

import ipaddress
import re
from urllib.parse import urlsplit

from bye_splits.errors import ByeSplitsError

_DEFAULT_PORTS = {"http": 80, "https": 443}  # browsers omit these
_HOST = re.compile(r"[a-z0-9_*]([a-z0-9_*.-]*[a-z0-9_*])?\.?")


def origin(text: str) -> str:
    """Normalise an origin to the form in which Bokeh compares it with that of a browser.

    Parameters
    ----------
    text : HOST, HOST:PORT or a whole address such as http://HOST:PORT/display; an IPv6 number in brackets.
        Parts of a host may be *.

    Raises
    ------
    ByeSplitsError : anything else

    Examples
    --------
    >>> [origin(text) for text in ("localhost:5006", "https://Display.example:443/", "http://[::0:1]:5006")]
    ['localhost:5006', 'display.example', '[::1]:5006']
    """
    scheme, mark, rest = text.strip().rpartition("://")
    try:
        if mark and scheme.lower() not in _DEFAULT_PORTS:
            raise ValueError
        parts = urlsplit(f"//{rest}")
        host, port = _host(parts.netloc), parts.port
        if port == 0 or "@" in parts.netloc or parts.netloc.endswith(":"):
            raise ValueError
    except ValueError:  # also from urlsplit
        raise ByeSplitsError(
            "--allow-websocket-origin",
            expected="HOST or HOST:PORT, as the browser's address bar shows it, such as localhost:5006, "
            "display.example or [::1]:5006",
            found=repr(text),
            action="Correct it.",
        ) from None
    return host if port in (None, _DEFAULT_PORTS.get(scheme.lower())) else f"{host}:{port}"


def _host(netloc: str) -> str:
    if netloc.startswith("["):
        return in_address(netloc[1:].partition("]")[0])
    host = netloc.rpartition(":")[0] if ":" in netloc else netloc
    host = host.lower() if host.isascii() else host.encode("idna").decode()
    if not _HOST.fullmatch(host):
        raise ValueError
    return host


def in_address(host: str) -> str:
    """A host as part of an address: an IPv6 number in brackets, in the form that browsers use."""
    if ":" not in host:
        return host
    return f"[{ipaddress.IPv6Address(host).compressed}]"
