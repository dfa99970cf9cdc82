"""A page of the studies: its plots around one state."""

import panel as pn

from ....chain.chains import CHAINS
from ...catalogue import Catalogue
from ...link import study as link
from ...page.address import StudyAddress, opened_query
from ...page.help.studies import study_help
from ...page.template import Links, page, theme_button
from ...polling import poll_while_open
from ...schedule import once_loaded
from ..shared.messages import MessageView
from .drawn import Study
from .pane import StudyPane, study_files
from .sidebar import StudySidebar
from .texts import ChosenEvents, ChosenTitle, StudyFacts, StudyNumbers

PERIOD = 0.5  # s between looks at what the background has done


def study_page(study: Study, catalogue: Catalogue, links: Links, tabs: Links, address: str) -> pn.Template:
    """A page of the studies for the current session.

    Parameters
    ----------
    tabs : the pages of the studies, as `links`
    address : pattern of the other pages' addresses
    """
    state = study.state(catalogue, study.kinds)
    state.address = address
    values, problems = link.read(opened_query(), state)
    if study.overlay and "samples" not in values:
        first = state.samples[0]
        others = [key for key in catalogue.samples if key[0] == first[0] and key != first]
        values["samples"] = (first, *others[:1])
    if study.with_b and "set_b" not in values:
        a = values.get("set_a", state.set_a)
        other = next(name for name in CHAINS if name != a.chain)
        values |= {"set_b": state.with_changes(a, {"chain": other}), "compare": state.compared}
    state.update(**values)
    state.poll()
    sidebar = pn.Column(sizing_mode="stretch_width", margin=0)
    once_loaded(lambda: sidebar.append(StudySidebar(state, study)))
    panes = [StudyPane(state, plot) for plot in study.plots]
    StudyAddress(state, problems)
    poll_while_open(state.poll, PERIOD)
    state.graph.listen(lambda changed: state.poll(), state.graph.parameters_of(state, "samples", "sets"))
    roots = {
        "messages": MessageView(state),
        "head": pn.Row(theme_button(state), margin=0, tags=[study_files(state, panes).channel]),
        "sidebar": sidebar,
        "facts": (study.facts or StudyFacts)(state),
        "numbers": StudyNumbers(state, study),
    }
    if study.events:
        roots |= {"chosen_title": ChosenTitle(state, study), "chosen": ChosenEvents(state, study)}
    for number, pane in enumerate(panes):
        parts = {"title": pane.head, "tools": pane.tools, "plot": pane, "notes": pane.notes}
        roots |= {f"{name}{number}": part for name, part in parts.items()}
    names = [plot.name for plot in study.plots]
    return page(
        "studies.html",
        title=f"bye_splits \u00b7 {study.title.lower()}",
        theme=state.theme,
        links=links,
        help=study_help(study.title, names),
        names=names,
        roots=roots,
        tabs=tabs,
        plots=range(len(panes)),
        events=study.events,
    )
