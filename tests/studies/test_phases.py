"""One shower in all positions in the bins."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bye_splits.chain import ChainParameters, run, run_many
from bye_splits.chain.cells import Cells
from bye_splits.chain.histogram import Binning
from bye_splits.data import open_source
from bye_splits.geometry import Geometry
from bye_splits.samples import toy
from bye_splits.studies import phases
from bye_splits.studies.particles import outcomes
from bye_splits.studies.phases import Positions, moved_clusters, phase_map

REFERENCE = Path(__file__).parents[2].parent / "shared" / "reference" / "studies" / "input"
SPLIT, WHOLE = 41, 1  # event numbers of the electrons
DEFAULT = ChainParameters()


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("electrons") / "electrons_PU0.root"
    toy.write_sample(path, "electrons", 0, SPLIT, 11, None, Geometry.v11())
    with open_source(path) as opened:
        yield opened


def shower(source, number):
    event = source.event(number)
    particle, cells = event.generated.iloc[0], event.trigger_cells
    cells = cells[(cells["mipPt"] >= 0.5) & ((cells["z"] > 0) == (particle["exeta"] > 0))]
    return cells.reset_index(drop=True), float(particle["exeta"]), float(particle["exphi"])


def split_of(clusters, eta, phi):
    particle = pd.DataFrame({"entry": [0], "endcap": [1], "gen_eta": [eta], "gen_phi": [phi]})
    return bool(outcomes(clusters.assign(entry=0, endcap=1), particle)["split"].iat[0])


def with_pileup(cells, eta, n=6000):
    """Soft trigger cells everywhere in the shower's endcap beside those of a shower."""
    rng = np.random.default_rng(4)
    z = rng.choice(cells["z"].to_numpy(), n)
    r, phi = np.abs(z) * rng.uniform(0.09, 0.5, n), rng.uniform(-np.pi, np.pi, n)
    mip = 0.5 + rng.exponential(2.5, n)
    layer = rng.choice(np.append(cells["layer"].to_numpy(), [30, 45]), n)
    more = {"x": r * np.cos(phi), "y": r * np.sin(phi), "z": z, "mipPt": mip, "pt": mip / 50, "layer": layer}
    return pd.concat([cells[list(more)], pd.DataFrame(more)], ignore_index=True)


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference sample is not beside this repository")
@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize(("number", "expected"), [(40, 0.50), (291, 0.36), (294, 0.46)])
def test_known_showers(number, expected, legacy):
    with open_source(REFERENCE / "photons_PU0.root") as photons:
        found = phase_map(*shower(photons, number), ChainParameters(legacy=legacy), 1, 400)
    assert found.split.shape == (1, 400)
    assert found.fraction == pytest.approx(expected, abs=0.006)
    assert found.split[found.positions.here]


@pytest.mark.parametrize(
    "parameters", [DEFAULT, ChainParameters(legacy=True), ChainParameters(chain="coarse_seeding")]
)
def test_the_actual_position_is_that_of_the_chain(source, parameters):
    for number in (SPLIT, WHOLE, 20, 30):
        cells, eta, phi = shower(source, number)
        found = phase_map(cells, eta, phi, parameters, 4, 5)
        assert found.split[found.positions.here] == split_of(run(cells, parameters).clusters, eta, phi)
        positions = Positions.of(eta, phi, parameters, 4, 5)
        n = len(positions)
        assert found.split.shape == ((4, 5) if parameters.chain == "default" else (1, 1))
        d_rz, d_phi = (shift.reshape(positions.n_rz, positions.n_phi) for shift in positions.shifts)
        assert (d_rz[positions.here], d_phi[positions.here]) == (0, 0)
        assert len(d_rz.ravel()) == n


def test_every_position_is_a_moved_shower(source):
    cells, eta, phi = shower(source, SPLIT)
    positions = Positions.of(eta, phi, DEFAULT, 4, 10)
    d_rz, d_phi = (shift[:, None] for shift in positions.shifts)
    x, y, z = (cells[name].to_numpy() for name in "xyz")
    r, angle = np.hypot(x, y) + d_rz * np.abs(z), np.arctan2(y, x) + d_phi
    n = len(positions)
    moved = {"x": (r * np.cos(angle)).ravel(), "y": (r * np.sin(angle)).ravel()}
    moved |= {name: np.tile(cells[name].to_numpy(), n) for name in ("z", "mipPt", "pt", "layer")}
    expected = run_many(moved, np.repeat(np.arange(n), len(cells)), DEFAULT).clusters
    parts = list(moved_clusters(Cells.of(cells), positions, DEFAULT))
    found = pd.concat([pd.DataFrame(part) for part in parts], ignore_index=True)
    assert found["position"].tolist() == expected["event"].tolist()
    for name in ("pt", "energy", "eta", "phi"):
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-5, err_msg=name)
    eta, phi = positions.directions(np.array([eta]), np.array([phi]))
    split = [split_of(expected[expected["event"] == k], float(eta[k, 0]), float(phi[k, 0])) for k in range(n)]
    found = phase_map(*shower(source, SPLIT), DEFAULT, 4, 10)
    assert found.split.ravel().tolist() == split
    assert 0 < found.fraction < 1
    np.testing.assert_array_equal(found.by_rz, found.split.mean(axis=1))
    assert found.by_phi.mean() == found.by_rz.mean() == found.fraction


def test_only_what_is_near_the_particle_matters(source, monkeypatch):
    cells, eta, phi = shower(source, SPLIT)
    cells = with_pileup(cells, eta)
    used = []
    around = phases.around
    monkeypatch.setattr(phases, "around", lambda *of: used.append(around(*of)) or used[-1])
    variants = [DEFAULT, ChainParameters(association="max_energy", seed_window=2, seed_threshold=10.0)]
    near = [phase_map(cells, eta, phi, parameters, 3, 8).split for parameters in variants]
    assert all(clustered.sum() < for_seeds.sum() < 0.6 * len(cells) for for_seeds, clustered in used)
    assert all((for_seeds | ~clustered).all() for for_seeds, clustered in used)
    monkeypatch.setattr(phases, "around", lambda cells, *_: (np.ones(len(cells.x), dtype=bool),) * 2)
    for parameters, split in zip(variants, near, strict=True):
        np.testing.assert_array_equal(phase_map(cells, eta, phi, parameters, 3, 8).split, split)
    assert near[0].any()


def test_the_map_belongs_to_the_bin_and_not_to_the_position_in_it(source):
    """A shower that was moved within the bin, or to the next one in phi, has the same map."""
    cells, eta, phi = shower(source, SPLIT)
    first = phase_map(cells, eta, phi, DEFAULT, 1, 8)
    bin_width = np.diff(Binning().phi_edges[:2])[0]
    for bins in (1, 2 / 8, -3 / 8):
        cos, sin = np.cos(bins * bin_width), np.sin(bins * bin_width)
        turned = cells.assign(x=cells["x"] * cos - cells["y"] * sin, y=cells["x"] * sin + cells["y"] * cos)
        again = phase_map(turned, eta, phi + bins * bin_width, DEFAULT, 1, 8)
        np.testing.assert_array_equal(again.split, first.split)
        i, j = first.positions.here
        assert again.positions.here == (i, (j + round(8 * bins)) % 8)


@pytest.mark.parametrize("eta", [1.75, -2.75])
def test_phases(eta):
    positions = Positions(eta, 3.1, Binning())
    rz, phi = positions.phases
    i, j = positions.here
    edges = positions.binning.rz_edges
    row = np.searchsorted(edges, positions.rz, side="right") - 1
    assert rz == pytest.approx((positions.rz - edges[row]) / (edges[1] - edges[0]))
    assert (i, j) == (int(20 * rz), int(20 * phi))
    eta_of, phi_of = (each.reshape(20, 20) for each in positions.directions(np.array([eta]), np.array([3.1])))
    assert (np.sign(eta_of) == np.sign(eta)).all()
    assert (eta_of[i, j], phi_of[i, j]) == (pytest.approx(eta), 3.1)
    for k in range(20):  # in the same bin, one position per twentieth of it
        there = Positions(eta_of[k, 0], phi_of[0, k], positions.binning)
        assert there.here == (k, k)
        assert edges[row] <= there.rz < edges[row + 1]


def test_what_other_particles_have_is_not_a_fragment(source):
    cells, eta, phi = shower(source, SPLIT)
    clusters = run(cells, DEFAULT).clusters
    second = clusters.iloc[np.argsort(clusters["energy"].to_numpy())[-2]]
    others = pd.DataFrame({"gen_eta": [second["eta"]], "gen_phi": [second["phi"]]})
    alone, beside = (phase_map(cells, eta, phi, DEFAULT, 1, 10, each) for each in (None, others))
    assert alone.split[alone.positions.here]
    assert not beside.split[beside.positions.here]


def test_given_up(source):
    answers = iter([True, False])
    assert phase_map(*shower(source, WHOLE), DEFAULT, wanted=lambda: next(answers)) is None


def test_nothing_to_split(source):
    cells, eta, phi = shower(source, WHOLE)
    assert phase_map(cells[:0], eta, phi, DEFAULT, 2, 3).fraction == 0
    high = replace(DEFAULT, seed_threshold=1e6)
    assert phase_map(cells, eta, phi, high, 2, 3).fraction == 0
