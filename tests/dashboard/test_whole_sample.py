"""The line about the whole sample: when it is worked on, what it says, and its shares."""

import time

import pandas as pd
import pytest
from forking import PYTHON

from bye_splits.chain import ChainParameters
from bye_splits.config import Config, Sample
from bye_splits.dashboard.catalogue import Catalogue
from bye_splits.dashboard.sample_runs import SampleRows
from bye_splits.dashboard.state.sample import SampleState
from bye_splits.dashboard.state.whole_sample import WholeSample
from bye_splits.dashboard.views.display.sample_line import SampleLine, share
from bye_splits.errors import ByeSplitsError
from bye_splits.geometry import Geometry
from bye_splits.samples import toy
from bye_splits.studies import background

EVENTS = 60


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """A catalogue with a sample of electrons, of which some split, and a process for studies."""
    folder = tmp_path_factory.mktemp("whole")
    path = folder / "electrons.root"
    toy.write_sample(path, "electrons", 0, EVENTS, 1, None, Geometry.v11())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BYE_SPLITS_BACKGROUND", "1")
        patch.setattr(background, "NICE", 0)  # other tests do not wait for it
        patch.setattr("bye_splits.studies.processes.PYTHON", PYTHON)
        patch.setenv("BYE_SPLITS_CACHE", str(folder / "cache"))
        key = ("electrons", "0")
        catalogue = Catalogue(Config(samples={key: Sample(*key, path)}))
        assert catalogue.has_studies
        yield catalogue


def awaited(sample, seconds=60):
    end = time.monotonic() + seconds
    while True:
        sample.poll()
        sets = [one for one in (sample.outcomes_a, sample.outcomes_b) if one is not None]
        if sets and all(one.progress.finished for one in sets):
            return sample
        assert time.monotonic() < end, sample.problem
        time.sleep(0.02)


def test_the_line_says_what_a_and_b_do_to_the_sample(opened):
    sets = [ChainParameters(), None]
    sample = WholeSample(catalogue=opened, wanted=lambda: (("electrons", "0"), *sets), rest=0.0)
    line = SampleLine(sample)
    assert line.html() == ""
    awaited(sample)
    assert len(sample.outcomes_a.particles) == EVENTS
    split = int(sample.outcomes_a.particles["split"].sum())
    assert split > 0
    assert f"splits {100 * split / EVENTS:.0f}" in line.html()
    assert f"of {EVENTS}</span></div>" in line.html()
    sets[1] = ChainParameters(seed_threshold=150.0)
    awaited(sample)
    fewer = int(sample.outcomes_b.particles["split"].sum())
    assert fewer < split
    assert f";</span> <span>B: {100 * fewer / EVENTS:.2g} %</span></div>" in line.html()
    assert f"B: {share(fewer, EVENTS)} of {EVENTS}." in line.html()


def test_what_moves_is_not_worked_on(opened):
    sets = [ChainParameters(seed_threshold=30.0), None]
    sample = WholeSample(catalogue=opened, wanted=lambda: (("electrons", "0"), *sets), rest=100.0)
    sample.poll()
    assert sample.outcomes_a is None
    sample._rest = 0.0
    sample.poll()
    assert sample.outcomes_a is not None
    sets[0] = ChainParameters(seed_threshold=31.0)
    sample._rest = 100.0
    sample.poll()
    assert sample.outcomes_a is None  # those of other parameters are not shown


def test_a_sample_that_cannot_be_read_is_a_problem_and_no_fault(opened):
    sample = WholeSample(catalogue=opened, wanted=lambda: (("muons", "0"), ChainParameters(), None), rest=0)
    sample.poll()
    assert sample.outcomes_a is None
    assert "no such sample" in sample.problem


def test_the_catalogue_joins_a_and_b_by_particle(opened):
    b = ChainParameters(chain="coarse_seeding")
    state = SampleState(opened, set_b=b)
    assert len(state.table) == 0
    awaited(state.whole)
    table = state.table
    assert len(table) == EVENTS
    assert list(table["clusters"]) == list(state.whole.outcomes_a.particles["n_near"])
    assert list(table["clusters_b"]) == list(state.whole.outcomes_b.particles["n_near"])
    assert table["response"].median() == pytest.approx(0.95, abs=0.06)


def test_the_catalogue_has_the_share_of_positions_in_which_a_shower_is_split(opened):
    state = SampleState(opened)
    awaited(state.whole)
    assert state.table["p_split"].isna().all()
    end = time.monotonic() + 60
    while state.whole.phases is None or not state.whole.phases.progress.finished:
        assert time.monotonic() < end
        state.whole.poll()
        time.sleep(0.02)
    share, split = state.table["p_split"], state.table["split"]
    assert share.between(0, 1).all()
    assert share[split].min() > 0  # the actual position is one of those that are tried
    assert share[split].mean() > 3 * share[~split].mean()
    wanted = opened.table(("electrons", "0"), state.set_a, "phases").rows
    assert list(share) == list(wanted["p_split"])


def test_without_processes_there_are_no_studies(opened, monkeypatch):
    monkeypatch.setenv("BYE_SPLITS_BACKGROUND", "0")
    catalogue = Catalogue(opened.config)
    assert not catalogue.has_studies
    sample = WholeSample(catalogue=catalogue, wanted=lambda: (("electrons", "0"), ChainParameters(), None))
    sample.poll()
    assert sample.outcomes_a is None
    monkeypatch.setenv("BYE_SPLITS_BACKGROUND", "many")
    with pytest.raises(ByeSplitsError, match="BYE_SPLITS_BACKGROUND: expected a number"):
        _ = Catalogue(opened.config).has_studies


def test_rows_of_a_run_are_in_the_order_of_its_chunks_whichever_come_first():
    class Some:
        def __init__(self):
            self.results, self.failures, self.progress = {}, {}, None

    run, parts = Some(), {number: pd.DataFrame({"x": [number]}) for number in range(5)}
    for number in (0, 1, 3, 2, 4):  # the fourth one comes before the third one
        run.results = dict(sorted((run.results | {number: parts[number]}).items()))
        assert SampleRows.of(run).rows["x"].tolist() == list(run.results)
