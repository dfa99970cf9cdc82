"""Which address shows which page."""

from collections.abc import Callable
from functools import cache

import panel as pn

from ..config import Config, load_config
from ..errors import ByeSplitsError
from .catalogue import Catalogue
from .page.explanation import explanation
from .page.template import Links
from .set_up import set_up_panel
from .views.display.page import NothingToShow, display
from .views.geometry.page import geometry

PAGES = {"display": ("Display", display), "geometry": ("Geometry", geometry)}


def routes(config: Config | None = None) -> dict[str, Callable]:
    """Factories of pages by address, for `pn.serve`; Panel is set up for them.

    Parameters
    ----------
    config : default: the shipped configuration, which opens the embedded toy sample

    Returns
    -------
    dict: "/" (the display), "display", "geometry" -> function without arguments
    """
    set_up_panel()
    catalogue = Catalogue(config or load_config()).ready()

    def factory(slug: str) -> Callable:
        return lambda: show(slug, catalogue)  # panel takes functions only, no partial

    return {address: factory(slug) for address, slug in (("/", "display"), *zip(PAGES, PAGES, strict=True))}


def show(slug: str, catalogue: Catalogue, address: str = "{}") -> pn.Template:
    """One page for the present session; `address` is the pattern of the other pages' addresses.

    Where there is nothing to show, the page says why.
    """
    links = _links(slug, address)
    try:
        return PAGES[slug][1](catalogue, links)
    except NothingToShow as nothing:
        return explanation(nothing.args, links)
    except ByeSplitsError as error:
        return explanation([str(error)], links)


def requested_page() -> str:
    """Which page an address asks for, where one address has all of them: `?page=geometry`."""
    name = pn.state.session_args.get("page", [b"display"])[0].decode(errors="replace")
    return name if name in PAGES else "display"


def _links(slug: str, address: str) -> Links:
    return [(label, address.format(other), other == slug) for other, (label, _) in PAGES.items()]


def show_shared(slug: str, address: str) -> pn.Template:
    """One page of a server that was started with `panel serve`; `address` as for `show`.

    That server is there whatever the configuration says: where it is of no use, the page says why. Panel is
    set up again, for a server that runs `main.py` without the hooks beside it.
    """
    set_up_panel()
    try:
        catalogue = shared_catalogue()
    except ByeSplitsError as error:
        return explanation([str(error)], _links(slug, address))
    return show(slug, catalogue, address)


@cache
def shared_catalogue() -> Catalogue:
    """The catalogue of a server that was started with `panel serve`: one for all its sessions."""
    return Catalogue(load_config()).ready()
