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

import panel.io.server
from bokeh.embed.bundle import URL, Bundle
from bokeh.model import Model
from bokeh.models import Plot
from bokeh.models.widgets import TableWidget
from panel.io.resources import LOCAL_DIST, bundle_resources
from panel.models.esm import ReactiveESM
from panel.models.plotly import PlotlyPlot
from tornado.web import StaticFileHandler

NEEDED_BY: dict[str, Callable[[Model], bool]] = {
    "bokeh-tables.": lambda model: isinstance(model, TableWidget),
    "bokeh-gl.": lambda model: isinstance(model, Plot) and model.output_backend == "webgl",
    "bokeh-mathjax.": lambda model: False,  # no text of a page is TeX
    "/plotlyplot/plotly-": lambda model: isinstance(model, PlotlyPlot),
    "/plotlyplot/maplibre-": lambda model: False,  # no figure is a map of the Earth
    "/reactiveesm/": lambda model: isinstance(model, ReactiveESM),
}
"""By a part of the address of a script or style sheet: which models need it. All others are always sent."""

_dist = Path(panel.__file__).parent / "dist"


def apply() -> None:
    """Patch Panel."""
    panel.io.server.bundle_resources = needed_resources


def needed_resources(roots: list[Model], *arguments: Any, **options: Any) -> Bundle:
    """As Panel's, with what the models need."""
    bundle = bundle_resources(roots, *arguments, **options)
    document = roots[0].document if roots else None
    if document is not None:
        models = list(document.models)
        bundle.js_files = [URL(url) for url in _needed(bundle.js_files, models)]
        bundle.css_files = [URL(url) for url in _needed(bundle.css_files, models)]
    return bundle


def _needed(urls: Iterable[URL], models: list[Model]) -> Iterable[str]:
    for url in map(str, urls):
        needs = next((needs for part, needs in NEEDED_BY.items() if part in url), None)
        if needs is None or any(map(needs, models)):
            yield _versioned(url)


@cache
def _versioned(url: str) -> str:
    """An address with a version; Bokeh's have one, and some of Panel's."""
    _, found, path = url.partition(LOCAL_DIST)
    if not found or "?" in url or not (_dist / path).is_file():
        return url
    return f"{url}?v={StaticFileHandler.get_content_version(str(_dist / path))[:32]}"
