"""Static files are compressed, once each, and kept by the browser as long as their address has a version.

Tornado sends files as they are: 9.7 MB for the first page, 3 to 4 s on a line of 20 Mbit/s. Its setting
`compress_response` would compress them on the event loop, again for each request.

This patch can be removed once Tornado sends files compressed without doing so for each request.
"""

import asyncio
import gzip
from functools import lru_cache
from pathlib import Path
from typing import Any

from tornado.web import HTTPError, StaticFileHandler

from ...fingerprints import Fingerprint

SUFFIXES = (".js", ".css", ".svg", ".json", ".map")  # what gzip makes smaller
LEVEL = 6
KEPT = 64  # files; those of all pages are some 3 MB
VERSIONED = "max-age=31536000, immutable"  # a year: another content has another address

_get = StaticFileHandler.get


def apply() -> None:
    """Patch Tornado."""
    handler: Any = StaticFileHandler
    handler.get = get


async def get(handler: StaticFileHandler, path: str, include_body: bool = True) -> None:
    """As Tornado's, but compressed for a browser that takes that."""
    headers = handler.request.headers
    whole = include_body and "Range" not in headers
    if not (whole and path.endswith(SUFFIXES) and "gzip" in headers.get("Accept-Encoding", "")):
        await _get(handler, path, include_body)
        _must_exist(handler)
        return
    handler.path = handler.parse_url_path(path)
    found = handler.get_absolute_path(handler.root, handler.path)
    absolute = handler.absolute_path = handler.validate_absolute_path(handler.root, found)
    if absolute is None:
        _must_exist(handler)
        return
    handler.modified = handler.get_modified_time()
    handler.set_headers()
    handler.set_header("Vary", "Accept-Encoding")
    if handler.get_argument("v", None):
        handler.set_header("Cache-Control", VERSIONED)
    if handler.should_return_304():
        handler.set_status(304)
        return
    file = Path(absolute)
    state = Fingerprint.of(file.stat())
    body = await asyncio.get_running_loop().run_in_executor(None, _compressed, file, state)
    handler.set_header("Content-Encoding", "gzip")
    handler.finish(body)


def _must_exist(handler: StaticFileHandler) -> None:
    """A path outside of all folders is not found; Bokeh gives no answer, which makes an error 500."""
    if handler.absolute_path is None and not handler._finished:
        raise HTTPError(404)


@lru_cache(maxsize=KEPT)
def _compressed(file: Path, state: Fingerprint) -> bytes:
    return gzip.compress(file.read_bytes(), LEVEL, mtime=0)
