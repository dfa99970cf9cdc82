"""The display page: its views around one state, the address, the messages."""

from functools import partial
from typing import Any

import panel as pn

from ...catalogue import Catalogue, sample_name
from ...link import display as link
from ...link.query import IN_LINK, Unused
from ...page.address import Address, opened_query
from ...page.help.display import DISPLAY
from ...page.help.keys import KEYS
from ...page.template import Links, page, theme_button, widget_css
from ...patches.prepared_pages import can_be_prepared
from ...polling import poll_while_open
from ...schedule import served
from ...state.display import DisplayState
from ...state.hand_scan import HandScan
from ...state.matches import Matches
from ...state.message import said
from ...state.whole_sample import WholeSample
from ..shared.messages import MessageView
from .clusters_pane import ClustersPane
from .downloads import display_files
from .facts import BadgeView, CardView, FactsView, MapTitle, ProfileTitle, ShowerTitle
from .hand_scan import HandScanView
from .layer_map import LayerMapView, map_tools
from .match_buttons import MatchButtons
from .profiles import ProfileView
from .sample_line import SampleLine
from .shower import SWITCHES, VIEW_BUTTONS, ShowerView
from .sidebar import Sidebar
from .stages import StageView

SCAN_PERIOD = 2.0  # s between looks for new tags


class NothingToShow(Exception):
    """No sample has an event that can be shown; the arguments are the reasons, each a paragraph of text."""


def start(state: DisplayState, query: str) -> list[str]:
    """Show the event and parameters of an address as far as they are valid, else the first readable event.

    Returns
    -------
    problems : a sentence for each invalid part of the address and for each sample that could not be shown

    Raises
    ------
    NothingToShow
    """
    event, values, problems = link.read(query, state)
    told: list[str] = []
    watcher = state.param.watch(lambda change: told.extend(said(change.new)), "message")
    samples = list(state.navigation.catalogue.samples)
    wanted = event.pop("key", samples[0])
    found = bool(event) and state.show(wanted, **event, **values)
    others = dict.fromkeys((wanted, *samples))
    shown = found or any(state.show(key, **values) for key in others)
    state.param.unwatch(watcher)
    told = list(dict.fromkeys(told))  # each attempt has the same reason, mostly
    if event and shown and not found:  # the first message says why
        told[0] = Unused(f"{told[0]} {_instead(state, wanted)}")
    problems = told + problems
    if shown and state.selection.cluster >= 0 and not state.selection.has_cluster:
        which = f"{IN_LINK}cluster={state.selection.cluster}"
        problems.append(Unused(f"{which} is not a row of the table of clusters."))
        state.selection.cluster = -1
    if shown and state.shown.chosen >= max(len(state.shown.particles), 1):
        n = len(state.shown.particles)
        reason = f"is not one of the {n} generated particles in this endcap"
        problems.append(Unused(f"{IN_LINK}generated={state.shown.chosen + 1} {reason}."))
        state.shown.chosen = 0
    problems = list(dict.fromkeys(problems))
    if not shown:
        raise NothingToShow(*problems)
    return problems


def _instead(state: DisplayState, wanted: tuple[str, str]) -> str:
    """What is shown in place of an event that cannot be."""
    key = state.navigation.key
    of = "" if key == wanted else f" of {sample_name(key)}"
    return f"Event {state.shown.loaded.event.number}{of} is shown."


class DisplayPage:
    """One session's display.

    Parameters
    ----------
    catalogue : shared by all sessions
    query : query of the opened address
    """

    def __init__(self, catalogue: Catalogue, query: str = "") -> None:
        self.state = DisplayState(catalogue)
        self.problems = start(self.state, query)
        self.whole_sample = WholeSample(
            self.state,
            catalogue=catalogue,
            wanted=self._of_sample,
            with_phases=lambda: "p_split" in f"{self.state.match} {self.state.order}",
        )
        key = partial(getattr, self.state.navigation, "key")
        self.scan = HandScan(self.state, catalogue=catalogue, key=key, scanner=pn.state.user or "")
        matches = Matches(self.state, self.whole_sample, self.scan)
        steps = MatchButtons(matches)
        scan = HandScanView(self.scan, self.state)
        self.sidebar = Sidebar(self.state, steps, scan, beside_event=steps.buttons)
        self.scan.poll()
        self.map = LayerMapView(self.state, active=self.state.panes in ("both", "2D"))
        self.shower = ShowerView(self.state, active=self.state.panes in ("both", "3D"))
        self.profile = ProfileView(self.state)
        self.stages = StageView(self.state)
        self.clusters = ClustersPane(self.state)
        self.files = display_files(self.state)
        self.state.param.watch(self._panes, "panes")

    def _of_sample(self) -> tuple:
        """The sample and the sets of parameters that the line about it is for."""
        chain = self.state.chain
        return self.state.navigation.key, chain.set_a, chain.set_b

    def _panes(self, event: Any) -> None:
        self.map.active = event.new in ("both", "2D")
        self.shower.active = event.new in ("both", "3D")


def display(catalogue: Catalogue, links: Links) -> pn.Template:
    """The display page for the current session."""
    views = DisplayPage(catalogue, opened_query())
    state = views.state
    style = {"stylesheets": [widget_css()], "margin": 0, "sizing_mode": "fixed"}
    panes = pn.widgets.RadioButtonGroup(
        label="Panes",
        options=["2D", "both", "3D", "stages"],
        value=state.panes,
        width=190,
        height=28,
        **style,
    )
    panes.jscallback(value="byeSplits.panes(cb_obj.labels[cb_obj.active])")
    panes.param.watch(lambda event: state.update(panes=event.new), "value")
    state.param.watch(lambda event: panes.param.update(value=event.new), "panes")
    Address(state, views.problems)
    views.scan.param.watch(lambda event: state.param.update(message=event.new), "message")
    poll_while_open(views.scan.poll, SCAN_PERIOD, views.scan.news)
    if (document := served()) is not None and not views.problems:
        can_be_prepared(document, state.navigation.is_current)
        pn.state.onload(lambda: views.scan.scan_as(pn.state.user or ""))  # of whoever has opened it
    return page(
        "display.html",
        title="bye_splits \u00b7 display",
        theme=state.theme,
        panes=state.panes,
        split=views.clusters.card.is_split,
        views=[(*one, key) for one, key in zip(VIEW_BUTTONS, KEYS["view"].codes, strict=True)],
        switches=[(*one, key) for one, key in zip(SWITCHES, KEYS["switch"].codes, strict=True)],
        links=links,
        help=DISPLAY,
        roots={
            "badge": BadgeView(state),
            "sample_line": SampleLine(views.whole_sample),
            "messages": MessageView(state),
            "head": pn.Row(
                panes, theme_button(state), margin=0, styles={"gap": "10px"}, tags=[views.files.channel]
            ),
            "sidebar": views.sidebar,
            "facts": FactsView(state),
            "map_title": MapTitle(state),
            "map_tools": map_tools(views.map),
            "map": views.map,
            "shower_title": ShowerTitle(state),
            "shower": views.shower,
            "profile_title": ProfileTitle(state),
            "profile": views.profile,
            "stages": views.stages,
            "clusters": views.clusters,
            "cluster_tools": views.clusters.tools.buttons,
            "why": views.clusters.card.question,
            "card": CardView(state),
        },
    )
