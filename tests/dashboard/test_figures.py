"""Pictures from arrays: what is in them, true aspects, the grid of stage 2; and that no server is needed."""

import subprocess
import sys

import numpy as np
import pytest
from bokeh.core.validation import check_integrity
from bokeh.models import BoxZoomTool, Image, LogColorMapper, PanTool, ResetTool, SaveTool, WheelZoomTool

from bye_splits.chain import histogram
from bye_splits.dashboard.figures import colours, detector, layer_map, profiles, shower, shower_clusters
from bye_splits.dashboard.figures.raster import Viewport, outlines
from bye_splits.dashboard.framing import Box, endcap_box, shower_box
from bye_splits.geometry.wafers import hexagon

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
    assert isinstance(made.image.glyph, Image)
    assert [name for name, image in made.images.items() if image.visible] == ["log"]
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


# -- the shower ------------------------------------------------------------------------------------


@pytest.fixture
def cells(geometry):
    """Numbers of 200 trigger cells, silicon and tiles, their outlines in -z, and z."""
    numbers = np.random.default_rng(2).choice(len(geometry.trigger_cells), 200, replace=False)
    z = -geometry.trigger_cells["z"].to_numpy()[numbers]
    return numbers, outlines(geometry, numbers, "-z"), z


def test_the_mesh_is_the_outlines(cells):
    _, corners, z = cells
    mesh = shower.mesh_arrays(corners, z)
    vertices = np.stack([mesh[axis] for axis in "xyz"], axis=-1)
    assert vertices.dtype == np.float32
    assert np.array_equal(vertices[:, 0], np.repeat(z, 4))
    assert np.array_equal(vertices[:, 1:].reshape(-1, 4, 2), corners)
    triangles = np.stack([mesh[name] for name in "ijk"], axis=-1)
    assert triangles.dtype == np.int32
    assert np.array_equal(triangles // 4, np.repeat(np.arange(200), 2)[:, None] * [1, 1, 1])
    for cell in range(200):
        first, second = (set(corner % 4) for corner in triangles[2 * cell : 2 * cell + 2])
        assert first | second == {0, 1, 2, 3}
        assert len(first) == len(second) == 3
        assert abs(max(first & second) - min(first & second)) == 2  # they share a diagonal
    # The triangles have the outlines' area.
    a, b, c = (vertices[triangles[:, k], 1:].astype(float) for k in range(3))
    cross = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    x, y = corners[..., 0].astype(float), corners[..., 1].astype(float)
    outline = (x * np.roll(y, -1, axis=1) - np.roll(x, -1, axis=1) * y).sum(axis=1)
    assert np.abs(cross).reshape(-1, 2).sum(axis=1) == pytest.approx(np.abs(outline), rel=1e-4)


def test_a_mesh_of_nothing():
    mesh = shower.mesh_arrays(np.zeros((0, 4, 2), np.float32), np.zeros(0, np.float32))
    assert {name: len(array) for name, array in mesh.items()} == dict.fromkeys("xyzijk", 0)


def shower_of(cells, **changed):
    _, corners, z = cells
    settings = {
        "discs": [(-322.0, 30.0, 150.0), (-400.0, 40.0, 200.0)],
        "layer": (-334.0, 31.0, 151.0),
        "axis": (0.1, -0.2),
        "selected": np.column_stack([corners[0], np.full(4, z[0])])[None],
        "stretch": 1.0,
        "theme": "dark",
        "revision": "shower",
    }
    box = Box((-400.0, -320.0), (-30.0, 50.0), (0.0, 40.0))
    colour = changed.pop("colour", np.arange(200, dtype=np.float32))
    return shower.shower_figure(
        shower.mesh_arrays(corners, z), colour, (0.0, 199.0), box, **(settings | changed)
    )


def test_a_shower(cells):
    figure = shower_of(cells)
    mesh, rings, current, loose, axis, selected = figure.data
    assert len(loose.x) == 0  # with a scale every cell is in the mesh
    assert np.array_equal(mesh.intensity, np.repeat(np.arange(200), 2))  # a colour per cell, two faces each
    assert mesh.intensitymode == "cell"
    assert (mesh.cmin, mesh.cmax) == (0, 199)
    radius = np.hypot(rings.y, rings.z)
    on_disc = np.unique(np.round(radius[np.asarray(rings.x) == -400.0], 3))
    assert on_disc.tolist() == [40, 200]
    assert set(np.asarray(current.x)[np.isfinite(current.x)]) == {-334.0}
    line = np.stack([axis.x, axis.y, axis.z], axis=1)
    assert np.allclose(line[:, 1:], line[:, :1] * [0.1, -0.2])
    assert line[:, 0].min() < -400
    assert line[:, 0].max() > -320
    assert np.array_equal(np.stack([selected.y, selected.z], axis=1)[:4], cells[1][0])
    assert selected.x[0] == selected.x[-1]
    assert [trace.hoverinfo for trace in figure.data] == ["none", "skip", "skip", "none", "skip", "skip"]
    assert "NaN" not in figure.to_json()


def test_a_shower_without_axis_and_selection(cells):
    names = [trace.name for trace in shower_of(cells, axis=None, selected=(), discs=[]).data]
    assert names == ["trigger cells", "layers", "current layer", "trigger cells without a colour"]


def test_cells_by_class(cells):
    classes = np.array([np.nan, 0.0, 1.0])[np.arange(200) % 3]
    figure = shower_of(cells, colour=classes, palette=["red", "blue"])
    mesh, loose = figure.data[0], figure.data[3]
    rows = np.asarray(mesh.i)[::2] // 4
    assert np.array_equal(rows, np.flatnonzero(np.isfinite(classes)))
    assert np.array_equal(mesh.intensity, np.repeat(classes[rows], 2))
    assert (mesh.cmin, mesh.cmax) == (-0.5, 1.5)
    assert [list(step) for step in mesh.colorscale] == [
        [0, "red"], [0.5, "red"], [0.5, "blue"], [1, "blue"],
    ]  # fmt: skip
    middle = cells[1][np.isnan(classes)].mean(axis=1)
    assert np.allclose(np.stack([loose.y, loose.z], axis=1), middle)
    assert np.allclose(loose.x, cells[2][np.isnan(classes)])


def test_cells_without_a_colour_on_a_scale(cells):
    values = np.where(np.arange(200) < 30, np.arange(200.0), np.nan)
    mesh, loose = (shower_of(cells, colour=values).data[place] for place in (0, 3))
    assert np.array_equal(mesh.intensity, np.repeat(values[:30], 2))
    assert len(mesh.i) == 60
    assert len(loose.x) == 170


def test_modules_are_prisms(cells):
    box = Box((320.0, 380.0), (-30.0, 50.0), (0.0, 40.0))
    sets = [(np.array([10.0, 100.0]), np.array([20.0, 20.0]), "red")]  # the second one is not in the box
    lines = shower_clusters.module_lines(sets, (321.0, 350.0), box, 1)
    points = np.stack([lines["x"], lines["y"], lines["z"]], axis=1)[1:]
    assert len(points) == len(lines["line"]["color"]) - 1 == 34
    known = points[np.isfinite(points).all(axis=1)]
    assert set(known[:, 0]) == {321.0, 350.0}
    assert np.allclose(np.hypot(*(known[:, 1:] - (10, 20)).T), hexagon().max())
    assert len(np.unique(known, axis=0)) == 12
    other = Box((-380, -320), (-50, 30), box.y)
    mirrored = shower_clusters.module_lines(sets, (321.0, 350.0), other, -1)
    assert {(-z, -x, y) for x, y, z in known[:, [1, 2, 0]]} == {
        at for at in zip(*(mirrored[name].tolist() for name in "xyz"), strict=True) if np.isfinite(at).all()
    }


def test_no_cell_has_a_class(cells):
    mesh = shower_of(cells, colour=np.full(200, np.nan), palette=["red"]).data[0]
    assert [len(mesh[name]) for name in ("i", "j", "k", "intensity")] == [1] * 4  # else Plotly makes its own


def test_marks_of_seeds_and_of_the_files_clusters(cells):
    box = Box((-400.0, -320.0), (-30.0, 50.0), (0.0, 40.0))
    x, y = np.array([0.1, -0.2]), np.array([0.3, 0.0])
    lines = shower_clusters.seed_lines(x, y, ["red", "blue"], box, -1)
    ends = np.stack([lines["x"], lines["y"], lines["z"]], axis=1).reshape(2, 3, 3)
    assert np.array_equal(ends[:, :2, 0], [[-320, -400]] * 2)
    assert np.allclose(ends[:, 1, 1:], 400 * np.stack([x, y], axis=1))
    assert np.isnan(ends[:, 2]).all()
    assert lines["line"]["color"] == ["red"] * 3 + ["blue"] * 3
    found = shower_clusters.file_clusters(x, y, box, -1, "dark")
    assert np.allclose(np.stack([found[name] for name in "xyz"]), [[-400] * 2, 400 * x, 400 * y])


@pytest.mark.parametrize("stretch", [1.0, 0.25, 3.0])
@pytest.mark.parametrize("theme", THEMES)
def test_the_aspect_is_true_up_to_the_stretch(cells, stretch, theme):
    scene = shower_of(cells, stretch=stretch, theme=theme).layout.scene
    assert scene.aspectmode == "manual"
    per_cm = [scene.aspectratio[name] / np.ptp(scene[f"{name}axis"].range) for name in "xyz"]
    assert per_cm[0] / stretch == pytest.approx(per_cm[1])
    assert per_cm[1] == pytest.approx(per_cm[2])
    titles = [scene[f"{name}axis"].title.text for name in "xyz"]
    assert titles == ["z [cm]", "x [cm]", "y [cm]"]


def test_the_camera_stays_while_the_frame_does(cells):
    assert shower_of(cells).layout.scene.uirevision == shower_of(cells, theme="light").layout.scene.uirevision
    other = shower_of(cells, revision="endcap")
    assert other.layout.scene.uirevision != shower_of(cells).layout.scene.uirevision


def test_the_box_holds_the_shower(state):
    for entry in range(6):
        state.show(entry=entry)
        value = {name: state.loaded.value[name][state.in_3d] for name in ("x", "y", "z", "mipPt")}
        box, outside = shower_box(value["x"], value["y"], value["z"], value["mipPt"])
        weight = value["mipPt"].astype(float)
        framed = np.ones(len(weight), dtype=bool)
        for name in "xyz":
            low, high = getattr(box, name)
            inside = (value[name] >= low) & (value[name] <= high)
            framed &= inside
            assert weight[inside].sum() >= 0.98 * weight.sum() * (1 - 1e-6)
            assert 20 <= high - low <= 1.2 * max(np.ptp(value[name]), 20.0)
        assert outside == (~framed).sum() == state.framed[1]


def test_boxes_of_little():
    nothing = np.zeros(0, np.float32)
    assert shower_box(nothing, nothing, nothing, nothing) == shower_box(*[np.zeros(3)] * 4)
    one, _ = shower_box(*(np.array([k], np.float32) for k in (10, -20, 350, 5)))
    for limits, centre in ((one.x, 10), (one.y, -20), (one.z, 350)):
        assert sum(limits) / 2 == pytest.approx(centre)
        assert limits[1] - limits[0] >= 20
    assert endcap_box(-1).z == tuple(-z for z in reversed(endcap_box(1).z))


def test_an_outlier_does_not_make_the_shower_a_speck():
    rng = np.random.default_rng(0)
    x = np.append(rng.normal(50, 3, 500), -200).astype(np.float32)
    z = np.full(501, 340, np.float32)
    box, outside = shower_box(x, x, z, np.append(np.full(500, 10.0), 0.6))
    assert box.x[0] > 20
    assert outside >= 1
    _, outside = shower_box(x[:-1], x[:-1], z[:-1], np.full(500, 10.0))
    assert outside == 0


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
    z = np.full(4, 400.0)
    rz = np.array([0.076, 0.58, np.nextafter(0.58, 0), np.nextafter(0.076, 0)])
    filled, outside = histogram.fill(rz * z, np.zeros(4), z, np.array([1.0, 2.0, 4.0, 8.0]))
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


@pytest.mark.parametrize("theme", THEMES)
def test_a_detector(cells, theme):
    _, corners, z = cells
    kind = (np.arange(200) % 3).astype(np.int8)
    box = Box((-520.0, -315.0), (-250.0, 250.0), (-250.0, 250.0))
    (mesh,) = detector.detector_figure(corners, z, kind, box, theme).data
    assert np.array_equal(mesh.intensity, np.repeat(kind, 2))
    for k, colour in enumerate(colours.KIND_COLOURS[theme]):
        place = (k - mesh.cmin) / (mesh.cmax - mesh.cmin)  # where Plotly looks the kind's colour up
        below = [found for position, found in mesh.colorscale if position <= place]
        beyond = [found for position, found in mesh.colorscale if position >= place]
        assert below[-1] == beyond[0] == colour


def test_figures_need_no_panel():
    modules = ("coarse_stages", "colours", "detector", "layer_map", "profiles", "raster", "shower", "stages")
    imports = "; ".join(f"import bye_splits.dashboard.figures.{name}" for name in modules)
    loaded = f"import sys; {imports}; print(*(name for name in sys.modules if '.' not in name))"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert {"bokeh", "plotly", "datashader"} <= set(done.stdout.split())
    assert not {"panel", "holoviews"} & set(done.stdout.split())
