"""The cell-number raster: each pixel shows the cell that covers its centre; packing loses nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bye_splits.dashboard.figures import raster
from bye_splits.dashboard.figures.layer_map import cells_columns
from bye_splits.dashboard.figures.raster import (
    Viewport,
    borders_in_view,
    cells_in_view,
    encode,
    rasterise,
)

VIEWS = {
    "whole": Viewport.around(0.0, 0.0, 270.0, 500, 400),
    "shower": Viewport.around(60.0, -45.0, 26.0, 620, 470),
    "left": Viewport.around(-70.0, 30.0, 26.0, 300, 500),
    "one wafer": Viewport.around(101.3, 33.7, 9.0, 400, 400),
    "one cell": Viewport.around(-88.8, 71.7, 1.3, 200, 100),
    "tiles": Viewport.around(-140.0, 120.0, 20.0, 400, 300),
}


def centres(view):
    """x, y of every pixel's centre, shape (height, width), cm."""
    x = view.x0 + (np.arange(view.width) + 0.5) * (view.x1 - view.x0) / view.width
    y = view.y0 + (np.arange(view.height) + 0.5) * (view.y1 - view.y0) / view.height
    return np.meshgrid(x, y)


def unpacked(codes, new, height, width):
    """The raster from its packed form, pixel by pixel as the description of the wire has it."""
    two_bits = [(byte >> shift) & 3 for byte in codes.tolist() for shift in (0, 2, 4, 6)]
    numbers = iter(new.tolist())
    rows = [[0] * (width + 1)]
    for y in range(height):
        row = []
        for x in range(width):
            code, above = two_bits[y * width + x], rows[-1]
            if code == 0:
                row.append(above[x])
            elif code == 1:
                row.append(row[-1] if row else 0)
            elif code == 2:
                row.append(above[x + 1])
            else:
                row.append(next(numbers))
        rows.append([*row, 0])
    assert next(numbers, None) is None
    return np.array([row[:width] for row in rows[1:]], dtype=np.uint16).reshape(height, width)


# The mirror of -z is the same in all layers: one of silicon alone, and one with tiles.
@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize(
    ("layer", "endcap"), [*((layer, "+z") for layer in (1, 9, 30, 33, 41, 50)), (9, "-z"), (41, "-z")]
)
def test_each_pixel_is_the_cell_that_covers_its_centre(geometry, layer, endcap, name):
    view, side = VIEWS[name], 1 if endcap == "+z" else -1
    numbers, corners = cells_in_view(geometry, layer, endcap, view)
    raster = rasterise(corners, view)
    assert raster.shape == (view.height, view.width)
    drawn = np.append(-1, numbers)[raster]
    x, y = centres(view)
    z = np.full(x.size, side * geometry.layer_z[layer])
    expected = geometry.covering(x.ravel(), y.ravel(), z).reshape(x.shape)
    pixel = (view.x1 - view.x0) / view.width

    # A pixel's centre may lie on an edge: the cell that is drawn then covers a point next to it.
    row, column = np.nonzero(drawn != expected)
    x, y, missed = x[row, column], y[row, column], drawn[row, column]
    near = 1e-3 * pixel + 2e-4  # float32 corners, and wafers that overlap by a little
    for angle in np.arange(16) * np.pi / 8:
        around = x + near * np.cos(angle), y + near * np.sin(angle)
        still = geometry.covering(*around, z[: len(x)]) != missed
        x, y, missed = x[still], y[still], missed[still]
    assert len(x) == 0
    assert len(row) < 0.01 * expected.size


@pytest.mark.parametrize("layer", [9, 41])
def test_cells_in_view_are_those_that_touch_it(geometry, layer):
    numbers = geometry.numbers_of_layer(layer)
    for endcap in ("+z", "-z"):
        corners, low, high = (a.copy() for a in geometry.outlines_of_layer(layer))
        if endcap == "-z":
            corners[..., 0] *= -1
            low[:, 0], high[:, 0] = -high[:, 0], -low[:, 0]
        for view in VIEWS.values():
            touches = (high >= (view.x0, view.y0)).all(axis=1) & (low <= (view.x1, view.y1)).all(axis=1)
            seen, seen_corners = cells_in_view(geometry, layer, endcap, view)
            assert np.array_equal(seen, numbers[touches])
            assert np.array_equal(seen_corners, corners[touches])


def test_a_layer_without_cells_is_empty(geometry):
    numbers, corners = cells_in_view(geometry, 10, "+z", VIEWS["whole"])
    assert (len(numbers), corners.shape) == (0, (0, 4, 2))
    assert not rasterise(corners, VIEWS["whole"]).any()


@pytest.mark.parametrize("endcap", ["+z", "-z"])
@pytest.mark.parametrize("layer", [9, 34, 41])
def test_borders_in_view_are_lines_between_wafers(geometry, layer, endcap):
    """Whoever goes over a line comes from one wafer into another one, or out of it."""
    side = 1 if endcap == "+z" else -1
    wafer = geometry.trigger_cells[["waferu", "waferv"]].to_numpy()
    for name in ("shower", "left", "one wafer"):
        view = VIEWS[name]
        lines = borders_in_view(geometry, layer, endcap, view)
        assert lines.dtype == np.float32
        assert len(lines) >= 5
        assert (lines.max(axis=1) >= (view.x0, view.y0)).all()
        assert (lines.min(axis=1) <= (view.x1, view.y1)).all()
        along = lines[:, 1] - lines[:, 0]
        across = np.stack([-along[:, 1], along[:, 0]], axis=1) / np.hypot(*along.T)[:, None]
        for part in (0.1, 0.4, 0.9):
            x, y = (lines[:, 0] + part * along + 0.15 * across).T
            there = geometry.covering(x, y, np.full(len(x), side * geometry.layer_z[layer]))
            x, y = (lines[:, 0] + part * along - 0.15 * across).T
            here = geometry.covering(x, y, np.full(len(x), side * geometry.layer_z[layer]))
            assert (here != there).all()
            assert ((here < 0) | (there < 0) | (wafer[here] != wafer[there]).any(axis=1)).all()


def test_a_raster_has_its_borders_in_view(geometry):
    """Where a row of pixels goes from one wafer into the next, there is a line."""
    view = VIEWS["shower"]
    numbers, corners = cells_in_view(geometry, 9, "+z", view)
    lines = borders_in_view(geometry, 9, "+z", view).astype(float)
    wafer = geometry.trigger_cells[["waferu", "waferv"]].to_numpy()[numbers[rasterise(corners, view) - 1]]
    row, column = np.nonzero((wafer[:, 1:] != wafer[:, :-1]).any(axis=2))
    assert len(row) > 1000
    x, y = centres(view)
    points = np.stack([x[row, column] + x[row, column + 1], y[row, column] * 2], axis=1) / 2
    along = lines[:, 1] - lines[:, 0]
    part = np.einsum("pnk,nk->pn", points[:, None] - lines[:, 0], along) / (along**2).sum(axis=1)
    nearest = lines[:, 0] + np.clip(part, 0, 1)[..., None] * along
    apart = np.hypot(*np.moveaxis(points[:, None] - nearest, -1, 0)).min(axis=1)
    assert apart.max() < (view.x1 - view.x0) / view.width


def test_wafers_of_a_few_pixels_have_no_borders(geometry):
    for pixels, seen in ((400, False), (500, True)):
        lines = borders_in_view(geometry, 9, "+z", Viewport.around(0.0, 0.0, 270.0, pixels, pixels))
        assert (len(lines) > 0) == seen


def test_the_first_of_overlapping_outlines_is_on_top():
    square = np.array([[0, 0], [4, 0], [4, 4], [0, 4]], dtype=np.float32)
    raster = rasterise(np.stack([square + 2, square]), Viewport(0, 6, 0, 6, 6, 6))
    assert raster[3, 3] == 1
    assert raster[0, 0] == 2


@settings(max_examples=150, deadline=None)
@given(
    arrays.arrays(
        np.uint16,
        arrays.array_shapes(min_dims=2, max_dims=2, max_side=9),
        elements=st.one_of(st.integers(0, 3), st.integers(0, 65535)),
    )
)
def test_packing_loses_nothing(raster):
    codes, new = encode(raster)
    assert codes.dtype == np.uint8
    assert new.dtype == np.uint16
    assert len(codes) == -(-raster.size // 4)
    assert np.array_equal(unpacked(codes, new, *raster.shape), raster)


@pytest.mark.parametrize(("layer", "name"), [(9, "shower"), (41, "tiles"), (9, "one cell")])
def test_packing_a_layer(geometry, layer, name):
    view = VIEWS[name]
    numbers, corners = cells_in_view(geometry, layer, "-z", view)
    raster = rasterise(corners, view)
    wire = cells_columns(geometry, numbers, corners, view, layer)
    codes, new = (wire[column][0] for column in ("codes", "fresh"))
    assert np.array_equal(unpacked(codes, new, view.height, view.width), raster)
    assert codes.nbytes + new.nbytes < 0.4 * raster.nbytes
    assert (wire["layer"], wire["width"], wire["height"]) == ([layer], [view.width], [view.height])
    assert [wire[edge][0] for edge in ("x0", "x1", "y0", "y1")] == [view.x0, view.x1, view.y0, view.y1]
    cells = geometry.trigger_cells.iloc[numbers]
    for column in ("waferu", "waferv", "cellu", "cellv"):
        assert np.array_equal(wire[column][0], cells[column])


def test_a_viewport_around_a_point():
    view = Viewport.around(10.0, -4.0, 26.0, 600, 400)
    assert (view.x0 + view.x1, view.y0 + view.y1) == pytest.approx((20, -8))
    assert (view.x1 - view.x0) / 600 == pytest.approx((view.y1 - view.y0) / 400)
    assert view.y1 - view.y0 == pytest.approx(52)
    assert view.holds(10, -4)
    assert view.holds(10 + 27, -4)
    assert not view.holds(10 + 28, -4)
    assert not view.holds(10, -4 - 19)
    assert not view.holds(np.nan, 0)


def test_kept_rasters_are_those_of_their_outlines_and_viewport(geometry):
    near, far = (raster.Viewport.around(60.0, 10.0, half, 120, 90) for half in (12.0, 25.0))
    wanted = [(layer, view) for layer in (31, 32, 33) for view in (near, far)]
    for layer, view in wanted * 2:
        corners = raster.cells_in_view(geometry, layer, "+z", view)[1]
        codes, new = raster.encoded(corners, view)
        expected, expected_new = raster.encode(raster.rasterise(corners, view))
        np.testing.assert_array_equal(codes, expected)
        np.testing.assert_array_equal(new, expected_new)
    for step in range(raster.KEPT + 5):
        raster.encoded(corners[:3], raster.Viewport(0, 10 + step, 0, 10, 20, 20))
    assert len(raster._kept) == raster.KEPT


@pytest.mark.parametrize("layer", [37, 45])
def test_rounding_opens_no_gap_between_neighbours(geometry, layer):
    """Where pixels' centres are on the diagonal, they are on corners that four tiles share."""
    for half in (205.6, 206.0):
        for width, height in ((584, 780), (585, 781), (700, 700), (801, 653)):
            view = Viewport.around(0.0, 0.0, half, width, height)
            shown = rasterise(cells_in_view(geometry, layer, "+z", view)[1], view)
            inside = shown[1:-1, 1:-1] == 0
            for beside in (shown[:-2, 1:-1], shown[2:, 1:-1], shown[1:-1, :-2], shown[1:-1, 2:]):
                inside &= beside > 0
            row, column = np.nonzero(inside)
            x = view.x0 + (column + 1.5) * (view.x1 - view.x0) / width
            y = view.y0 + (row + 1.5) * (view.y1 - view.y0) / height
            covering = geometry.covering(x, y, np.full(len(x), geometry.layer_z[layer]))
            assert (covering < 0).all(), (width, height, x[covering >= 0], y[covering >= 0])
