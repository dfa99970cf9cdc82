"""The page of occupancies: a whole sample in trigger cells, layers and (R/z, phi) bins."""

import panel as pn

from ...catalogue import Catalogue
from ...link import occupancy as occupancy_link
from ...page.address import OccupancyAddress, opened_query
from ...page.help.other_pages import OCCUPANCY
from ...page.template import Links, page, theme_button
from ...polling import poll_while_open
from ...state.message import said
from ...state.occupancy import OccupancyState
from ..shared.files import CAPTION, Files
from ..shared.messages import MessageView
from ..shared.sample_badge import SampleBadge
from .bins import BinView, LayerBarsView
from .events import EventsView
from .layer_map import OccupancyLayerMap
from .sidebar import OccupancySidebar
from .words import BinsTitle, EventsTitle, LayersTitle, MapTitle, OccupancyFacts, picture_caption

PERIOD = 0.5  # s between looks at what the background has done


def occupancy(catalogue: Catalogue, links: Links) -> pn.Template:
    """The page of occupancies for the current session."""
    state = OccupancyState(catalogue)
    values, problems = occupancy_link.read(opened_query(), state)
    watcher = state.param.watch(lambda change: problems.extend(said(change.new)), "message")
    sample = values.pop("sample", next(iter(catalogue.samples)))
    if not state.show(sample, **values):
        state.show(None, **values)
    state.param.unwatch(watcher)
    OccupancyAddress(state, problems)
    files = Files({CAPTION: lambda: picture_caption(state)})
    poll_while_open(state.poll, PERIOD)
    display = next(address for label, address, _ in links if label == "Display")
    return page(
        "occupancy.html",
        title="bye_splits \u00b7 occupancy",
        theme=state.theme,
        links=links,
        help=OCCUPANCY,
        roots={
            "messages": MessageView(state),
            "head": pn.Row(theme_button(state), margin=0, tags=[files.channel]),
            "badge": SampleBadge(state),
            "sidebar": OccupancySidebar(state),
            "facts": OccupancyFacts(state),
            "map_title": MapTitle(state),
            "map": OccupancyLayerMap(state),
            "bins_title": BinsTitle(state),
            "bins": BinView(state),
            "profile_title": LayersTitle(state),
            "profile": LayerBarsView(state),
            "events_title": EventsTitle(state),
            "events": EventsView(state, display),
        },
    )
