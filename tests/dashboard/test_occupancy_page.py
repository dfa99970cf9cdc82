"""The page of occupancies: its maps, the events that a click lists, its address, and the background."""

import time
from html import unescape
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from browser import INNER, columns_of, look, tap
from forking import PYTHON
from link_names import NOT_IN_LINKS

from bye_splits.chain import ChainParameters
from bye_splits.config import Config
from bye_splits.dashboard import sample_occupancy
from bye_splits.dashboard.catalogue import Catalogue
from bye_splits.dashboard.figures.occupancy import cells_columns, colour_limits
from bye_splits.dashboard.link import occupancy as occupancy_link
from bye_splits.dashboard.sample_occupancy import SampleOccupancy
from bye_splits.dashboard.state.occupancy import MOST_EVENTS, OccupancyState
from bye_splits.dashboard.views.occupancy.bins import BinView, LayerBarsView
from bye_splits.dashboard.views.occupancy.events import EventsView
from bye_splits.dashboard.views.occupancy.layer_map import OccupancyLayerMap
from bye_splits.dashboard.views.occupancy.sidebar import OccupancySidebar
from bye_splits.dashboard.views.occupancy.words import BinsTitle, EventsTitle, MapTitle, OccupancyFacts
from bye_splits.data import open_source
from bye_splits.studies.background import Progress
from bye_splits.studies.occupancy import make_occupancy
from bye_splits.studies.occupancy_chunk import OccupancySettings
from bye_splits.studies.occupancy_maps import QUANTITIES, STAGES, OccupancyMaps
from bye_splits.studies.occupancy_tables import matched

CHOSEN = {
    "sample": [("photons", "0"), ("pions", "200")],
    "endcap": ["+z", "-z"],
    "quantity": list(QUANTITIES),
    "scale": ["log", "linear"],
    "grouping": ["trigger cells", "modules"],
    "layer": [1, 33],
    "stage": list(STAGES),
    "layers": [(1, 50), (8, 15)],
    "section": ["both", "silicon", "scintillator"],
    "cell": [-1, 70_000, 500_000],
    "bin": [-1, 0, 9071],
    "look": [None, (10.5, -3.0, 20.0)],
    "theme": ["dark", "light"],
    "set_a": [ChainParameters(), ChainParameters(radius=0.02, seed_threshold=15.0)],
    "set_b": [None, ChainParameters(kernel="flat_top")],
    "compare": ["A"],
}


@pytest.fixture(scope="module")
def maps(toys, catalogue, geometry, tmp_path_factory):
    settings = OccupancySettings(parameters=catalogue.parameters())
    made, _ = make_occupancy([toys["photons", "0"]], tmp_path_factory.mktemp("made"), settings)
    return OccupancyMaps(made, matched(made, geometry))


@pytest.fixture(scope="module")
def cells(toys):
    """The used trigger cells of all events, with `entry`."""
    with open_source(toys["photons", "0"]) as source:
        (batch,) = source.batches(cells=10**8)
    table = batch.trigger_cells.assign(entry=batch.event)
    return table[table["mipPt"] >= 0.5]


@pytest.fixture
def state(catalogue, maps):
    state = OccupancyState(catalogue)
    progress = Progress(done=maps.events, failed=0, total=maps.events, rate=10.0)
    state.param.update(sample=("photons", "0"), made=SampleOccupancy(maps=maps, progress=progress))
    return state


def test_the_map_shows_the_layer_cell_by_cell(state, cells, geometry):
    view = OccupancyLayerMap(state)
    look(view, INNER)
    for layer, quantity, of in (
        (9, "rate", lambda some: len(some) / 12),
        (11, "mean_mip", lambda some: some["mipPt"].mean()),
        (11, "eta_max", lambda some: some["eta"].abs().max()),
        (13, "energy", lambda some: some["energy"].sum() / 12),
    ):
        state.update(layer=layer, quantity=quantity)
        mine = cells[cells["layer"] == layer]
        number = geometry.find(*(mine[name] for name in ("layer", "waferu", "waferv", "cellu", "cellv")))
        wanted = {key: of(some) for key, some in mine.groupby(number)}
        assert dict(
            zip(state.in_layer.numbers.tolist(), state.in_layer.values, strict=True)
        ) == pytest.approx(wanted, rel=1e-6)
        wire = columns_of(view)
        shown = dict(zip(view.numbers[wire["hit"].astype(int) - 1].tolist(), wire["value"], strict=True))
        inside = set(view.numbers.tolist())
        assert shown == pytest.approx({key: each for key, each in wanted.items() if key in inside}, rel=1e-6)
        mapper = view.map.bar.color_mapper
        assert (mapper.low, mapper.high) == pytest.approx(colour_limits(state.in_layer.values, "log"))
    assert view.map.legend.text == "energy per event [GeV]"


def test_modules_have_one_value(state, cells, geometry):
    state.update(layer=9, grouping="modules", quantity="count")
    sizes = cells[cells["layer"] == 9].groupby(["waferu", "waferv"]).size()
    for number, value in zip(state.in_layer.numbers, state.in_layer.values, strict=True):
        assert value == sizes[geometry.column("waferu")[number], geometry.column("waferv")[number]]
    assert len(state.in_layer.numbers) >= 40 * len(sizes) / 2


def test_cells_without_a_value_are_not_drawn():
    columns = cells_columns(np.array([7, 5, 9]), np.array([9, 7, 1]), np.array([1.0, 2.0, 3.0]), [])
    assert dict(zip(columns["hit"][0].tolist(), columns["value"][0].tolist(), strict=True)) == {
        1: 2.0,
        3: 1.0,
    }


def test_bins_of_some_layers_and_of_the_stages(state, cells, maps):
    view = BinView(state)
    binning = view.grid.binning
    state.update(layers=(8, 15), quantity="count")
    assert np.nansum(state.bins) == cells["layer"].between(8, 15).sum()
    state.update(section="scintillator", layers=(1, 50))
    assert np.nansum(state.bins) == (cells["waferu"] == -999).sum()
    for stage in STAGES:
        state.update(stage=stage, section="both")
        assert state.bins.shape == (binning.n_rz, binning.n_phi)
        shown = view.map.values.data["image"][0]
        np.testing.assert_array_equal(shown, state.bins.astype(np.float32))
        assert view.map.legend.text
        assert STAGES[stage].title in unescape(BinsTitle(state).html()).replace(
            "smoothed above 20 mipT", "above the threshold of seeds"
        ).replace("trigger cells in the sample", "trigger cells")
    bars = LayerBarsView(state).models.bars.data
    np.testing.assert_array_equal(bars["top"], [(cells["layer"] == layer).sum() for layer in bars["layer"]])
    assert maps.seen(0) == pytest.approx(
        len(cells.groupby(["layer", "waferu", "waferv", "cellu", "cellv"])) / 522_000, rel=0.1
    )


def test_a_click_on_a_bin_lists_its_events(state, cells):
    view, table, title = BinView(state), EventsView(state, "?page=display"), EventsTitle(state)
    assert "click" in title.html()
    rz, phi = np.unravel_index(np.nanargmax(state.bins), state.bins.shape)
    rz, phi = int(rz), int(phi)
    edges = view.grid.binning
    tap(view.map.figure, edges.phi_edges[phi : phi + 2].mean(), edges.rz_edges[rz : rz + 2].mean())
    assert state.bin == rz * edges.n_phi + phi
    assert view.map.chosen.data["bottom"][0] == pytest.approx(edges.rz_edges[rz])
    total = np.rint(state.bins[rz, phi] * 12)
    assert table.source.data["n"].sum() == total > 0
    assert f"Bin {rz}, {phi}" in title.html()
    link = table.source.data["link"][0]
    words = {name: one[0] for name, one in parse_qs(urlsplit(link).query).items()}
    assert words["page"] == "display"
    assert (words["particle"], words["pileup"], words["layer"], words["endcap"]) == (
        "photons",
        "0",
        "9",
        "plus",
    )
    assert words["event"] == table.source.data["event"][0]
    state.update(layers=(8, 15))
    few = table.source.data["n"].sum()
    assert 0 < few < total
    state.update(stage="seeds", bin=int(np.nanargmax(state.maps.of_bins(0, "seeds", "rate", (1, 50)))))
    assert [column.title for column in table.table.columns][2:] == ["seeds", "energy [mipT]"]
    assert len(table.source.data["n"]) > 0
    state.update(stage="above", layers=(1, 50))
    assert (table.source.data["value"] > 20).all()


def test_a_click_on_a_trigger_cell_lists_its_events(state, cells, geometry):
    view, table = OccupancyLayerMap(state), EventsView(state, "display")
    state.update(layer=9)
    number = int(state.in_layer.numbers[state.in_layer.values.argmax()])
    corners = geometry.corners(np.array([number]))[0].mean(axis=0)
    tap(view.map.figure, *corners.tolist())
    assert state.cell == number
    assert len(view.map.selected.data["xs"]) == 1
    column = {name: geometry.column(name)[number] for name in ("layer", "waferu", "waferv", "cellu", "cellv")}
    mine = cells[np.logical_and.reduce([cells[name] == value for name, value in column.items()])]
    assert sorted(table.source.data["entry"].tolist()) == sorted(mine["entry"].tolist())
    assert f"cell={'.'.join(map(str, column.values()))}" in table.source.data["link"][0]
    assert f"wafer {column['waferu']}, {column['waferv']}".replace("-", "\u2212") in EventsTitle(state).html()
    state.update(grouping="modules")
    of_module = cells[
        (cells.layer == 9) & (cells.waferu == column["waferu"]) & (cells.waferv == column["waferv"])
    ]
    assert table.source.data["n"].sum() == len(of_module)
    assert len(view.map.selected.data["xs"]) == 48
    tap(view.map.figure, 0.0, 0.0)
    assert state.cell == -1
    assert not table.table.visible


def test_few_of_many_events_are_listed(state, monkeypatch):
    monkeypatch.setattr("bye_splits.dashboard.state.occupancy.MOST_EVENTS", 1)
    state.update(stage="smoothed")
    for number in np.argsort(-np.nan_to_num(state.bins), axis=None)[:2000:20]:
        state.update(bin=int(number))
        assert MOST_EVENTS > 1 == len(state.events)
        if state.events.attrs["of"] > 1:
            break
    assert f"{state.events.attrs['of']} events of 12, the first 1 listed" in EventsTitle(state).html()


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in CHOSEN for value in CHOSEN[name]])
def test_there_and_back(state, catalogue, name, value):
    state.param.update(**{name: value})
    query = occupancy_link.write(state)
    read, problems = occupancy_link.read(query, OccupancyState(catalogue))
    assert not problems
    whole = {name: getattr(state, name) for name in set(state.param) - NOT_IN_LINKS}
    usual = {"cell": -1, "bin": -1, "look": None, "set_a": state.configured(), "set_b": None, "compare": "A"}
    assert usual | read == whole


def test_the_occupancy_is_that_of_the_shown_set(state, catalogue, monkeypatch):
    asked = []
    monkeypatch.setattr(type(catalogue), "has_studies", True)
    monkeypatch.setattr(
        type(catalogue), "occupancy", lambda self, key, made: asked.append(made) or SampleOccupancy()
    )
    state.change_chain(radius=0.02)
    state.compare_with({"chain": "coarse_seeding"})
    assert asked[-1].radius == 0.02
    state.flip("B")
    assert (asked[-1].chain, asked[-1].radius) == ("coarse_seeding", 0.02)
    assert state.maps is None


def test_every_parameter_that_is_drawn_is_in_the_link():
    assert set(OccupancyState.param) - NOT_IN_LINKS == set(CHOSEN)


@pytest.mark.parametrize(
    "query",
    [
        "quantity=x",
        "stage=none",
        "bin=9072",
        "bin=-1",
        "cell=1.2",
        "look=1,2,0",
        "layer=2",
        "layers=9-3",
        "pileup=7",
        "a=1",
    ],
)
def test_nonsense_is_told_and_the_default_stays(catalogue, query):
    read, problems = occupancy_link.read(f"?{query}&theme=light", OccupancyState(catalogue))
    assert len(problems) == 1
    assert read == {"theme": "light"}


def test_words_and_controls(state):
    facts, title, sidebar = OccupancyFacts(state), MapTitle(state), OccupancySidebar(state)
    assert "12" in facts.html()
    assert "Layer 9 (CE-E), +z" in title.html()
    sidebar.region.value = "shower maximum, 8 \u2013 15"
    assert state.layers == (8, 15)
    sidebar.layers.value = (3, 4)
    assert (state.layers, sidebar.region.value) == ((3, 4), "other layers")
    sidebar.stage.value = "smoothed"
    assert sidebar.layers.disabled
    half = Progress(done=6, failed=0, total=12, rate=2.0)
    state.made = SampleOccupancy(maps=state.maps, progress=half)
    assert "6 of 12 \u00b7 50 % PARTIAL" in facts.html()
    assert "2 events/s \u00b7 3 s left" in facts.html()
    failed = Progress(done=6, failed=6, total=12, rate=2.0)
    state.made = SampleOccupancy(maps=state.maps, progress=failed, failures=(("the second half", "noise"),))
    assert "PARTIAL" in facts.html()
    assert "the second half is missing: noise" in facts.html()
    state.made = SampleOccupancy(problem="no such file")
    assert "no such file" in facts.html()
    assert state.bins is None


def test_without_processes_the_page_says_so(catalogue):
    state = OccupancyState(catalogue)
    state.poll()
    assert "no process" in OccupancyFacts(state).html()


def test_the_background_fills_the_maps(config, maps, monkeypatch, tmp_path):
    monkeypatch.setenv("BYE_SPLITS_BACKGROUND", "1")
    monkeypatch.setenv("BYE_SPLITS_CACHE", str(tmp_path))
    monkeypatch.setattr("bye_splits.studies.background.NICE", 0)  # this test waits for it
    monkeypatch.setattr("bye_splits.studies.processes.PYTHON", PYTHON)
    samples = {key: one for key, one in config.samples.items() if key == ("photons", "0")}
    own = Catalogue(Config(samples=samples))
    state = OccupancyState(own)
    end = time.monotonic() + 90
    while state.made is None or state.made.progress is None or not state.made.progress.finished:
        state.poll()
        assert time.monotonic() < end, state.made
        time.sleep(0.02)
    np.testing.assert_array_equal(state.maps.occupancy.cells["key"], maps.occupancy.cells["key"])
    again = Catalogue(Config(samples=samples))  # another server, which finds it in the cache
    other = OccupancyState(again)
    while other.maps is None:
        other.poll()
        assert time.monotonic() < end
        time.sleep(0.02)
    assert other.made.progress.finished


def test_where_all_parts_fail_the_page_says_which(tmp_path):
    """There is no file of results then."""
    failures = {"a.root, entries 0 to 11": "damaged"}
    progress = Progress(done=0, failed=12, total=12, rate=0.0)
    run = SimpleNamespace(version=1, progress=progress, failures=failures)
    followed = sample_occupancy._Followed(None, tmp_path, "a.root", None, None)
    followed._run, followed._total = (run, tmp_path), 12
    followed._watch()
    assert (followed.present.problem, followed.present.failures) == ("", tuple(failures.items()))
