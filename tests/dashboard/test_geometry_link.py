"""The geometry page's address: every choice there and back, and nonsense that is told and does no harm."""

import pytest
from link_names import NOT_IN_LINKS

from bye_splits.dashboard.link import geometry as geometry_link
from bye_splits.dashboard.link.query import MAX_LENGTH
from bye_splits.dashboard.page.address import GeometryAddress
from bye_splits.dashboard.state.geometry import GeometryState

CHOSEN = {
    "sample": [None],
    "kinds": ["full or partial", "sensor cells"],
    "layer": [1, 27, 50],
    "section": ["both", "silicon", "scintillator"],
    "region": ["all", "inside", "periphery", "one wafer"],
    "waferu": [-16, 0, 15],
    "waferv": [-16, 4, 15],
    "layers_3d": [(1, 50), (2, 2), (35, 39)],
    "theme": ["dark", "light"],
}


@pytest.fixture
def state(geometry):
    return GeometryState(geometry)


def values(state):
    return {name: getattr(state, name) for name in set(state.param) - NOT_IN_LINKS}


def test_every_parameter_that_is_drawn_is_in_the_link():
    assert set(GeometryState.param) - NOT_IN_LINKS == set(CHOSEN)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in CHOSEN for value in CHOSEN[name]])
def test_there_and_back(state, geometry, name, value):
    state.param.update(**{name: value})
    read, problems = geometry_link.read(geometry_link.write(state), GeometryState(geometry))
    assert not problems
    assert {"sample": None} | read == values(state)
    assert ({"sample": None} | read)[name] == value


@pytest.mark.parametrize(
    "query",
    [
        *("layer=2", "layer=51", "layer=nine", "layers=39-35", "layers=0-4", "layers=7", "section=copper"),
        *("region=one wafer", "wafer=16.0", "wafer=3", "wafer=3.x", "wafer=1.2.3", "wafer=", "theme=purple"),
        *("event=3", "layer=9&layer=11", "wafer=" + "9" * MAX_LENGTH),
    ],
)
def test_nonsense_is_told_and_the_default_stays(state, query):
    read, problems = geometry_link.read(f"?{query}&section=silicon", state)
    assert len(problems) == 1
    state.param.update(**read)
    last = {"layer": 11, "layers_3d": (11, 15)} if "&" in query else {}
    kept = {} if len(query) > MAX_LENGTH else {"section": "silicon"}
    assert values(state) == values(GeometryState(state.geometry)) | kept | last


def test_the_address_and_the_state_follow_each_other(state, location):
    location.search = "?page=geometry&layer=37"
    GeometryAddress(state, ["a problem"])
    assert state.message.text == "a problem"
    first = location.search
    assert first.startswith("?page=geometry&"), "still this page, where one address has all pages"
    state.param.update(layer=41, section="scintillator")
    assert "layer=41" in location.search
    assert location.search.startswith("?page=geometry&")
    location.search = first
    assert (state.layer, state.section) == (37, "both")
    location.search = "?layer=<script>"
    assert state.message.level == "warning"
    assert "layer" in state.message.text
