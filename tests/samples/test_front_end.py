"""The calibration from MIPs to mipPt, pt and energy."""

import numpy as np

from bye_splits.geometry.constants import TRIGGER_LAYERS
from bye_splits.samples import absorber, front_end


def test_what_one_transverse_mip_stands_for_in_mev():
    layer, subdet = np.array([1, 3, 27, 30, 50]), np.array([1, 1, 1, 2, 10])
    expected = [11.551, 28.410, 28.411, 61.243, 96.588]
    np.testing.assert_allclose(1e3 * front_end.gev_per_mip(layer, subdet), expected, atol=1e-3)


def test_weights_are_there_for_trigger_layers_only():
    np.testing.assert_array_equal(np.flatnonzero(front_end.MEV_PER_MIP), TRIGGER_LAYERS)


def test_calibration_backwards_gives_the_mips_back(rng):
    layer, subdet = np.array([1, 7, 29, 45, 45]), np.array([1, 1, 2, 2, 10])
    mips, cosh_eta = rng.uniform(0.5, 100, 5), np.cosh(rng.uniform(1.5, 3, 5))
    mip_pt, pt, energy = front_end.calibrate(mips, layer, subdet, cosh_eta)
    np.testing.assert_allclose(mip_pt * cosh_eta, mips)
    np.testing.assert_allclose(energy, mips * front_end.gev_per_mip(layer, subdet))
    back_mip_pt, back_pt = front_end.calibrate_energy(energy, layer, subdet, cosh_eta)
    np.testing.assert_allclose(back_mip_pt, mip_pt)
    np.testing.assert_allclose(back_pt, pt)


def test_absorber_depths_grow_and_add_up():
    for depth, edges in ((absorber.X0, absorber.X0_EDGES), (absorber.LAMBDA, absorber.LAMBDA_EDGES)):
        assert len(depth) == 36
        assert (np.diff(depth) > 0).all()
        assert (edges[:-1] <= depth).all()
        assert (depth <= edges[1:]).all()
    assert 1.3 < absorber.LAMBDA_EDGES[absorber.N_CEE_LAYERS] < 1.7
    assert 9 < absorber.LAMBDA_EDGES[-1] < 11
