"""Which cluster belongs to which generated particle, and what became of each particle."""

import numpy as np
import pandas as pd

from bye_splits.studies.particles import IDENTITY, belongs_to, outcomes, owners, particle_rows
from bye_splits.studies.sample_study import with_particles


def clusters_of(*rows):
    names = ["entry", "endcap", "eta", "phi", "pt", "energy"]
    return pd.DataFrame(rows, columns=names)


def particles_of(*rows):
    return pd.DataFrame(rows, columns=["entry", "endcap", "gen_eta", "gen_phi"])


def test_rows_of_particles():
    particles = pd.DataFrame(
        {
            "entry": [3, 3, 5],
            "pid": [22, 22, 11],
            "exeta": np.float32([2.0, -2.5, 1.7]),
            "exphi": np.float32([0.1, 3.0, -1]),
            "pt": np.float32([10, 20, 30]),
            "energy": np.float32([40, 120, 85]),
        }
    )
    events = pd.DataFrame({"entry": [3, 4, 5], "event": [103, 104, 105]})
    rows = particle_rows(particles, events)
    assert rows["event"].tolist() == [103, 103, 105]
    assert rows["endcap"].tolist() == [1, -1, 1]
    np.testing.assert_allclose(rows["gen_pt_face"], rows["gen_energy"] / np.cosh([2.0, -2.5, 1.7]), rtol=1e-6)
    assert rows["gen_pt"].tolist() == [10, 20, 30]


def test_rows_of_a_table_belong_to_particles():
    particles = pd.DataFrame([(0, 7, 1, 0), (0, 7, -1, 0), (1, 7, 1, 0), (1, 9, 1, 1)], columns=IDENTITY)
    table = pd.DataFrame(
        [(1, 9, 1, 1), (0, 7, -1, 0), (0, 8, 1, 0), (1, 9, 1, 0), (0, 7, -1, 0)], columns=IDENTITY
    )
    assert owners(table, particles).tolist() == [3, 1, -1, -1, 1]
    assert owners(table, particles[:0]).tolist() == [-1] * 5
    assert owners(table[:0], particles).tolist() == []


def test_the_nearest_particle_of_the_endcap_across_the_turn_of_phi():
    particles = particles_of((0, 1, 2.0, 3.1), (0, 1, 2.0, 1.0), (0, -1, -2.0, 3.1), (2, 1, 2.0, 0.0))
    clusters = clusters_of(
        (0, 1, 2.0, -3.1, 1, 1), (0, 1, 2.1, 1.0, 1, 1), (0, -1, -2.0, 1.0, 1, 1), (1, 1, 2.0, 0.0, 1, 1)
    )
    row, distance = belongs_to(clusters, particles)
    assert row.tolist() == [0, 1, 2, -1]
    np.testing.assert_allclose(distance, [2 * np.pi - 6.2, 0.1, 2.1, np.nan], atol=1e-12)


def test_outcomes():
    particles = particles_of((0, 1, 2.0, 0.0), (0, -1, -2.0, 0.0), (1, 1, 2.0, 0.0), (2, 1, 2.0, 0.0))
    clusters = clusters_of(
        # split: 30 % of the energy in a second cluster 0.08 away; a third one is far from the particle
        *((0, 1, 2.0, 0.01, 7, 70), (0, 1, 2.0, 0.08, 3, 30), (0, 1, 2.5, 1.0, 9, 90)),
        # the other endcap: the second one has too little
        *((0, -1, -2.0, 0.0, 5, 95), (0, -1, -2.0, 0.02, 4, 5)),
        # not matched, but near
        (1, 1, 2.07, 0.0, 6, 60),
    )
    found = outcomes(clusters, particles)
    assert found["n_clusters"].tolist() == [3, 2, 1, 0]
    assert found["n_near"].tolist() == [2, 2, 1, 0]
    np.testing.assert_array_equal(found["leading_pt"], [7, 5, np.nan, np.nan])
    np.testing.assert_array_equal(found["leading_energy"], [70, 95, np.nan, np.nan])
    np.testing.assert_array_equal(found["near_energy"], [100, 100, 60, 0])
    np.testing.assert_array_equal(found["all_pt"], [19, 9, 6, 0])
    np.testing.assert_allclose(found["second_share"], [0.3, 0.05, np.nan, np.nan])
    np.testing.assert_allclose(found["second_dr"], [0.07, 0.02, np.nan, np.nan])
    assert found["split"].tolist() == [True, False, False, False]
    beside = with_particles(clusters, particles.assign(particle=[0, 1, 0, 0]))
    assert beside["leading"].tolist() == [True, False, False, True, False, False]
    assert beside["n_near"].tolist() == [2, 2, 2, 2, 2, 1]
    np.testing.assert_allclose(beside["share"], [0.7, 0.3, np.nan, 0.95, 0.05, 1])
    assert beside["particle"].tolist() == [0, 0, 0, 1, 1, 0]


def test_without_clusters_or_particles():
    some = particles_of((0, 1, 2.0, 0.0))
    assert outcomes(clusters_of(), some)["n_clusters"].tolist() == [0]
    assert len(outcomes(clusters_of((0, 1, 2.0, 0.0, 1, 1)), particles_of())) == 0
    alone = with_particles(clusters_of((0, 1, 2.0, 0.0, 1, 1)), particles_of().assign(particle=[]))
    assert (alone["n_near"].tolist(), alone["leading"].tolist()) == ([0], [False])
    assert alone[["dr", "share", "particle"]].isna().all(axis=None)
    row, distance = belongs_to(clusters_of((0, 1, 2.0, 0.0, 1, 1)), particles_of())
    assert row.tolist() == [-1]
    assert np.isnan(distance).all()
