"""Studies of a chain without seed threshold and radius: every threshold and radius has the same clusters."""

import numpy as np
import pandas as pd
import pytest

from bye_splits import cli
from bye_splits.chain import ChainParameters
from bye_splits.geometry import Geometry
from bye_splits.samples import toy
from bye_splits.studies.chunk import LOWEST, Settings
from bye_splits.studies.sample_outcomes import CELLS, outcomes, survey_sample
from bye_splits.studies.sample_tables import RADII, TABLES, rows_of_chunk
from bye_splits.studies.store import store_of

EVENTS = 15
PARAMETERS = ChainParameters(chain="triangular", tc_threshold=0.5)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("triangular") / "electrons.root"
    toy.write_sample(path, "electrons", 0, EVENTS, 1, None, Geometry.v11())
    return path


@pytest.mark.parametrize("threshold", [20.0, 2.0])
def test_tables_of_a_sample(file, tmp_path, threshold):
    parameters = PARAMETERS.changed(seed_threshold=threshold)
    sample = store_of(survey_sample(str(file)), tmp_path, Settings.covering([parameters], RADII), CELLS)
    (chunk,) = sample.survey.chunks
    table = {
        kind: rows_of_chunk(sample, kind, TABLES[kind].relevant(parameters), chunk)
        for kind in ("thresholds", "radii", "clusters")
    }
    particles = outcomes(sample, parameters, chunk).particles
    ranges = table["thresholds"]
    assert set(ranges["from_threshold"]) == {min(threshold, LOWEST)}
    assert np.isinf(ranges["to_threshold"]).all()
    assert (ranges["property"] == "any").sum() == EVENTS
    assert (ranges["property"] == "matched").sum() == particles["leading_pt"].notna().sum() > 0
    for k in range(len(RADII)):
        np.testing.assert_allclose(table["radii"][f"near_pt_{k}"], particles["near_pt"], rtol=1e-6)
    assert len(table["clusters"]) == particles["n_clusters"].sum()


def test_the_study_of_thresholds_has_each_particle_once(file, tmp_path):
    command = ["study", "threshold", str(file), "--out", str(tmp_path), "--chain", "triangular"]
    assert cli.main(command) == 0
    rows = pd.read_parquet(tmp_path / "particles.parquet")
    assert len(rows) == EVENTS
    assert set(rows["threshold_from"]) == {LOWEST}
    assert np.isinf(rows["threshold_to"]).all()
