"""The calibration from MIPs to mipPt, pt and energy."""

import numpy as np

from bye_splits.geometry.constants import TRIGGER_LAYERS
from bye_splits.samples import absorber, front_end, v11_absorber


def gev_per_mip(layer, subdet):
    return front_end.gev_per_mip(v11_absorber.MEV_PER_MIP[layer], subdet)


def test_what_one_transverse_mip_stands_for_in_mev():
    layer, subdet = np.array([1, 3, 27, 30, 50]), np.array([1, 1, 1, 2, 10])
    expected = [11.551, 28.410, 28.411, 61.243, 96.588]
    np.testing.assert_allclose(1e3 * gev_per_mip(layer, subdet), expected, atol=1e-3)


def test_weights_are_there_for_trigger_layers_only():
    np.testing.assert_array_equal(np.flatnonzero(v11_absorber.MEV_PER_MIP), TRIGGER_LAYERS)


def test_calibration_backwards_gives_the_mips_back(rng):
    layer, subdet = np.array([1, 7, 29, 45, 45]), np.array([1, 1, 2, 2, 10])
    mips, cosh_eta = rng.uniform(0.5, 100, 5), np.cosh(rng.uniform(1.5, 3, 5))
    gev = gev_per_mip(layer, subdet)
    mip_pt, pt, energy = front_end.calibrate(mips, gev, cosh_eta)
    np.testing.assert_allclose(mip_pt * cosh_eta, mips)
    np.testing.assert_allclose(energy, mips * gev)
    back_mip_pt, back_pt = front_end.calibrate_energy(energy, gev, cosh_eta)
    np.testing.assert_allclose(back_mip_pt, mip_pt)
    np.testing.assert_allclose(back_pt, pt)


def test_absorber_depths_grow_and_add_up(geometry):
    made = absorber.absorber_of(geometry)
    for depth, edges in ((made.x0, made.x0_edges), (made.interaction, made.interaction_edges)):
        assert len(depth) == 36
        assert (np.diff(depth) > 0).all()
        assert (edges[:-1] <= depth).all()
        assert (depth <= edges[1:]).all()
    assert made.n_cee == 14
    assert 1.3 < made.interaction_edges[made.n_cee] < 1.7
    assert 9 < made.interaction_edges[-1] < 11
