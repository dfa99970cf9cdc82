"""A page asks for the scripts that its models need, each with its version in its address.

Panel sends MathJax (1.8 MB) with each page that has a piece of HTML, Bokeh's WebGL and a loader of modules
with every page, Plotly (4.8 MB) with every page of a server. Plotly's address has no version for the server,
so that browsers ask each time whether it has changed.

This patch can be removed once Panel sends no script that a page does not use, and all with a version.
"""

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any
from weakref import WeakSet

import panel.io.server
from bokeh.document import Document
from bokeh.embed.bundle import URL, Bundle
from bokeh.model import Model
from panel.io.resources import LOCAL_DIST, bundle_resources
from panel.models.plotly import PlotlyPlot
from tornado.web import StaticFileHandler

NEVER = ("bokeh-gl.", "bokeh-mathjax.", "/plotlyplot/maplibre-", "/reactiveesm/")
"""Parts of the addresses of what no page needs: no figure is drawn by WebGL or a map of the Earth, no text is
TeX, no model is a module of its own. `test_first_load` looks whether that is so."""
PLOTLY = "/plotlyplot/plotly-"
"""Part of the address of what only pages with a `PlotlyPlot` need. Panel's own script needs all others."""

_dist = Path(panel.__file__).parent / "dist"
_ours: WeakSet[Document] = WeakSet()


def apply() -> None:
    """Patch Panel."""
    panel.io.server.bundle_resources = needed_resources


def add(document: Document) -> None:
    """Have a document of this program ask only for what it needs; another program's may need anything."""
    _ours.add(document)


def is_ours(document: Document | None) -> bool:
    """Whether a document is one of this program's."""
    return document in _ours


def needed_resources(roots: list[Model], *arguments: Any, **options: Any) -> Bundle:
    """As Panel's; with what its models need, if the document is one of ours."""
    bundle = bundle_resources(roots, *arguments, **options)
    document = roots[0].document if roots else None
    if document is None or not is_ours(document):
        return bundle
    plotly = any(isinstance(model, PlotlyPlot) for model in document.models)
    return _with(bundle, lambda url: plotly or PLOTLY not in url)


def resources_of_all(roots: list[Model], *arguments: Any, **options: Any) -> Bundle:
    """As Panel's, with what any of ours needs: the first of several documents in a page brings them all."""
    return _with(bundle_resources(roots, *arguments, **options), lambda url: True)


def _with(bundle: Bundle, needed: Callable[[str], bool]) -> Bundle:
    def chosen(urls: Iterable[URL]) -> list[URL]:
        sent = (url for url in map(str, urls) if not any(part in url for part in NEVER) and needed(url))
        return [URL(_versioned(url)) for url in sent]

    bundle.js_files, bundle.css_files = chosen(bundle.js_files), chosen(bundle.css_files)
    return bundle


@cache
def _versioned(url: str) -> str:
    """An address with a version; Bokeh's have one, and some of Panel's."""
    _, found, path = url.partition(LOCAL_DIST)
    if not found or "?" in url or not (_dist / path).is_file():
        return url
    return f"{url}?v={StaticFileHandler.get_content_version(str(_dist / path))[:32]}"
