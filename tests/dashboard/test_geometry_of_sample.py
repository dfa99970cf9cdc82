"""The geometry page follows the sample: its version, layers and fit, and what a link says."""

from html import unescape

import numpy as np
import other_files
import other_geometries as others
import pytest
from link_names import NOT_IN_LINKS

from bye_splits.dashboard.link import geometry as geometry_link
from bye_splits.dashboard.state.geometry import UNCERTAIN, GeometryState
from bye_splits.dashboard.views.geometry.facts import GeometryFacts
from bye_splits.dashboard.views.geometry.sidebar import GeometrySidebar
from bye_splits.geometry import Geometry, Inferred


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory, open_files):
    folder = tmp_path_factory.mktemp("two")
    paths = []
    for name, truth in (("old", "V11"), ("new", "unknown")):
        events = other_files.made(others.truth(truth), "PU200", 2)
        paths.append(other_files.write(folder / f"{name}.root", events))
    return open_files(*paths)


@pytest.fixture
def state(catalogue):
    return GeometryState(catalogue.geometry, catalogue)


def opened(query, state):
    values, problems = geometry_link.read(query, state)
    assert state.show(**values)
    return problems


def facts(state):
    return unescape(GeometryFacts(state).html())


def test_the_sample_of_a_link_is_shown(state):
    sidebar = GeometrySidebar(state)
    assert opened("?particle=new&layer=28", state) == []
    assert state.sample == ("new", "")
    assert isinstance(state.geometry, Inferred)
    assert state.layer == 28
    assert sidebar.layers.stops == state.geometry.layers.tolist()
    text = facts(state)
    assert "unknown version \u00b7 47 layers" in text
    assert "28 \u00b7 CE-H" in text
    assert "not where V11 has them: the geometry is read from the file's own positions" in text
    fit = state.geometry.fit
    assert f"99 % within {fit.most:.2g} cm" in text
    assert f"{fit.n_uncertain} wafer" in text
    assert opened("?particle=old&layer=50", state) == []
    assert state.geometry is Geometry.v11()
    assert state.layer == 50
    assert sidebar.layers.stops == Geometry.v11().layers.tolist()
    text = facts(state)
    assert "V11 \u00b7 50 layers" in text
    assert "positions" not in text


def test_layers_are_fitted_to_the_sample(state):
    assert opened("?particle=old&layer=50&layers=35-50", state) == []
    assert state.show(("new", ""))
    assert (state.layer, state.layers_3d) == (47, (35, 47))
    assert set(state.geometry.column("layer")[state.in_3d]) == set(range(35, 48))
    assert state.show(("old", ""))
    assert (state.layer, state.layers_3d) == (47, (35, 47))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("particle=new&layers=1-50", "layers='1-50' is not two layers such as 1-47"),
        ("particle=new&layer=49", "layer='49' is not a layer with trigger cells of the 47"),
        ("particle=old&layer=28", "layer='28' is not a layer with trigger cells of the 50"),
    ],
)
def test_what_of_a_link_does_not_fit_is_reported(state, query, said):
    for before in ("old", "new"):
        assert state.show((before, ""))
        problems = opened(query, state)
        assert [said in problem for problem in problems] == [True], problems
        assert state.layer in state.geometry.layers


def test_a_link_there_and_back(state, catalogue):
    assert state.show(("new", ""), layer=31, layers_3d=(30, 44), region="one wafer", waferu=4, waferv=2)
    other = GeometryState(catalogue.geometry, catalogue)
    assert opened(geometry_link.write(state), other) == []
    for name in set(state.param) - NOT_IN_LINKS:
        assert getattr(other, name) == getattr(state, name)


def test_one_wafer_is_where_the_sample_has_it(state):
    assert state.show(("new", ""))
    truth = others.truth("unknown")
    wafers = state.geometry.wafers
    for wafer in wafers[wafers["certain"]].iloc[::400].itertuples():
        state.param.update(layer=wafer.layer, region="one wafer", waferu=wafer.waferu, waferv=wafer.waferv)
        cells = truth.cells
        mine = (cells.layer == wafer.layer) & (cells.waferu == wafer.waferu) & (cells.waferv == wafer.waferv)
        centre = truth.centre[mine.to_numpy()][0]
        assert np.hypot(state.centre()[0] - centre.real, state.centre()[1] - centre.imag) < 0.05
        assert len(state.in_layer) >= mine.sum()


def test_uncertain_wafers_have_their_own_colour_and_count(state):
    assert state.show(("new", ""))
    geometry = state.geometry
    wafers = geometry.wafers
    layer = int(wafers[~wafers["certain"]]["layer"].iloc[0])
    n = int((~wafers["certain"] & (wafers["layer"] == layer)).sum())
    state.layer = layer
    assert "uncertain wafers" in facts(state)
    unsure = ~geometry.sure(np.arange(len(geometry.trigger_cells)))
    np.testing.assert_array_equal(state.kind == UNCERTAIN, unsure)
    assert n > 0
    sure_layer = next(k for k in geometry.layers if wafers[wafers["layer"] == k]["certain"].all())
    state.layer = int(sure_layer)
    assert "uncertain wafers" not in facts(state)
