"""The events page: what became of the generated particles of a sample, one row each."""

import panel as pn

from ...catalogue import Catalogue
from ...link import events as link
from ...page.address import EventsAddress, opened_query
from ...page.help.other_pages import EVENTS
from ...page.template import Links, page, theme_button
from ...polling import poll_while_open
from ...state.events import EventsState
from ..shared.messages import MessageView
from ..shared.sample_badge import SampleBadge
from .downloads import events_files
from .facts import EventFacts, TableTitle
from .sidebar import EventsSidebar
from .table import EventTable

PERIOD = 0.5  # s between looks at what the background has done
DISPLAY = "Display"  # label of the link to it


def events(catalogue: Catalogue, links: Links) -> pn.Template:
    """The events page for the current session."""
    pn.extension("tabulator")  # of this session only: other pages need not load it
    state = EventsState(catalogue)
    values, problems = link.read(opened_query(), state)
    state.update(**values)
    state.poll()
    EventsAddress(state, problems)
    state.scan.param.watch(lambda event: state.param.update(message=event.new), "message")
    poll_while_open(state.poll, PERIOD, state.news)
    (display,) = (address for label, address, _ in links if label == DISPLAY)
    return page(
        "events.html",
        title="bye_splits \u00b7 events",
        theme=state.theme,
        links=links,
        help=EVENTS,
        roots={
            "messages": MessageView(state),
            "head": pn.Row(theme_button(state), margin=0, tags=[events_files(state).channel]),
            "badge": SampleBadge(state),
            "sidebar": EventsSidebar(state),
            "facts": EventFacts(state),
            "table_title": TableTitle(state),
            "table": EventTable(state, display),
        },
    )
