"""The 3D pictures from arrays: meshes of the shower and of the detector, marks, true aspect."""

import numpy as np
import plotly.graph_objects as go
import pytest

from bye_splits.dashboard.figures import colours, framing, shower, shower_clusters
from bye_splits.dashboard.figures import geometry as detector
from bye_splits.dashboard.figures.framing import Box, endcap_box, shower_box
from bye_splits.dashboard.figures.raster import Viewport, outlines
from bye_splits.geometry.wafers import hexagon

THEMES = list(colours.THEMES)
VIEW = Viewport.around(0.0, 0.0, 20.0, 40, 40)


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
    mesh = changed.pop("mesh", None) or shower.mesh_arrays(corners, z)
    return shower.shower_figure(mesh, colour, (0.0, 199.0), box, **(settings | changed))


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


def test_a_figure_copies_no_array(cells):
    mesh = shower.mesh_arrays(*cells[1:])
    figure = shower_of(cells, mesh=mesh)
    assert all(figure._data[0][name] is mesh[name] for name in "xyzijk")
    go.Figure(figure.to_dict())  # raises where a property is wrong: building it does not look


@pytest.mark.parametrize("theme", THEMES)
def test_before_the_scene_there_is_only_the_background(theme):
    layout = go.Figure(shower.blank(theme).to_plotly_json()).layout  # checked by Plotly
    assert layout.xaxis.visible is layout.yaxis.visible is False, "Plotly's own are from -1 to 6"
    assert layout.paper_bgcolor == layout.plot_bgcolor == colours.THEMES[theme]["pane"]


def test_a_shower_without_axis_and_selection(cells):
    names = [trace.name for trace in shower_of(cells, axis=None, selected=(), discs=[]).data]
    assert names == ["trigger cells", "layers", "current layer", "trigger cells without a colour"]
    places = shower.CELLS, shower.CURRENT_LAYER, shower.LOOSE_CELLS  # the page's script goes by them
    assert [names[place] for place in places] == [names[0], *names[2:]]


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
    lines = shower_clusters.seed_lines(x, y, ["red", "blue"], [False, False], box, -1)
    ends = np.stack([lines["x"], lines["y"], lines["z"]], axis=1).reshape(2, 3, 3)
    assert np.array_equal(ends[:, :2, 0], [[-320, -400]] * 2)
    assert np.allclose(ends[:, 1, 1:], 400 * np.stack([x, y], axis=1))
    assert np.isnan(ends[:, 2]).all()
    assert lines["line"]["color"] == ["red"] * 3 + ["blue"] * 3
    dashed = shower_clusters.seed_lines(x, y, ["red", "blue"], [False, True], box, -1)
    assert dashed["line"]["color"] == ["red"] * 3 + ["blue"] * 12
    pieces = np.stack([dashed[name][3:] for name in "xyz"], axis=1).reshape(4, 3, 3)
    assert np.allclose(pieces[:, 0, 0], -320 - 80 / 7 * np.array([0, 2, 4, 6]))
    assert np.allclose(pieces[:, 1, 0], -320 - 80 / 7 * np.array([1, 3, 5, 7]))
    assert np.allclose(pieces[:, :2, 1:], -pieces[:, :2, :1] * [-0.2, 0.0], atol=1e-4)
    none = shower_clusters.seed_lines(np.zeros(0), np.zeros(0), [], [], box, -1)
    assert [len(none[name]) for name in "xyz"] == [0, 0, 0]
    found = shower_clusters.file_clusters(x, y, ["#ffffff"] * 2, box, -1)
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


@pytest.mark.parametrize("projection", ["perspective", "orthographic"])
def test_the_camera_is_the_usual_one_or_a_given_one(cells, projection):
    ratios = np.array(shower_of(cells).layout.meta["ratios"])
    for camera in (None, "top", (0.5, -2.0, 1.0, 0.0, 0.25, -0.5)):
        layout = shower_of(cells, camera=camera, projection=projection).layout
        scene = layout.scene
        eye, centre = (
            np.array([part[name] for name in "xyz"]) for part in (scene.camera.eye, scene.camera.center)
        )
        if isinstance(camera, tuple):
            assert [*eye, *centre] == list(camera)
            assert layout.meta["view"] is None
        else:
            assert np.cross(eye, framing.VIEWS[camera or "usual"]) == pytest.approx(0)
            assert layout.meta["view"] == (camera or "usual")
        zoom = scene.aspectratio.x / ratios[0]
        # at the centre both projections show the same length as large
        seen = 1 / shower.DISTANCE if projection == "orthographic" else 1 / np.linalg.norm(eye - centre)
        assert zoom * seen == pytest.approx(1 / np.linalg.norm(eye - centre))
        assert scene.camera.projection.type == projection
        assert scene.uirevision == "shower"
    other = shower_of(cells, revision="endcap")
    assert other.layout.scene.uirevision != shower_of(cells).layout.scene.uirevision


def test_a_bar_for_a_scale_and_none_for_classes(cells):
    assert not shower_of(cells).data[0].showscale
    assert not shower_of(cells, colour=np.zeros(200), palette=["red"], legend="cluster").data[0].showscale
    mesh = shower_of(cells, legend="pT [GeV]").data[0]
    assert mesh.showscale
    assert mesh.colorbar.title.text == "pT [GeV]"
    assert mesh.colorbar.tickvals is None, "Plotly's own, of a linear scale"


def test_ticks_of_a_logarithmic_bar():
    bar = shower.colour_bar((np.log10(0.05), np.log10(300)), "mipT", True, "dark")
    assert bar["tickvals"] == [-1, 0, 1, 2]
    assert bar["ticktext"] == [f"10<sup>{power}</sup>" for power in ("\u22121", "0", "1", "2")]
    few = shower.colour_bar((np.log10(0.5), np.log10(6)), "mipT", True, "dark")
    assert few["ticktext"] == ["0.5", "1", "2", "5"]
    assert few["tickvals"] == pytest.approx(np.log10([0.5, 1, 2, 5]))


def test_cells_have_a_thickness_below_the_distance_of_layers(cells, geometry):
    (thickness,) = shower_of(cells).data[0].meta.values()
    z = np.array([geometry.layer_z[layer] for layer in geometry.layers])
    assert 0 < thickness < 0.8 * np.diff(np.sort(z)).min()


def test_the_box_holds_the_shower(state):
    for entry in range(6):
        state.show(entry=entry)
        value = {name: state.shown.loaded.value[name][state.cuts.in_3d] for name in ("x", "y", "z", "mipPt")}
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
    assert shower_box(*[nothing] * 4, side=-1)[0].z == (-515.0, -320.0)
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


@pytest.mark.parametrize("theme", THEMES)
def test_a_detector(cells, theme):
    _, corners, z = cells
    kind = (np.arange(200) % 3).astype(np.int8)
    box = Box((-520.0, -315.0), (-250.0, 250.0), (-250.0, 250.0))
    borders = np.random.default_rng(3).random((200, 4)) < 0.5
    mesh, _ = detector.detector_figure(corners, z, kind, box, theme, borders=borders).data
    assert np.array_equal(mesh.intensity, np.repeat(kind, 2))
    nothing = detector.detector_figure(corners[:0], z[:0], kind[:0], box, theme, borders=borders[:0])
    assert any(len(trace.x) for trace in nothing.data), "or Plotly draws axes in 2D instead of the scene"
    for k, colour in enumerate(colours.KIND_COLOURS[theme]):
        place = (k - mesh.cmin) / (mesh.cmax - mesh.cmin)  # where Plotly looks the kind's colour up
        below = [found for position, found in mesh.colorscale if position <= place]
        beyond = [found for position, found in mesh.colorscale if position >= place]
        assert below[-1] == beyond[0] == colour


@pytest.mark.parametrize("theme", THEMES)
def test_the_layer_of_the_map_is_told_from_the_others(theme):
    corners = np.tile(np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=np.float32), (3, 1, 1))
    z, kind = np.array([330, 334, 340], dtype=np.float32), np.array([0, 1, 2], dtype=np.int8)
    borders = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [1, 0, 1, 1]], dtype=bool)
    box = Box((325.0, 345.0), (-5.0, 5.0), (-5.0, 5.0))
    figure = detector.detector_figure(
        *(corners, z, kind, box, theme),
        borders=borders,
        layer=(334.3, 1.0, 2.0),
        in_layer=np.array([False, True, False]),
    )
    mesh, frame = figure.data
    assert mesh.intensity.tolist() == [4, 4, 1, 1, 6, 6]
    tone, kinds = colours.THEMES[theme], colours.KIND_COLOURS[theme]
    shown = [colour for _, colour in mesh.colorscale][::2]
    for full, fainter in zip(kinds, shown[4:], strict=True):
        channels = [
            [int(colour[k : k + 2], 16) for k in (1, 3, 5)] for colour in (full, fainter, tone["pane"])
        ]
        for own, faint, pane in zip(*channels, strict=True):
            assert min(own, pane) <= faint <= max(own, pane)
        assert fainter not in kinds
    assert mesh.customdata.tolist() == [0b010001, 0b110010, 0b011101]
    assert mesh.meta["edges"][2] == frame.line.color == tone["accent"]
    assert set(frame.x[np.isfinite(frame.x)]) == {np.float32(334.3)}
    many = detector.detector_figure(corners, z, kind, box, theme, borders=borders, each_cell=False).data[0]
    assert many.customdata.tolist() == [0b1, 0b10, 0b1101], "sides within wafers are not drawn"
