"""Pages by address."""

from collections.abc import Callable
from functools import cache

import panel as pn

from ..config import Config, load_config
from ..errors import ByeSplitsError
from .catalogue import Catalogue
from .gate.readiness import check_also
from .page.explanation import explanation
from .page.template import Links
from .set_up import set_up_panel
from .views.display.page import NothingToShow, display
from .views.display.panes import panes
from .views.events.page import events
from .views.geometry.page import geometry
from .views.occupancy.page import occupancy

STUDIES = "Studies"  # header's name of the pages that are tabs of one another
TABS = {
    "response": "Response",
    "splits": "Splits",
    "efficiency": "Efficiency",
    "compare": "Compare",
    "pileup": "Pile-up",
    "scan": "Scan",
    "report": "Report",
    "cl3d": "File's clusters",
}
"""Pages of the studies: slug, and title of the tab."""

Make = Callable[[Catalogue, Links], pn.Template]
PAGES: dict[str, tuple[str, Make | None]] = {
    "display": ("Display", display),
    "events": ("Events", events),
    **dict.fromkeys(TABS, (STUDIES, None)),
    "occupancy": ("Occupancy", occupancy),
    "geometry": ("Geometry", geometry),
}
"""By slug: the name of the header's link, and the factory; None for those of the studies."""
PANES = "panes"
"""Slug of the display's panes by themselves, for frames and pages of other programs: no link leads there."""


def routes(config: Config | None = None) -> dict[str, Callable]:
    """Page factories by address, for `pn.serve`; also sets up Panel.

    Parameters
    ----------
    config : default: the shipped configuration, which opens the embedded toy sample

    Returns
    -------
    dict: "/" (the display), each of `PAGES` and `PANES` -> function without arguments
    """
    set_up_panel()
    catalogue = Catalogue(config or load_config()).ready()
    check_also(catalogue.readiness)

    def factory(slug: str) -> Callable:
        return lambda: show(slug, catalogue)  # panel accepts only functions, no partial

    slugs = {"/": "display"} | {slug: slug for slug in (*PAGES, PANES)}
    return {address: factory(slug) for address, slug in slugs.items()}


def show(slug: str, catalogue: Catalogue, address: str = "{}") -> pn.Template:
    """Create a page for the current session; `address` is the pattern of the other pages' addresses.

    If there is nothing to show, or no such page, it gives the reasons.
    """
    links = _links(slug, address)
    if slug not in (*PAGES, PANES):
        return explanation([f"There is no page {slug!r}: the pages are {', '.join(PAGES)}."], links)
    try:
        make = panes if slug == PANES else PAGES[slug][1]
        if make is not None:
            return make(catalogue, links)
        from .views.studies.pages import studies_page  # HoloViews, which it needs, takes a second to import

        tabs = [(title, address.format(other), other == slug) for other, title in TABS.items()]
        return studies_page(slug, catalogue, links, tabs, address)
    except NothingToShow as nothing:
        return explanation(nothing.args, links)
    except ByeSplitsError as error:
        return explanation([str(error)], links)


def requested_page() -> str:
    """Name of the requested page if all pages share one address: `?page=geometry`."""
    return pn.state.session_args.get("page", [b"display"])[0].decode(errors="replace")


def _links(slug: str, address: str) -> Links:
    """A link for each label: to the first page that has it, and marked on all of them."""
    here, _ = PAGES.get(slug, (None, None))
    first: dict[str, str] = {}
    for other, (label, _) in PAGES.items():
        first.setdefault(label, other)
    return [(label, address.format(other), label == here) for label, other in first.items()]


def show_shared(slug: str, address: str) -> pn.Template:
    """Create a page of a server started with `panel serve`; `address` as for `show`.

    That server runs even if the configuration is invalid; the page then gives the reason. Panel is set up
    again, for a server that runs `main.py` without `app_hooks.py`.
    """
    set_up_panel()
    try:
        catalogue = shared_catalogue()
    except ByeSplitsError as error:
        return explanation([str(error)], _links(slug, address))
    return show(slug, catalogue, address)


@cache
def shared_catalogue() -> Catalogue:
    """The catalogue shared by all sessions of a server started with `panel serve`."""
    catalogue = Catalogue(load_config())
    check_also(catalogue.readiness)
    return catalogue.ready()
