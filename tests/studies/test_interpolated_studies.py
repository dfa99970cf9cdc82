"""Studies with seeds that depend on the threshold itself: the chain runs at each of them."""

import numpy as np
import pandas as pd
import pytest

from bye_splits import cli
from bye_splits.chain import ChainParameters, run_many
from bye_splits.data import open_source
from bye_splits.geometry import Geometry
from bye_splits.samples import toy
from bye_splits.studies.chunk import Settings
from bye_splits.studies.particles import outcomes
from bye_splits.studies.sample_outcomes import CELLS, stored_chunk, survey_sample
from bye_splits.studies.sample_tables import RADII, TABLES, THRESHOLDS, rows_of_chunk
from bye_splits.studies.store import store_of

EVENTS = 15
PARAMETERS = ChainParameters(seeding="interpolated_max", tc_threshold=0.5)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("interpolated") / "electrons.root"
    toy.write_sample(path, "electrons", 0, EVENTS, 1, None, Geometry.v11())
    return path


def test_ranges_of_thresholds_are_those_of_the_chain(file, tmp_path):
    parameters = TABLES["thresholds"].relevant(PARAMETERS)
    sample = store_of(survey_sample(str(file)), tmp_path, Settings.covering([parameters], RADII), CELLS)
    (chunk,) = sample.survey.chunks
    ranges = rows_of_chunk(sample, "thresholds", parameters, chunk)
    assert (ranges["property"] == "any").sum() == EVENTS
    ranges = ranges[ranges["property"] != "any"]
    assert len(ranges[ranges["property"] == "split"]) > 1
    assert set(ranges["from_threshold"]) | set(ranges["to_threshold"]) <= {*THRESHOLDS, np.inf}
    stored = stored_chunk(sample, chunk)
    with open_source(file) as source:
        (batch,) = source.batches(["x", "y", "z", "mipPt", "pt", "layer"])
    side = 2 * batch.event + (batch.trigger_cells["z"].to_numpy() < 0)
    keyed = stored.particles.assign(entry=stored.endcap, endcap=stored.endcap)
    for threshold in (THRESHOLDS[0], 20.0, THRESHOLDS[-1]):
        one = PARAMETERS.changed(seed_threshold=threshold)
        found = run_many(batch.trigger_cells, side, one, 2 * EVENTS).clusters
        became = outcomes(found.assign(entry=found["event"], endcap=found["event"]), keyed)
        here = ranges[(ranges["from_threshold"] <= threshold) & (threshold < ranges["to_threshold"])]
        counts = here["property"].value_counts()
        assert counts.get("split", 0) == became["split"].sum()
        assert counts.get("matched", 0) == became["leading_pt"].notna().sum()


def test_the_exact_study_of_thresholds_is_refused(file, tmp_path, capsys):
    parameters = tmp_path / "p.yaml"
    parameters.write_text(PARAMETERS.to_yaml())
    command = [
        "study",
        "threshold",
        str(file),
        "--out",
        str(tmp_path / "out"),
        "--parameters",
        str(parameters),
    ]
    assert cli.main(command) == 2
    said = capsys.readouterr().err
    assert "seeding interpolated_max" in said
    assert "study scan" in said


def test_the_scan_that_is_advised_is_there(file, tmp_path):
    parameters = tmp_path / "p.yaml"
    parameters.write_text(PARAMETERS.to_yaml())
    advised = ["--vary", "seed_threshold=5:60:12", "--grid", "--parameters", str(parameters)]
    assert cli.main(["study", "scan", str(file), "--out", str(tmp_path / "out"), *advised]) == 0
    assert len(pd.read_parquet(tmp_path / "out" / "scan.parquet")) == 12
