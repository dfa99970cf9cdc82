"""The geometry page: the detector without an event."""

import panel as pn

from ...catalogue import Catalogue
from ...link import geometry as geometry_link
from ...page.address import GeometryAddress, opened_query
from ...page.help.other_pages import GEOMETRY
from ...page.template import Links, page, theme_button
from ...state.geometry import GeometryState
from ...state.message import said
from ..shared.files import CAPTION, Files
from ..shared.messages import MessageView
from .facts import Geometry3DTitle, GeometryFacts, GeometryMapTitle, picture_caption
from .layer_map import GeometryMap
from .layers import Geometry3D
from .sidebar import GeometrySidebar


def geometry(catalogue: Catalogue, links: Links) -> pn.Template:
    """The geometry page for the current session."""
    state = GeometryState(catalogue.geometry, catalogue)
    values, problems = geometry_link.read(opened_query(), state)
    watcher = state.param.watch(lambda change: problems.extend(said(change.new)), "message")
    if not state.show(**{"sample": next(iter(catalogue.samples))} | values):
        state.show(**{name: value for name, value in values.items() if name != "sample"})
    state.param.unwatch(watcher)
    GeometryAddress(state, problems)
    files = Files({CAPTION: lambda: picture_caption(state)})
    return page(
        "geometry.html",
        title="bye_splits \u00b7 geometry",
        theme=state.theme,
        links=links,
        help=GEOMETRY,
        roots={
            "messages": MessageView(state),
            "head": pn.Row(theme_button(state), margin=0, tags=[files.channel]),
            "sidebar": GeometrySidebar(state),
            "facts": GeometryFacts(state),
            "map_title": GeometryMapTitle(state),
            "map": GeometryMap(state),
            "detector_title": Geometry3DTitle(state),
            "detector": Geometry3D(state),
        },
    )
