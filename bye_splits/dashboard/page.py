"""The page around the views: template, style, navigation. Everything it needs comes from this server."""

from functools import cache
from html import escape
from pathlib import Path

import panel as pn
from jinja2 import Environment, FileSystemLoader, select_autoescape

ASSETS = Path(__file__).parent / "assets"


@cache
def asset(name: str) -> str:
    """Text of a file in the folder of assets."""
    return (ASSETS / name).read_text(encoding="utf-8")


def widget_css() -> str:
    """Style of the widgets; it reaches into their shadow roots, where the page's own style does not."""
    return asset("widgets.css")


def section(title: str) -> pn.pane.HTML:
    """Heading of a group of controls."""
    return pn.pane.HTML(f'<div class="section">{escape(title)}</div>', margin=0, stylesheets=[asset("text.css")])


@cache
def _template(name: str):
    environment = Environment(loader=FileSystemLoader(ASSETS), autoescape=select_autoescape(["html"]))
    return environment.get_template(name)


def page(name: str, *, title: str, theme: str, links, badge: str, roots: dict, panes: str = "both") -> pn.Template:
    """Put views into a page.

    Parameters
    ----------
    name : template in the folder of assets
    links : (label, address, whether it is this page) of the navigation
    badge : what the data are, where they are no CMS data
    panes : which of two panes is shown, "both", "2D" or "3D"
    roots : views by their name in the template
    """
    text = _template(name).render(
        title=title,
        theme=theme,
        panes=panes,
        links=links,
        badge=badge,
        css=asset("page.css"),
        script=asset("page.js"),
        traffic=asset("traffic.js"),
    )
    made = pn.Template(text)
    for root, view in roots.items():
        made.add_panel(root, view)
    made.config.title = title
    return made
