"""The page around the views: template, style, navigation. All its resources come from this server."""

from functools import cache, lru_cache
from html import escape
from typing import Any

import panel as pn
from bokeh.document import Document
from bokeh.models import ImportedStyleSheet
from jinja2 import Environment, FileSystemLoader, Template, select_autoescape
from panel.io.resources import get_dist_path, parse_template, patch_stylesheet
from panel.links import Callback
from panel.viewable import Viewable

from ..figures.colours import css_variables
from ..patches.autoload import in_full
from ..patches.completion import add_completion
from ..patches.needed_scripts import add
from ..patches.shared_watchers import share
from ..patches.text import Text
from ..state.display import DisplayState
from ..state.geometry import GeometryState
from ..state.occupancy import OccupancyState
from ..state.sample import SampleState
from .assets import ASSETS, asset
from .help.topics import PageHelp
from .script import script

STYLES = ("page.css", "tooltip.css", "ask.css", "help.css")


def widget_css() -> str:
    """Style sheet for the widgets' shadow roots, which the page's style sheet does not reach."""
    return asset("widgets.css")


def heading(title: str, more: str = "") -> str:
    """Heading of a group of controls as HTML, with the button of its help; `more` is HTML."""
    name = escape(title)
    ask = (
        f'<button type="button" class="ask" data-help="{name}" aria-label="What these do: {name}" '
        'aria-haspopup="dialog" aria-expanded="false">?</button>'
    )
    return f'<div class="heading">{ask}<h2 class="section">{name}{more}</h2></div>'


def section(title: str) -> Text:
    """Heading of a group of controls."""
    return text(heading(title), "ask.css")


def text(html: str, *styles: str, align: str = "start") -> Text:
    """A piece of HTML with the page's text style and further style sheets from the assets."""
    sheets = [asset(name) for name in ("text.css", *styles)]
    return Text(html, margin=0, sizing_mode="stretch_width", stylesheets=sheets, align=align)


Links = list[tuple[str, str, bool]]
"""Header links: label and address of each page, and whether it is the current one."""


def theme_button(state: "DisplayState | GeometryState | SampleState | OccupancyState") -> pn.widgets.Button:
    """Button that switches between the light and dark theme."""
    other = {"dark": "light", "light": "dark"}
    button = pn.widgets.Button(
        label=other[state.theme].title(),
        width=56,
        height=28,
        margin=0,
        sizing_mode="fixed",
        stylesheets=[widget_css()],
    )
    button.on_click(lambda event: state.update(theme=other[state.theme]))
    button.js_on_click(
        code="byeSplits.theme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark')"
    )
    # The theme may also change with the address, when the user goes back in the history.
    button.jscallback(label="byeSplits.theme(cb_obj.label === 'Light' ? 'dark' : 'light')")
    state.param.watch(lambda event: button.param.update(label=other[event.new].title()), "theme")
    return button


@cache
def _template(name: str) -> Template:
    environment = Environment(loader=FileSystemLoader(ASSETS), autoescape=select_autoescape(["html"]))
    return environment.get_template(name)


@lru_cache(maxsize=64)
def _shared(html: str) -> str:
    """The same text for all pages that only differ in their views: it is large, and each page keeps it."""
    return html


class Page(pn.Template):
    """A template that is quick to build.

    Panel computes its repr, with all data in it, whenever a view is added, and collects all models of the
    document again for each root and each link: without this class, most of the time to open a page.

    Parameters
    ----------
    title : title of the browser's window; Panel sets one for its own templates only
    """

    def __init__(self, html: str, title: str, **options: Any) -> None:
        self.html, self._title = _shared(html), title
        super().__init__(parse_template(self.html), **options)  # compiled once

    def __repr__(self, *arguments: Any) -> str:
        return "Page"

    def server_doc(self, doc: Document | None = None, *arguments: Any, **options: Any) -> Document:
        document = doc or pn.state.curdoc
        add(document)
        with document.models.freeze():
            result = super().server_doc(document, *arguments, **options)
            add_completion(result)
        result.title = self._title
        # Panel does it as it writes the page's HTML. A session whose websocket opens late, on a slow line or
        # a busy server, is made anew without any: its style sheets would be asked for from another host.
        for sheet in (model for model in result.models if isinstance(model, ImportedStyleSheet)):
            patch_stylesheet(sheet, get_dist_path())
            _in_any_folder(sheet)
        views = self.select()
        forget_callbacks(*views)
        share(*views)
        return result


def _in_any_folder(sheet: ImportedStyleSheet) -> None:
    """Have a style sheet's address in full, if a page of another program has asked for it."""
    (asked,) = pn.state.session_args.get("bokeh-absolute-url", [b""])[-1:]
    if asked:
        sheet.url = in_full(asked.decode(errors="replace"), sheet.url)


def forget_callbacks(*viewables: Viewable) -> None:
    """Remove the JavaScript callbacks of rendered views from Panel's registry; the models hold them now.

    The registry has weak keys, but its values refer to them: a page with views in it would never be freed.
    """
    for viewable in viewables:
        Callback.registry.pop(viewable, None)


def page(
    name: str,
    *,
    title: str,
    theme: str,
    links: Links,
    roots: dict,
    help: PageHelp | None = None,  # noqa: A002 - of the page
    panes: str = "both",
    location: bool = True,
    **more: Any,
) -> pn.Template:
    """Create a page from views.

    Parameters
    ----------
    name : name of a template in the assets folder
    links : navigation links: (label, address, whether it is this page)
    help : what the page says of itself
    panes : the displayed panes, "both", "2D", "3D" or "stages"
    location : whether views may read and write the page's address
    roots : views by name in the template
    more : further variables of the template
    """
    html = _template(name).render(
        theme=theme,
        panes=panes,
        links=links,
        messages="messages" in roots,
        help=help,
        css=css_variables() + "".join(map(asset, STYLES)),
        script=script(),
        **more,
    )
    result = Page(html, title, location=location)
    for root, view in roots.items():
        result.add_panel(root, view)
    return result
