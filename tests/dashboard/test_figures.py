"""Pictures from arrays: what is in them, true aspects, the grid of stage 2; and that no server is needed."""

import subprocess
import sys

import numpy as np
import pytest
from bokeh.core.validation import check_integrity
from bokeh.models import BoxZoomTool, ImageRGBA, LogColorMapper, PanTool, ResetTool, SaveTool, WheelZoomTool

from bye_splits.chain import histogram
from bye_splits.dashboard.figures import colours, layer_map, profiles
from bye_splits.dashboard.figures import geometry as detector
from bye_splits.dashboard.figures.raster import Viewport, outlines

THEMES = list(colours.THEMES)
VIEW = Viewport.around(0.0, 0.0, 20.0, 40, 40)


# -- the layer map ---------------------------------------------------------------------------------


def hits(numbers, hit_numbers, mip):
    """Columns of hits whose colour is 10 mipPt, pt 2 mipPt, eta 3 mipPt, phi 4 mipPt."""
    mip = np.asarray(mip, dtype=np.float32)
    values = {"mipPt": mip, "pt": 2 * mip, "eta": 3 * mip, "phi": 4 * mip}
    columns = layer_map.hits_columns(np.asarray(numbers), np.asarray(hit_numbers), 10 * mip, values, "none")
    assert columns.pop("empty") == ["none"]
    return {name: value for name, (value,) in columns.items()}


def test_hits_go_to_their_cells():
    columns = hits([5, 8, 9, 40], [9, 5], [3.0, 7.0])
    assert dict(zip(columns["hit"].tolist(), columns["value"].tolist(), strict=True)) == {3: 30, 1: 70}
    for name, times in (("mipPt", 1), ("pt", 2), ("eta", 3), ("phi", 4)):
        assert np.array_equal(columns[name], columns["value"] / 10 * times)
    assert columns["hit"].dtype == np.uint16
    assert columns["value"].dtype == np.float32


def test_hits_out_of_view_are_left_out():
    assert len(hits([5, 8], [4, 6, 9, 1000], [1, 2, 3, 4])["hit"]) == 0
    assert len(hits([], [4, 6], [1, 2])["hit"]) == 0
    assert len(hits([4, 6], [], [])["hit"]) == 0
    columns = hits([5, 8], [1, 8, 9], [1, 2, 3])
    assert (columns["hit"].tolist(), columns["mipPt"].tolist()) == ([2], [2])


def test_the_largest_of_a_cell_is_painted_last():
    columns = hits([5, 8], [8, 8, 5, 8], [4.0, 9.0, 1.0, 2.0])
    assert columns["hit"].tolist() == [1, 2, 2, 2]
    assert columns["mipPt"].tolist() == [1, 2, 4, 9]


def test_hits_of_many_random_cells():
    rng = np.random.default_rng(5)
    numbers = np.sort(rng.choice(5000, 900, replace=False))
    at = rng.choice(5000, 700, replace=False)
    mip = rng.uniform(0.5, 90, 700).astype(np.float32)
    columns = hits(numbers, at, mip)
    found = dict(zip(numbers[columns["hit"] - 1].tolist(), columns["mipPt"].tolist(), strict=True))
    assert found == {
        n: m for n, m in zip(at.tolist(), mip.tolist(), strict=True) if n in set(numbers.tolist())
    }


@pytest.fixture
def made(geometry):
    numbers = geometry.numbers_of_layer(9)[:50]
    columns = layer_map.cells_columns(geometry, numbers, outlines(geometry, numbers, "+z"), VIEW, 9)
    nothing = {name: np.zeros(0, np.float32) for name in layer_map.HIT_COLUMNS}
    hit = layer_map.hits_columns(numbers, np.zeros(0, int), np.zeros(0, np.float32), nothing, "no signal")
    return layer_map.layer_map(columns | hit | {"moved": [0]}, VIEW, "dark")


def test_models_of_a_map(made):
    plot = made.figure
    check_integrity(plot.references())  # no bokeh warnings
    assert {type(tool) for tool in plot.tools} >= {PanTool, WheelZoomTool, BoxZoomTool, ResetTool, SaveTool}
    assert plot.toolbar.active_scroll is plot.select_one(WheelZoomTool)
    assert (plot.xaxis.axis_label, plot.yaxis.axis_label) == ("x [cm]", "y [cm]")
    assert isinstance(plot.select_one({"name": "trigger cells"}).glyph, ImageRGBA)
    assert isinstance(made.bar.color_mapper, LogColorMapper)
    assert (plot.x_range.start, plot.x_range.end) == (VIEW.x0, VIEW.x1)
    lengths = {len(column) for column in made.wire.data.values()}
    assert lengths == {1}  # one row: what is sent together


def test_painting_and_asking_are_the_browsers(made):
    code = {callback.code for callbacks in made.wire.js_property_callbacks.values() for callback in callbacks}
    assert any("byeSplits.paint" in text for text in code)
    for axis_range in (made.figure.x_range, made.figure.y_range):
        for edge in ("start", "end"):
            (callback,) = axis_range.js_property_callbacks[f"change:{edge}"]
            assert "byeSplits.look" in callback.code
    assert "mousemove" in made.figure.js_event_callbacks


@pytest.mark.parametrize("theme", THEMES)
def test_themes_colour_everything(made, theme):
    tone = colours.THEMES[theme]
    layer_map.set_theme(made, theme)
    kinds = ("cell", "cell_edge", "signal_edge", "no_colour")
    assert made.kinds.palette == [tone[name] for name in kinds]
    assert made.figure.select_one({"name": "wafer borders"}).glyph.line_color == tone["wafer"]
    assert made.figure.background_fill_color == tone["pane"]
    assert made.legend.text_color == tone["text"]
    assert made.figure.select_one({"name": "selected"}).glyph.line_color == tone["mark"]


def test_both_themes_have_the_same_tokens():
    first, *others = (set(tokens) for tokens in colours.THEMES.values())
    assert all(tokens == first for tokens in others)
    assert set(colours.KIND_COLOURS) == set(THEMES)


# -- the grid of stage 2 ---------------------------------------------------------------------------


def test_filling_against_a_slow_loop():
    rng = np.random.default_rng(1)
    n = 3000
    z = rng.choice([-1.0, 1.0], n) * rng.uniform(320, 510, n)
    radius, phi = np.abs(z) * rng.uniform(0.06, 0.62, n), rng.uniform(-np.pi, np.pi, n)
    weights = rng.exponential(5, n)
    filled, outside = histogram.fill(radius * np.cos(phi), radius * np.sin(phi), z, weights)
    expected, left_out = np.zeros((42, 216)), 0
    for r, p, zz, weight in zip(radius, phi, z, weights, strict=True):
        row = np.searchsorted(histogram.RZ_EDGES, r / abs(zz), side="right") - 1
        column = np.searchsorted(histogram.PHI_EDGES, p, side="right") - 1
        if 0 <= row < 42:
            expected[row, column] += weight
        else:
            left_out += 1
    assert 0 < left_out == outside < n
    assert np.allclose(filled, expected)
    inside = (radius / np.abs(z) >= 0.076) & (radius / np.abs(z) < 0.58)
    assert filled.sum() == pytest.approx(weights[inside].sum())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_phi_of_pi_is_minus_pi(dtype):
    x, y = np.array([-100, -100, -100], dtype), np.array([0.0, -0.0, 1e-12], dtype)
    filled, outside = histogram.fill(x, y, np.full(3, 400, dtype), np.ones(3, dtype))
    assert outside == 0
    assert filled[:, [0, 215]].sum() == 3
    assert filled[:, 0].sum() >= 2  # pi less 1e-14 is pi in single precision


def test_bins_hold_their_lower_edge():
    """The single precision in which R/z is binned has neighbours of 0.076 and 0.58, and neither itself."""
    z = np.full(4, 1.0)
    rz = np.float32([0.076, 0.58, 0.58, 0.076])
    rz[:2] = np.nextafter(rz[:2], np.float32(1))
    filled, outside = histogram.fill(rz, np.zeros(4), z, np.array([1.0, 2.0, 4.0, 8.0]))
    assert outside == 2
    assert (filled[0].sum(), filled[41].sum()) == (1, 4)


def test_filling_with_nothing():
    nothing = np.zeros(0)
    filled, outside = histogram.fill(nothing, nothing, nothing, nothing)
    assert (filled.shape, filled.dtype, filled.sum(), outside) == ((42, 216), np.float64, 0, 0)


@pytest.mark.parametrize("theme", THEMES)
def test_a_profile(theme):
    check_integrity(profiles.profile(theme).figure.references())


# -- the detector ----------------------------------------------------------------------------------


def test_kinds_go_to_the_chosen_cells():
    kind = np.array([0, 1, 2, 0, 1, 2], dtype=np.int8)
    columns = detector.kinds_columns(np.array([1, 2, 4, 5]), np.array([0, 2, 5]), kind, ("a", "b", "c"))
    assert columns["hit"][0].tolist() == [2, 4]
    assert columns["value"][0].tolist() == [2, 2]
    assert columns["number"][0].tolist() == [1, 2, 4, 5]
    assert columns["words"] == [["a", "b", "c"]]


def test_labels_stand_in_their_cells(geometry):
    numbers = np.r_[geometry.numbers_of_layer(41)[:48], geometry.numbers_of_layer(41)[-5:]]
    corners = geometry.corners(numbers)
    made = detector.labels(geometry, numbers, corners)
    z = np.r_[np.full(48, geometry.layer_z[41]), np.full(5, geometry.tile_z[41])]
    assert np.array_equal(geometry.covering(made["x"], made["y"], z), numbers)
    cells = geometry.trigger_cells.iloc[numbers]
    assert made["text"] == [f"{u},{v}" for u, v in zip(cells.cellu, cells.cellv, strict=True)]


def test_figures_need_no_panel():
    modules = ("coarse_stages", "colours", "geometry", "layer_map", "profiles", "raster", "shower", "stages")
    imports = "; ".join(f"import bye_splits.dashboard.figures.{name}" for name in modules)
    loaded = f"import sys; {imports}; print(*(name for name in sys.modules if '.' not in name))"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert {"bokeh", "plotly", "datashader"} <= set(done.stdout.split())
    assert not {"panel", "holoviews"} & set(done.stdout.split())


def test_a_place_too_far_out_for_an_integer_is_outside():
    z = np.array([1e-30, 400.0])
    rz_bin, _, inside = histogram.bins(np.full(2, 60.0), np.zeros(2), z)
    assert inside.tolist() == [False, True]
    assert 0 <= rz_bin[1] < histogram.N_RZ
