"""Servers in processes of their own, and what a browser asks of them first."""

import re
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPConnection
from urllib.parse import urlsplit


def opened(url: str, process: subprocess.Popen, seconds: float = 60, host: str = "") -> str:
    """Text of the page at `url`, asked for until the server answers, under the name `host`."""
    request = urllib.request.Request(url, headers={"Host": host} if host else {})
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise AssertionError(f"the server ended with {process.returncode}: {process.communicate()}")
        try:
            with urllib.request.urlopen(request, timeout=seconds) as answer:
                return answer.read().decode()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError(f"no answer from {url} in {seconds} s")


def websocket_status(url: str, page: str, origin: str, more: Mapping[str, str] | None = None) -> int:
    """Status of a websocket's handshake as a browser that shows `page` at `origin` makes it; 101 opens it.

    `more` headers go with it, such as a Host that is not the one in `url`.
    """
    (token,) = re.findall(r'"token":"([^"]+)"', page)
    address = urlsplit(url)
    connection = HTTPConnection(address.hostname, address.port, timeout=60)
    try:
        headers = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Origin": origin,
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Protocol": f"bokeh, {token}",
            **(more or {}),
        }
        connection.request("GET", address.path, headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()
