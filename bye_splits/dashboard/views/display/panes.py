"""Panes of the display by themselves, for a frame or for the page of another program.

The panes of one address show one state, as those of the display do: controls change the map beside them. They
leave the address alone, as it may be that of the page around them.
"""

from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode

import panel as pn

from ....errors import ChainError, variant
from ...catalogue import Catalogue
from ...figures.colours import theme_variables
from ...page.address import of_link, opened_query
from ...page.assets import asset
from ...page.script import embedded_script
from ...page.template import Links, page
from ...patches import autoload
from ...schedule import served
from ...state.display import DisplayState
from ..shared.messages import MessageView
from .clusters_pane import ClustersPane
from .downloads import display_files
from .facts import MapTitle, ProfileTitle, ShowerTitle
from .layer_map import LayerMapView, map_tools
from .page import start
from .profiles import ProfileView
from .shower import ShowerView
from .sidebar import Sidebar
from .stages import StageView

SHOW = "show"  # argument of the address: the panes, separated by commas
LEAST_HEIGHT = 260  # px, where the page around the panes gives them none
CONTROLS_WIDTH = 264  # px, as in the display


def _map(state: DisplayState) -> pn.Column:
    view = LayerMapView(state)
    head = pn.Row(MapTitle(state), map_tools(view), sizing_mode="stretch_width", height=24, margin=(4, 8))
    return _column(head, view)


def _shower(state: DisplayState) -> pn.Column:
    return _column(_title(ShowerTitle(state)), ShowerView(state))


def _profile(state: DisplayState) -> pn.Column:
    return _column(_title(ProfileTitle(state)), ProfileView(state))


def _stages(state: DisplayState) -> pn.Column:
    return _column(StageView(state))


def _clusters(state: DisplayState) -> pn.Column:
    pane = ClustersPane(state)
    head = pn.Row(_title(pane.card.question), pane.tools.buttons, sizing_mode="stretch_width", margin=0)
    return _column(head, pane)


def _controls(state: DisplayState) -> pn.Column:
    return pn.Column(
        Sidebar(state, beside_event=pn.Spacer(width=0)),
        sizing_mode="stretch_height",
        width=CONTROLS_WIDTH,
        margin=0,
        scroll="y-auto",
        styles={"padding": "0 10px", "box-sizing": "border-box"},
    )


def _title(title: object) -> pn.Row:
    return pn.Row(title, sizing_mode="stretch_width", height=20, margin=(6, 8, 0, 8))


def _column(*parts: object) -> pn.Column:
    return pn.Column(*parts, sizing_mode="stretch_both", margin=0, styles={"min-width": "0"})


PANES: dict[str, Callable[[DisplayState], pn.Column]] = {
    "map": _map,
    "3D": _shower,
    "profile": _profile,
    "stages": _stages,
    "clusters": _clusters,
    "controls": _controls,
}
"""By name in the address."""


def panes(catalogue: Catalogue, links: Links) -> pn.Template:
    """The page of the panes that the opened address names.

    Raises
    ------
    ChainError : there is no pane of this name, or none is named
    NothingToShow
    """
    names, query = wanted(opened_query())
    state = DisplayState(catalogue)
    state.message = of_link(start(state, query))
    if (document := served()) is not None:
        tooltip = theme_variables(state.theme, ".bye-splits-tooltip") + asset("tooltip.css")
        autoload.give(document, embedded_script(), tooltip)
    title = ", ".join(names)
    root = pn.Column(
        pn.Row(*(PANES[name](state) for name in names), sizing_mode="stretch_both", margin=0),
        MessageView(state),
        sizing_mode="stretch_both",
        min_height=LEAST_HEIGHT,
        margin=0,
        stylesheets=[theme_variables(state.theme, ":host"), asset("pane.css")],
        tags=[display_files(state).channel],
    )
    return page(
        "pane.html",
        title=f"bye_splits \u00b7 {title}",
        theme=state.theme,
        links=links,
        location=False,
        roots={"panes": root},
    )


def wanted(query: str) -> tuple[list[str], str]:
    """Names of the panes that an address asks for, and the rest of its query.

    Examples
    --------
    >>> wanted("?show=map,profile&event=3")
    (['map', 'profile'], '?event=3')
    """
    pairs = parse_qsl(query.lstrip("?"), keep_blank_values=True)
    names = [name for key, value in pairs if key == SHOW for name in value.split(",")]
    if not names:
        raise ChainError(
            "the address",
            expected=f"{SHOW}= with one or several of {', '.join(PANES)}",
            found="none",
            action=f"Add for instance ?{SHOW}={next(iter(PANES))}.",
        )
    for name in names:
        variant(PANES, name, SHOW)
    rest = urlencode([(key, value) for key, value in pairs if key != SHOW])
    return list(dict.fromkeys(names)), f"?{rest}" if rest else ""
