"""The page's address: every choice there and back, and nonsense that is told and does no harm."""

import re
from dataclasses import replace
from types import SimpleNamespace

import pytest
from display_files import Made, cells, write
from hypothesis import example, given, settings
from hypothesis import strategies as st
from link_names import link_names

from bye_splits.chain import ChainParameters
from bye_splits.dashboard.link import chain as chain_link
from bye_splits.dashboard.link import display as link
from bye_splits.dashboard.page import address
from bye_splits.dashboard.state.colour_modes import COLOURS
from bye_splits.dashboard.state.cuts import EVERYTHING
from bye_splits.dashboard.state.display import DisplayState
from bye_splits.dashboard.views.display.page import start
from bye_splits.settings import Smoothing

CHOSEN = {
    "endcap": ["+z", "-z"],
    "layer": [1, 27, 29, 50],
    "layers_3d": [(1, 50), (7, 7), (3, 41)],
    "threshold": [0.5, 0, 0.1, 12.5, 100, 100 / 3],
    "colour_by": list(COLOURS),
    "colour_scale": ["log", "linear"],
    "cylinder": [0, 5, 33.5, 195],
    "stretch": [0.25, 1, 5],
    "frame": ["shower", "endcap"],
    "panes": ["both", "2D", "3D"],
    "theme": ["dark", "light"],
    "tab": ["clusters", "cell"],
    "set_a": [
        ChainParameters(),
        ChainParameters(radius=0.0005, seed_threshold=41.3, seed_window=4),
        ChainParameters(
            chain="coarse_seeding", kernel="flat_top", association="max_energy", radius=0.02, legacy=True
        ),
        ChainParameters(radius=0.012345678, seed_threshold=1234567.5),
        ChainParameters(radius=1 / 30, seed_threshold=100 / 3),
        ChainParameters(radius=1e-7, seed_threshold=3e20),
    ],
    "set_b": [None, ChainParameters(radius=0.01)],
    "compare": ["A", "A | B", "B"],
    "part": [None, (0, 215), (41, 0), ("module", 3, -2), ("point", -40, 7), ("hexagon", 9, -30)],
    "cluster": [-1, 0],
    "chosen": [0],  # of one particle
    "match": ["", 'clusters > 1 and tag != "noise"'],
    "order": ["", "gen_pt"],
    "look": [None, (-31.25, 40.5, 7.0), (0.0, 0.0, 180.0)],
    "projection": ["perspective", "orthographic"],
    "seed_lines": [True, False],
    "diamonds": [True, False],
    "beside_file": [False, True],
    "shapes": [(), ("showerlength", "hoe")],
    "camera": [None, (1.25, -0.003, 2.0, 0.0, 0.125, -0.09), (0.0, 0.0, 15.0, 0.0, 0.0, 0.0), "side", "top"],
}


def opened(catalogue, query):
    """The state that a link opens, and what the user is told."""
    state = DisplayState(catalogue)
    return state, start(state, query)


def values(state):
    return {name: state.value(name) for name in link_names(state)}


def test_every_parameter_that_a_view_draws_is_tried(state):
    others = {
        "particle",
        "pileup",
        "entry",
        "selected",
        "placements",
        "descending",
    }  # the last is in the order
    assert set(CHOSEN) == link_names(state) - others


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in CHOSEN for value in CHOSEN[name]])
def test_there_and_back(state, catalogue, name, value):
    if name == "compare":  # there is a B to compare with
        state.chain.set_b = ChainParameters(radius=0.01)
    state.update(**{name: value})
    again, problems = opened(catalogue, link.write(state))
    assert problems == []
    assert values(again) == values(state)
    assert again.value(name) == value
    assert link.write(again) == link.write(state)


def test_a_cluster_that_is_not_there_is_said(state, catalogue):
    state.selection.cluster = 999
    again, problems = opened(catalogue, link.write(state))
    assert again.selection.cluster == -1
    assert problems == ["In the link, cluster=999 is not a row of the table of clusters."]


@pytest.mark.parametrize(
    ("number", "word"),
    [(20.0, "20"), (0.0, "0"), (41.3, "41.3"), (12.3456789, "12.3456789"), (1e-7, "1e-07"), (1e6, "1000000")],
)
def test_numbers_are_as_short_as_they_can_be(number, word):
    assert chain_link.shortest(number) == word


def test_everything_at_once(state, catalogue, geometry):
    last = {name: choices[-1] for name, choices in CHOSEN.items()} | {"endcap": "+z"}  # it has a cluster 0
    state.show(("pions", "200"), number=2, **last)
    state.update(selected=int(geometry.find(37, -999, -999, 2, 17)[0]))
    again, problems = opened(catalogue, link.write(state))
    assert problems == []
    assert values(again) == values(state)
    assert again.shown.loaded.event.number == 2
    assert again.navigation.key == ("pions", "200")


@pytest.mark.parametrize("index", [(9, 3, -2, 5, 1), (33, -4, 4, 0, 3), (50, -999, -999, 7, 80)])
def test_a_selected_wafer_cell_or_tile(state, catalogue, geometry, index):
    number = int(geometry.find(*index)[0])
    if number < 0:  # that wafer is not in V11: take what is there
        number = int(geometry.numbers_of_layer(index[0])[77])
    state.selection.select(number)
    query = link.write(state)
    cell = geometry.trigger_cells.iloc[number]
    assert f"cell={index[0]}.{cell.waferu}.{cell.waferv}.{cell.cellu}.{cell.cellv}" in query
    again, problems = opened(catalogue, query)
    assert (again.selection.selected, again.cuts.layer, problems) == (number, index[0], [])


def test_events_of_one_number(columns, open_files, tmp_path):
    events = [Made(number, cells(columns, [k])) for k, number in enumerate((7, 3, 7))]
    catalogue = open_files(write(tmp_path / "my file & <b>.root", events))
    state = DisplayState(catalogue)
    (key,) = catalogue.samples
    for entry, occurrence in ((0, None), (1, None), (2, "1")):
        state.show(key, entry=entry)
        query = link.write(state)
        found = re.search(r"occurrence=(\d+)", query)
        assert (found and found[1]) == occurrence
        assert "pileup" not in query
        again, problems = opened(catalogue, query)
        assert (again.navigation.entry, again.navigation.key, problems) == (entry, key, [])


def test_a_link_outlives_its_file(columns, open_files, tmp_path):
    """What is shown has an address, whatever became of the file meanwhile."""
    path = write(tmp_path / "gone.root", [Made(7, cells(columns, [5]))])
    state = DisplayState(open_files(path))
    state.show(("gone", ""))
    before = link.write(state)
    path.unlink()
    assert link.write(state) == before


def test_no_query_opens_the_first_sample(catalogue):
    for query in ("", "?", "?page=display"):
        state, problems = opened(catalogue, query)
        assert (state.navigation.key, state.shown.loaded.event.number, problems) == (("photons", "0"), 4, [])


def test_a_particle_alone_or_a_pileup_alone(catalogue):
    state, problems = opened(catalogue, "?particle=pions")
    assert (state.navigation.key, problems) == (("pions", "0"), [])
    state, problems = opened(catalogue, "?pileup=0")
    assert (state.navigation.key, problems) == (("photons", "0"), [])


def test_around_all_is_no_cut(catalogue):
    state, problems = opened(catalogue, "?particle=pions&pileup=200&around=200")  # the slider's end
    assert (problems, state.cuts.cylinder) == ([], EVERYTHING)
    state, problems = opened(catalogue, "?particle=pions&pileup=200&around=all")
    assert (state.cuts.cylinder, problems) == (0, [])
    state, problems = opened(catalogue, "?particle=pions&pileup=200")
    assert (state.cuts.cylinder, problems) == (40, [])


NONSENSE = {
    "particle=muons": "one of the samples photons 0; pions 0; pions 200",
    "pileup=140": "one of the samples photons 0",
    "event=first": "a whole number",
    "event=1.5": "a whole number",
    "event=nan": "a whole number",
    f"event={'9' * 400}": "a whole number",
    "event=-1": "There is no event \u22121: photons, pile-up 0 has 12 events, numbered 1 to 12. Event 4 is",
    "event=999": "There is no event 999: ",
    "event=3&occurrence=-1": "has event 3 once: they count from 0. Event 4 is shown.",
    "event=3&occurrence=7": "photons, pile-up 0 has event 3 once: there is no 8th one. Event 4 is shown.",
    "event=3&occurrence=x": "a whole number",
    "endcap=z": "plus, minus",
    "endcap=+z": "plus, minus",
    "layer=0": "a layer with trigger cells",
    "layer=2": "a layer with trigger cells",
    "layer=51": "a layer with trigger cells",
    "layer=9.0": "a layer with trigger cells",
    "layer=1e2": "a layer with trigger cells",
    "layers=1": "two layers",
    "layers=9-3": "two layers",
    "layers=0-50": "two layers",
    "layers=1-2-3": "two layers",
    "layers=a-b": "two layers",
    "threshold=-1": "a number from 0 to 100",
    "threshold=nan": "a number from 0 to 100",
    "threshold=inf": "a number from 0 to 100",
    "threshold=1e999": "a number from 0 to 100",
    "threshold=all": "a number from 0 to 100",
    "threshold=0x10": "a number from 0 to 100",
    "around=201": "a number from 0 to 200",
    "around=everything": "a number from 0 to 200",
    "stretch=0": "a number from 0.25 to 5",
    "colour=mipPt": "mipT, pT, energy, layer, cluster, distance",
    "scale=cubic": "log, linear",
    "frame=all": "shower, endcap",
    "panes=none": "both, 2D, 3D",
    "theme=<script>alert(1)</script>": "dark, light",
    "cell=1": "layer.waferu.waferv.cellu.cellv",
    "cell=1.2.3.4.5.6": "layer.waferu",
    "cell=9.99.99.0.0": "layer.waferu",
    "cell=10.3.0.0.0": "layer.waferu",
    "cell=9.-999.-999.3.4": "layer.waferu",
    f"cell=9.3.0.{2**61}.0": "layer.waferu",
    f"cell=9.3.0.{2**70}.0": "layer.waferu",
    "layer=3&layer=5": "layer is given 2 times: the last one is used",
    "chain=best": "default, coarse_seeding, xy, triangular",
    "kernel=wide": "default, flat_top",
    "association=none": "min_distance, max_energy",
    "radius=0": "a number above 0",
    "radius=wide": "a number",
    "seeds=nan": "a number of mipT not below 0",
    "window=1.5": "a number",
    "window=0": "a whole number from 1",
    "width=99": "an even number from -40 to 40",
    "width=3": "an even number from -40 to 40",
    "width=-1": "an even number from -40 to 40",
    "width=--2": "an even number from -40 to 40",
    "width=2.0": "an even number from -40 to 40",
    "legacy=yes": "0 or 1",
    "look=1,2": "x, y and half the shorter side",
    "look=0,0,0": "x, y and half the shorter side",
    "look=nan,0,5": "x, y and half the shorter side",
    "camera=below": "usual, front, side, top, or",
    "seedlines=1": "on, off",
    "camera=1,2,3": "x, y, z of an eye",
    "camera=1,2,3,1,2,3": "x, y, z of an eye",
    "camera=1,2,99,0,0,0": "x, y, z of an eye",
    "camera=1,2,x,0,0,0": "x, y, z of an eye",
    "scale=": "log, linear",
    "foo": "foo is not a known name",
    "bin=42.0": "below 42 and 216",
    "module=3": "two whole numbers",
    "point=1.x": "two whole numbers",
    "cluster=-2": "a row of the table of clusters",
    "thresold=3": "thresold is not a known name: it was ignored",
    "<script>=1": "<script> is not a known name",  # escaped where it is shown
    "threshold=1&" * 400: "characters long: it was ignored",
    "x" * 60_000: "60000 characters long: it was ignored",
}


@pytest.mark.parametrize("query", NONSENSE, ids=lambda query: query[:40])
def test_nonsense_is_told_and_the_default_shown(catalogue, query):
    state, problems = opened(catalogue, query.replace("+", "%2B"))
    (problem,) = problems
    assert NONSENSE[query] in problem
    assert len(problem) < 600
    if "2 times" in problem:
        assert state.cuts.layer == 5
        return
    default, _ = opened(catalogue, "event=3" if "event=3&occurrence=x" in query else "")
    assert values(state) == values(default)


def test_one_part_of_nonsense_leaves_the_rest(catalogue):
    state, problems = opened(catalogue, "?event=3&layer=13&threshold=abc&theme=light&event=2&cell=x")
    assert len(problems) == 3  # event is given twice
    assert (state.shown.loaded.event.number, state.cuts.layer, state.theme, state.cuts.threshold) == (
        2,
        13,
        "light",
        0.5,
    )
    state, problems = opened(catalogue, "?event=999&layer=13&theme=light")
    assert len(problems) == 1
    assert (state.shown.loaded.event.number, state.cuts.layer, state.theme) == (4, 13, "light")


NAMES = [
    *("particle", "pileup", "event", "occurrence", "endcap", "layer", "layers", "threshold", "colour"),
    *("scale", "frame", "panes", "theme", "around", "stretch", "cell", "page", ""),
]
WORDS = st.one_of(
    st.text(max_size=60),
    st.integers().map(str),
    st.floats().map(str),
    st.sampled_from(["photons", "pions", "0", "200", "all", "1-50", "plus", "9.3.0.0.0", "9.-999.-999.1.1"]),
    st.lists(st.integers(-1000, 1000), min_size=2, max_size=6).map(lambda n: ".".join(map(str, n))),
    st.tuples(st.integers(-5, 60), st.integers(-5, 60)).map(lambda n: f"{n[0]}-{n[1]}"),
)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=300), st.lists(st.tuples(st.sampled_from(NAMES), WORDS), max_size=8)))
@example("%")
@example("?&&==&a=%ff%00%zz;")
@example("event=\ud800&particle=%ED%A0%80&layer=\x00")
@example("layer=\u0669")  # a nine, in Arabic
@example([("event", "1_0")])
def test_no_address_is_an_error(catalogue, query):
    if not isinstance(query, str):
        query = "&".join(f"{name}={word}" for name, word in query)
    state = DisplayState(catalogue)
    event, chosen, problems = link.read(query, state)
    assert set(event) <= {"key", "number", "occurrence"}
    assert all(
        (isinstance(problem, str) and problem.endswith(".")) or "default" in problem for problem in problems
    )
    key = event.pop("key", ("photons", "0"))
    if state.show(key, **event, **chosen):
        assert link.read(link.write(state), state)[2] == []
    else:
        assert state.message.level == "error"


def test_a_link_without_a_second_set_leaves_none(state):
    state.compare_with({"radius": 0.01})
    _, values, problems = link.read("?event=4", state)
    assert problems == []
    assert (values["set_b"], values["compare"]) == (None, "A")


@pytest.mark.parametrize("suffix", ["", "B"])
def test_a_link_that_names_another_chain_has_its_threshold(state, own_thresholds, suffix):
    name = "set_b" if suffix else "set_a"
    for query, threshold in (("", 35.0), (f"&seeds{suffix}=20", 20.0), (f"&seeds{suffix}=35", 35.0)):
        _, values, problems = link.read(f"?chain{suffix}=coarse_seeding{query}", state)
        assert problems == []
        assert values[name].chain == "coarse_seeding"
        assert values[name].seed_threshold == threshold
    assert link.read(f"?kernel{suffix}=flat_top", state)[1][name].seed_threshold == 20.0
    for changes, words in (
        ({"chain": "coarse_seeding"}, ["chain"]),
        ({"chain": "coarse_seeding", "seed_threshold": 20.0}, ["chain", "seeds"]),
    ):
        state.update(**{name: state.chain.with_changes(state.chain.configured("default"), changes)})
        written = chain_link.write(state.chain, state.selection)
        assert sorted(set(written) - {"compare"}) == [word + suffix for word in words]
        assert link.read(link.write(state), state)[1].get(name, state.chain.set_a) == state.value(name)


@pytest.mark.parametrize("bin_sums", [None, (3,) + (13,) * 41, tuple(range(1, 84, 2))], ids=range(3))
def test_every_width_of_the_kernel_there_and_back(catalogue, monkeypatch, bin_sums):
    """Also of one that leaves some rows a single bin, and where the first row is not the widest."""
    config = catalogue.config
    if bin_sums is not None:
        monkeypatch.setattr(catalogue, "config", replace(config, smooth=Smoothing(bin_sums=bin_sums)))
    state = DisplayState(catalogue)
    assert state.show(("photons", "0"))
    before = state.chain.configured("default")
    for width in range(-40, 41, 2):
        state.chain.set_a = before.changed(**state.chain.widened(before, width))
        written = chain_link.write(state.chain, state.selection)
        assert link.read(link.write(state), state)[1].get("set_a", state.chain.set_a) == state.chain.set_a
        assert link.read("?" + "".join(f"width={w}" for w in [width]), state)[1].get(
            "set_a", state.chain.set_a
        ) == (state.chain.set_a)
        assert written.get("width", "0") == str(state.chain.kernel_width)
        if min(state.chain.set_a.smooth.bin_sums) > 1:
            assert state.chain.kernel_width == width


@pytest.mark.parametrize(
    ("search", "arguments", "query"),
    [
        ("?layer=9", {"layer": [b"9"]}, "?layer=9"),
        ("", {"layer": [b"9"], "colour": [b"a b"]}, "?layer=9&colour=a+b"),  # a session that was made anew
        (None, {"layer": [b"9"]}, "?layer=9"),
        ("", {}, ""),
    ],
)
def test_the_query_that_was_opened(monkeypatch, search, arguments, query):
    location = None if search is None else SimpleNamespace(search=search)
    monkeypatch.setattr(
        address, "pn", SimpleNamespace(state=SimpleNamespace(location=location, session_args=arguments))
    )
    assert address.opened_query() == query
