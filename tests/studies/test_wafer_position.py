"""Positions on wafers."""

import numpy as np
import pytest

from bye_splits.geometry import Geometry
from bye_splits.geometry.constants import NO_WAFER
from bye_splits.studies.wafer_position import HEXAGON, RHOMBI, folded, on_wafers, shower_maximum


@pytest.fixture(scope="module")
def geometry():
    return Geometry.v11()


@pytest.mark.parametrize("side", [1, -1])
def test_trigger_cells_are_in_their_wafers(geometry, side):
    cells = geometry.trigger_cells.query("layer == 9 or layer == 33").sample(400, random_state=1)
    layer, x, y, z = (cells[name].to_numpy() for name in ("layer", "x", "y", "z"))
    found = on_wafers(geometry, layer, side * x, y, side * z)
    for name in ("waferu", "waferv"):
        np.testing.assert_array_equal(found[name], cells[name])


def test_the_wider_fold_keeps_trigger_cells_apart(geometry):
    """It takes the cells of one rhombus to those of another, but for a few at corners of the sensor."""
    one = geometry.wafers.query("layer == 9 and part == 'full'").iloc[0]
    cells = geometry.trigger_cells.query(f"layer == 9 and waferu == {one.waferu} and waferv == {one.waferv}")
    found = on_wafers(geometry, *(cells[name].to_numpy() for name in ("layer", "x", "y", "z")))
    place = found["wafer_x"] + 1j * found["wafer_y"]
    alike = {}
    for degrees in (RHOMBI, HEXAGON):
        wedge = folded(place, degrees)
        alike[degrees] = (np.abs(wedge[:, None] - wedge) < 0.01).sum(axis=1)
    assert (alike[RHOMBI] == 3).sum() >= 36
    assert (alike[HEXAGON] == 6).sum() == 0


def test_outside_and_unknown(geometry):
    layer = np.array([9, 9, -1, 2])
    x = np.array([0.0, 500.0, np.nan, 60.0])
    found = on_wafers(geometry, layer, x, x, np.array([330.0, 330.0, np.nan, 323.0]))
    assert (found["waferu"] == NO_WAFER).all()
    assert np.isnan(found["wafer_x"]).all()
    assert np.isnan(found["wafer_y"]).all()


def test_folded():
    place = np.random.default_rng(1).normal(size=(200, 2)) @ (1, 1j)
    for degrees, last in ((HEXAGON, 30), (RHOMBI, 90)):
        wedge = folded(place, degrees)
        np.testing.assert_allclose(np.abs(wedge), np.abs(place))
        assert (np.degrees(np.angle(wedge)) >= -30 - 1e-9).all()
        assert (np.degrees(np.angle(wedge)) <= last + 1e-9).all()
        turned = folded(place * np.exp(1j * np.radians(degrees)), degrees)
        np.testing.assert_allclose(turned, wedge)


def test_shower_maximum():
    eta, phi = -2.0, 1.0
    z = -np.array([330.0, 340.0, 340.0, 340.0, 350.0])
    r = np.abs(z) / np.sinh(2.0)
    cells = {
        "x": r * np.cos(phi) + [0, 0, 0, 20.0, 0],
        "y": r * np.sin(phi),
        "z": z,
        "mipPt": np.array([5.0, 3.0, 4.0, 90.0, 99.0]),
        "layer": np.array([5, 9, 9, 9, 38]),
        "waferu": np.array([1, 1, 1, 3, NO_WAFER]),
    }
    assert shower_maximum(cells, eta, phi) == (9, -340.0)
    layer, none = shower_maximum({name: values[:0] for name, values in cells.items()}, eta, phi)
    assert layer == -1
    assert np.isnan(none)
