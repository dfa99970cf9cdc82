"""What is shown of an event, in which colours, and the selected cell."""

import re
import subprocess
import sys
from collections import Counter
from html import unescape

import numpy as np
import pandas as pd
import pytest
from display_files import PHOTON, Made, both, cells, without, write, write_raw

from bye_splits.config import Config
from bye_splits.dashboard.figures.cluster_colours import CLUSTER_COLOURS, SHADES
from bye_splits.dashboard.state.colour_modes import COLOURS
from bye_splits.dashboard.state.display import DisplayState
from bye_splits.dashboard.state.loaded import Loaded
from bye_splits.dashboard.views.display.downloads import shown_cells
from bye_splits.dashboard.views.display.facts import FactsView, MapTitle, ShowerTitle
from bye_splits.dashboard.views.display.layer_map import LayerMapView
from bye_splits.dashboard.views.display.profiles import ProfileView
from bye_splits.dashboard.views.display.shower import ShowerView
from bye_splits.dashboard.views.display.stages import StageView
from bye_splits.settings import Selection


def test_rows_are_what_the_limits_say(state):
    state.show(("pions", "200"))
    state.update(threshold=2.0, layers_3d=(10, 35), cylinder=60.0, layer=13)
    layer, value = state.shown.loaded.layer, state.shown.loaded.value
    mip, z = value["mipPt"], value["z"]
    above = (mip >= 2) & (z > 0)
    sx, sy = state.shown.slope
    near = above & (np.hypot(value["x"] - z * np.float32(sx), value["y"] - z * np.float32(sy)) <= 60)
    in_3d = near & (layer >= 10) & (layer <= 35)
    assert np.array_equal(state.cuts.above, np.flatnonzero(above))
    assert np.array_equal(state.cuts.in_3d, np.flatnonzero(in_3d))
    assert np.array_equal(state.cuts.in_layer, np.flatnonzero(above & (layer == 13)))
    energy = value["energy"].astype(float)
    assert state.seen["cells"] == in_3d.sum()
    assert state.seen["total"] == len(layer)
    assert state.seen["energy"] == pytest.approx(energy[in_3d].sum() / energy.sum(), rel=1e-6)
    sums = [mip[near & (layer == k)].sum(dtype=float) for k in range(51)]
    assert state.colours.sum_per_layer == pytest.approx(sums)


def test_what_the_frame_leaves_out_is_counted(columns, show_file, tmp_path):
    """A shower, and a cell far behind it that would make its picture small."""
    near = np.flatnonzero((np.hypot(columns.x - 60, columns.y) < 8) & (columns.layer <= 13))
    far = np.flatnonzero((np.hypot(columns.x - 150, columns.y) < 4) & (columns.layer == 50))[:1]
    both_parts = both(cells(columns, near, mip=20.0, energy=1.0), cells(columns, far, energy=3.0))
    state = show_file(write(tmp_path / "far.root", [Made(1, both_parts)]))
    assert state.framed[1] == 1
    n = len(near) + 1
    assert (state.seen["cells"], state.seen["total"], state.seen["energy"]) == (n, n, 1)
    assert f"{n} of {n} " in FactsView(state).html()  # as in the title and in the downloads
    assert f"{n} trigger cells \u00b7 1 outside the frame" in ShowerTitle(state).html()
    assert len(shown_cells(state)) == n
    state.frame = "endcap"
    assert "outside" not in ShowerTitle(state).html()


def test_the_colours_do_not_change_with_the_layer(state):
    before = state.colours.colour_range
    for layer in (1, 9, 29, 40):
        state.cuts.layer = layer
        assert state.colours.colour_range is before
    state.cuts.threshold = 3.0  # nor with a higher threshold
    assert state.colours.colour_range == before
    mip = state.shown.loaded.value["mipPt"]
    assert before == (mip[mip >= 0.5].min(), mip.max())


@pytest.mark.parametrize("name", COLOURS)
def test_colours(state, name):
    state.colours.colour_by = name
    low, high = state.colours.colour_range
    if name == "cluster":
        assert (low, high) == (0, len(CLUSTER_COLOURS) * SHADES - 1)
        colour, shade = np.divmod(state.colours.colour_values, SHADES)
        inside = state.colours.cell_palette >= 0
        assert inside.any()
        assert np.array_equal(colour[inside], state.colours.cell_palette[inside])
        assert np.isnan(state.colours.colour_values[~inside]).all()
        brightest = state.shown.loaded.value["mipPt"][inside].argmax()
        assert shade[inside][brightest] == shade[inside].max()
        return
    assert 0 < low < high
    column = {"mipT": "mipPt", "pT": "pt", "energy": "energy"}.get(name)
    if column:
        assert state.colours.colour_values is state.shown.loaded.value[column]
        assert high == state.colours.colour_values.max()
    else:
        expected = state.shown.loaded.layer if name == "layer" else state.shown.from_axis
        assert np.array_equal(state.colours.colour_values, expected)


def test_trigger_cells_out_of_the_geometry_are_counted_and_not_shown(columns, show_file, tmp_path):
    """Even layers of CE-E, layers and wafers that there are not: they must not choose the layer either."""
    strange = cells(columns, [100] * 5, mip=1000.0, layer=[10, 0, -3, 400, 9], cellu=[0, 0, 0, 0, 77])
    state = show_file(write(tmp_path / "odd.root", [Made(1, both(cells(columns, [100, 50000]), strange))]))
    assert "5 trigger cells are not in the geometry: counted but not drawn." in FactsView(state).html()
    assert (state.shown.loaded.number >= 0).tolist() == [True] * 2 + [False] * 5
    assert state.seen["cells"] == 2
    assert state.seen["total"] == 7
    assert state.cuts.in_3d.tolist() == [0, 1]
    assert state.cuts.layer == state.shown.geometry.trigger_cells["layer"].iat[50000]
    assert state.colours.sum_per_layer[1:].sum() == 3


def test_notices_of_what_is_odd_in_an_event(columns, show_file, tmp_path):
    made = both(
        cells(columns, [3, 3, 8]),
        cells(columns, [3], side=-1),  # not the same cell
        cells(columns, [9, 10], energy=[np.nan, np.inf]),
        cells(columns, [11], energy=-1.0),
    )
    html = FactsView(show_file(write(tmp_path / "odd.root", [Made(1, made)]))).html()
    assert "1 trigger cell appears more than once: the largest of each is on top." in html
    assert "2 trigger cells left out: a value is not finite (NaN or infinite)" in html
    assert "1 trigger cell with a negative energy" in html
    assert "none in the +z endcap" in html


@pytest.mark.parametrize(("n", "words"), [(1, "1 trigger cell is"), (1234, "1\u202f234 trigger cells are")])
def test_what_the_chain_leaves_out_is_counted(columns, show_file, tmp_path, n, words):
    """Of the shown endcap, whatever the display's own threshold; at the threshold is in."""
    made = both(
        cells(columns, np.arange(n), mip=0.4375),
        cells(columns, 2000 + np.arange(7), mip=0.5),
        cells(columns, [9], mip=0.25, side=-1),
    )
    state = show_file(write(tmp_path / "low.root", [Made(1, made)]))
    for threshold in (0.0, 3.0):
        state.cuts.threshold = threshold
        assert f"<li>{words} not in the chain: below 0.5 mipT.</li>" in FactsView(state).html()
    assert state.chain.result.histogram.sum() == 7 * 0.5
    assert state.chain.result.below_threshold == n
    state.shown.endcap = "-z"
    assert "<li>1 trigger cell is not in the chain: below 0.5 mipT.</li>" in FactsView(state).html()


def test_the_threshold_of_the_chain_is_the_configured_one(columns, open_files, tmp_path):
    path = write(tmp_path / "some.root", [Made(1, cells(columns, np.arange(6), mip=np.arange(6) + 0.5))])
    for threshold, words in ((0.0, None), (2.5, "2 trigger cells are not in the chain: below 2.5 mipT.")):
        state = DisplayState(open_files(path, selection=Selection(mip_threshold=threshold)))
        assert state.show(("some", ""))
        html = FactsView(state).html()
        assert "not in the chain" not in html if words is None else words in html
        state.change_chain(tc_threshold=1.0)
        assert "1 trigger cell is not in the chain: below 1 mipT." in FactsView(state).html()


@pytest.mark.parametrize(("n", "words"), [(1, "1 trigger cell lies"), (2, "2 trigger cells lie")])
def test_what_the_histogram_leaves_out_is_counted(columns, show_file, tmp_path, n, words):
    made = both(cells(columns, np.arange(n), x=400.0), cells(columns, [900]))
    state = show_file(write(tmp_path / "outer.root", [Made(1, made)]))
    html = FactsView(state).html()
    assert f"<li>{words} outside the limits of R/z: not in the histogram.</li>" in html


LACKING = {  # branches -> what is not shown
    ("genpart_exphi",): "the generated particle and what is measured from it",
    ("genpart_exeta", "genpart_pt", "cl3d_phi"): (
        "the generated particle and what is measured from it; the file's own clusters"
    ),
    ("genpart_pid", "genpart_pt"): "kind and pT of the generated particle",
    ("genpart_energy",): "energy of the generated particle; the response",
    ("cl3d_pt", "cl3d_energy"): "pT and energy of the file's own clusters",
}


@pytest.mark.parametrize("lacking", LACKING)
def test_what_a_file_lacks_is_told(columns, show_file, tmp_path, lacking):
    path = write(tmp_path / "some.root", [Made(1, cells(columns, np.arange(20)), [PHOTON])])
    branches = [f"good_{name}" for name in lacking]
    html = unescape(FactsView(show_file(without(path, *branches))).html())
    many = "1 optional branch is" if len(lacking) == 1 else f"{len(lacking)} optional branches are"
    (notice,) = re.findall("<li>(.*?)</li>", html)
    assert notice == f"{many} not in the file ({', '.join(branches)}). Not shown: {LACKING[lacking]}."
    assert "nan" not in html
    if {"genpart_exeta", "genpart_exphi"} & set(lacking):
        assert (
            '<span class="label">generated particle</span><span class="value">not in the file</span>' in html
        )
    else:
        assert 'value">not in the file<' not in html
        assert "η 2.00 · φ 0.70" in html
        assert ("pT 30.0 GeV" in html) == ("genpart_pt" not in lacking)
        assert ("E 113 GeV" in html) == ("genpart_energy" not in lacking)


def test_a_raw_file_that_does_not_say_which_particles_count(columns, show_file, tmp_path):
    made = Made(1, cells(columns, [5]), [PHOTON])
    html = FactsView(show_file(write_raw(tmp_path / "raw.root", [made], without=["reachedEE"]))).html()
    assert "genpart_reachedEE" in html
    assert "the file&#x27;s own clusters; which generated particles reach the calorimeter (all are" in html


def test_flat_columns_without_generated_particles(geometry, columns, show_file, tmp_path):
    made = cells(columns, np.arange(9))
    del made["multicluster_id"]
    pd.DataFrame(made).assign(event=4).to_parquet(tmp_path / "flat.parquet")
    html = FactsView(show_file(tmp_path / "flat.parquet")).html()
    assert "1 optional part is not in the file (generated.parquet). Not shown: the generated particle" in html
    assert '<span class="label">generated particle</span><span class="value">not in the file</span>' in html


def test_an_endcap_without_trigger_cells_is_told(columns, show_file, tmp_path):
    state = show_file(
        write(tmp_path / "one.root", [Made(1, cells(columns, [5])), Made(2, cells(columns, []))])
    )
    assert "no trigger cells" not in FactsView(state).html()
    state.shown.endcap = "-z"
    assert "<li>This event has no trigger cells in the \u2212z endcap.</li>" in FactsView(state).html()
    state.step(1)
    assert "<li>This event has no trigger cells to show.</li>" in FactsView(state).html()


def test_one_is_singular_in_titles(columns, show_file, tmp_path):
    state = show_file(write(tmp_path / "one.root", [Made(1, cells(columns, [5]))]))
    for title in (MapTitle(state), ShowerTitle(state)):
        assert "1 trigger cell" in title.html()
        assert "1 trigger cells" not in title.html()
    state.cuts.layer = 50
    assert "0 trigger cells" in MapTitle(state).html()


# -- the selected cell -----------------------------------------------------------------------------


def test_a_selected_cell_takes_the_layer_with_it(state):
    number = int(state.shown.loaded.number[5])
    state.cuts.layer = 1
    state.selection.select(number)
    assert state.selection.selected == number
    assert state.cuts.layer == state.shown.loaded.layer[5]
    assert state.selection.selected_row == 5
    state.selection.select(-1)
    assert (state.selection.selected, state.selection.selected_row) == (-1, -1)
    assert state.cuts.layer == state.shown.loaded.layer[5]


def test_a_cell_without_a_signal_can_be_selected(state, geometry):
    free = np.setdiff1d(geometry.numbers_of_layer(9), state.shown.loaded.number)[0]
    state.selection.select(free)
    assert state.selection.selected == free
    assert state.selection.selected_row == -1


def test_a_point_selects_what_covers_it(state, geometry):
    for layer, endcap, side in ((9, "+z", 1), (9, "-z", -1), (45, "+z", 1), (45, "-z", -1)):
        state.update(layer=layer, endcap=endcap)
        number = geometry.numbers_of_layer(layer)[123]
        x, y = geometry.corners(number)[0].mean(axis=0)
        state.selection.select_at(side * x, y)
        assert state.selection.selected == number
        state.selection.select_at(0.0, 0.0)
        assert state.selection.selected == -1
        assert state.cuts.layer == layer


def test_the_same_cell_of_the_other_endcap_is_not_the_selected_one(columns, show_file, tmp_path):
    made = both(cells(columns, [42]), cells(columns, [42], side=-1))
    state = show_file(write(tmp_path / "both.root", [Made(1, made)]))
    state.selection.select(42)
    assert state.selection.selected_row == 0
    state.shown.endcap = "-z"
    assert state.selection.selected_row == 1


def test_the_state_knows_nothing_of_widgets():
    modules = ("state.display", "state.geometry", "link.display", "link.geometry", "catalogue")
    imports = "; ".join(f"import bye_splits.dashboard.{name}" for name in modules)
    loaded = f"import sys; {imports}; print(*(name for name in sys.modules if '.' not in name))"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert {"param", "numpy"} <= set(done.stdout.split())
    assert not {"panel", "bokeh", "holoviews", "plotly", "datashader", "tornado"} & set(done.stdout.split())


def test_the_event_that_is_shown_is_not_read_again(state):
    """As where one goes back in the history over a layer."""
    event, layer = state.shown.loaded.event.number, state.cuts.layer
    state.chain.result_a, state.colours.colour_range  # noqa: B018 - what the views ask for
    loaded, computed = state.shown.loaded, Counter(state.graph.computed)
    changed = []
    state.graph.listen(changed.extend)
    assert state.show(state.navigation.key, number=event, layer=layer + 2)
    assert state.cuts.layer == layer + 2
    assert state.shown.loaded is loaded
    state.chain.result_a, state.colours.colour_range  # noqa: B018
    assert state.graph.computed == computed
    assert changed == ["layer"]
    assert state.show(state.navigation.key, entry=state.navigation.entry + 1)
    assert state.shown.loaded is not loaded


def test_a_display_needs_no_catalogue(catalogue):
    """An event that is in memory is shown by the same views; there is nothing to go on to."""
    key = ("photons", "0")
    source = catalogue.source(key)
    loaded = Loaded.of(source.event(4), source, key, catalogue.sample_geometry(key, source))
    state = DisplayState(config=Config())
    state.show_loaded(loaded, theme="light")
    with pytest.raises(RuntimeError, match="no catalogue"):
        state.show(number=1)
    assert (state.theme, state.shown.loaded, state.cuts.layers_3d) == ("light", loaded, (1, 50))
    views = [LayerMapView(state), ShowerView(state), ProfileView(state), StageView(state), FactsView(state)]
    assert "event" in views[-1]._pane.object
    state.change_chain(radius=0.02)
    state.selection.select(int(loaded.number[0]))
    assert state.selection.selected_row == 0
    assert len(state.chain.result.clusters)


def test_unknown_parameters_are_errors(state):
    with pytest.raises(KeyError, match=r"'radius' is none of the parameters .*threshold"):
        state.update(radius=0.01)
