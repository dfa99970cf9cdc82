"""The page of a file's own clusters: the numbers of the study, and the setting of a file by name."""

from dataclasses import replace
from html import unescape

import numpy as np
import pandas as pd
import pytest
from forking import PYTHON
from study_pages import EVENTS, KEY, B, state_of

from bye_splits.config import Config, Sample
from bye_splits.dashboard.catalogue import Catalogue
from bye_splits.dashboard.figures.cluster_colours import KIND_COLOURS, KIND_WORDS
from bye_splits.dashboard.link import study as link
from bye_splits.dashboard.views.studies.own_clusters import OwnClustersFacts, waiting
from bye_splits.dashboard.views.studies.own_controls import OwnClustersControls
from bye_splits.dashboard.views.studies.pages import STUDIES
from bye_splits.dashboard.views.studies.sidebar import StudySidebar
from bye_splits.dashboard.views.studies.texts import numbers_table
from bye_splits.data import open_source
from bye_splits.geometry import Geometry
from bye_splits.samples import events, toy
from bye_splits.studies.own_clusters import KINDS, SETTINGS, agreements

STUDY = STUDIES["cl3d"]
PLOTS = {plot.name: plot for plot in STUDY.plots}


@pytest.fixture(scope="module")
def default(studied):
    return state_of(studied, "cl3d")


@pytest.fixture(scope="module")
def both(studied):
    return state_of(studied, "cl3d", set_b=B, compare="A | B")


def test_kinds_have_colours_and_words():
    assert list(KIND_COLOURS) == list(KIND_WORDS) == list(KINDS)


def test_the_numbers_are_those_of_the_study(studied, both):
    wanted = SETTINGS | {"A": both.set_a, "B": both.set_b}
    with open_source(studied.location(KEY)) as source:
        theirs = agreements(source, wanted)
    assert both.by_setting == {name: theirs[name].counts for name in SETTINGS}
    for found, name in zip(both.agreements, "AB", strict=True):
        a = found.pairs[theirs[name].pairs.columns].astype({"kind": object})
        pd.testing.assert_frame_equal(a, theirs[name].pairs, check_dtype=False)
    assert both.agreements[1].counts["missing"] > 0  # there is something to see


def test_a_file_of_the_default_chain_is_named(default):
    facts = OwnClustersFacts(default).html()
    n = sum(default.agreements[0].counts.values())
    assert f"{n} clusters in {EVENTS} events" in facts
    assert "default \u00b7 100 % the same" in facts
    html = numbers_table(STUDY, default)
    assert "default, 100 % the same: the file's clusters were made with it" in unescape(html)
    assert "All clusters of all events are the same." in html
    assert len(default.worst_events) == 0


def test_events_that_differ_are_listed_and_lead_to_the_display(studied):
    state = state_of(studied, "cl3d", set_a=B)
    table = state.worst_events
    differ = table[["moved", "missing", "extra"]].sum(axis=1)
    assert differ.is_monotonic_decreasing
    assert (differ > 0).all()
    html = numbers_table(STUDY, state)
    assert f"event={table['event'][0]}&" in unescape(html)
    assert html.count("target=") == min(len(table), 12) + len(SETTINGS)


def test_plots_count_every_cluster(both):
    a, b = both.agreements
    spectrum = PLOTS["cl3d-spectrum"].make(both).numbers
    counts = spectrum.groupby("kind")["clusters"].sum()
    assert {kind: counts[kind] for kind in KINDS} == a.counts
    for name in ("pt", "eta", "phi"):
        picture = PLOTS[f"cl3d-{name}"].make(both)
        assert not picture.empty
        counts = picture.numbers.groupby("series", sort=False)["clusters"].sum().to_numpy()
        common = [found.counts["same"] + found.counts["moved"] for found in (a, b)]
        assert (counts <= common).all()
        assert (counts >= np.floor(0.98 * np.array(common))).all()
        low, high = picture.x_range
        assert low == -high  # of which 0 is the middle
    same = PLOTS["cl3d-same"].make(both).marks
    assert set(same[same["series"] == "A"]["y"]) == {1.0}
    cells = PLOTS["cl3d-cells"].make(both).numbers
    cells = cells[cells["clusters"] > 0]
    ((low, high),) = cells[cells["series"] == "A"][["low", "high"]].to_numpy()
    assert -low == high == (high - low) // 2 + 0.5  # of an odd number of cells, 0 in the middle


def test_a_file_that_does_not_count_its_cells_says_so(default):
    found = default.agreements[0].pairs.assign(n_cells_file=np.nan)
    default.states = {
        name: replace(of, rows=found) if name[2] == "own_pairs" else of for name, of in default.states.items()
    }
    assert "does not count" in PLOTS["cl3d-cells"].make(default).empty
    assert not PLOTS["cl3d-pt"].make(default).empty
    default.poll()


def test_the_number_of_events_is_in_the_address(studied, default):
    assert "events=100" in link.write(default)
    values, problems = link.read("?events=all&particle=electrons&pileup=0", default)
    assert values["most"] is None
    assert problems == []
    values, problems = link.read("?events=7", default)
    assert "most" not in values
    assert "100, 1000, 10000, all" in str(problems[0])
    _, problems = link.read("?events=100", state_of(studied, "response"))
    assert "events" in str(problems[0])


def test_only_what_has_an_effect_can_be_set(default):
    sidebar = StudySidebar(default, STUDY)
    shown = set(sidebar.__panel__().select())
    assert not shown & {sidebar.eta, sidebar.pt, sidebar.against, sidebar.quantity, sidebar.norm}
    controls = OwnClustersControls(default)
    controls.most.value = 1000
    assert default.most == 1000
    default.update(most=100)
    assert controls.most.value == 100


@pytest.mark.parametrize("name", ["xy, radius 0.015", "shared by energy"])
def test_a_file_made_with_another_setting_is_named(tmp_path, monkeypatch, name):
    path = tmp_path / "electrons_PU200.root"
    monkeypatch.setattr(events, "CHAIN", SETTINGS[name])
    monkeypatch.setattr("bye_splits.studies.processes.PYTHON", PYTHON)
    monkeypatch.setenv("BYE_SPLITS_BACKGROUND", "1")
    monkeypatch.setenv("BYE_SPLITS_CACHE", str(tmp_path / "cache"))
    toy.write_sample(path, "electrons", 200, 1, 1, None, Geometry.v11())
    state = state_of(Catalogue(Config(samples={KEY: Sample(*KEY, path)})), "cl3d")
    assert f"{name} \u00b7 100 % the same" in OwnClustersFacts(state).html()


def test_without_background_there_is_a_reason(studied, monkeypatch):
    state = STUDY.state(studied, STUDY.kinds)
    assert waiting(state) == "Waiting for the first events \u2026"
    monkeypatch.setattr(type(studied), "has_studies", False)
    assert "no background processes" in waiting(state)
    assert all(plot.make(state).empty for plot in STUDY.plots)


def test_a_file_without_clusters_is_said(tmp_path, monkeypatch):
    path = tmp_path / "electrons.root"
    monkeypatch.setattr(events, "CHAIN", SETTINGS["default"].changed(seed_threshold=1e6))
    monkeypatch.setattr("bye_splits.studies.processes.PYTHON", PYTHON)
    monkeypatch.setenv("BYE_SPLITS_BACKGROUND", "1")
    monkeypatch.setenv("BYE_SPLITS_CACHE", str(tmp_path / "cache"))
    toy.write_sample(path, "electrons", 0, 3, 1, None, Geometry.v11())
    state = state_of(Catalogue(Config(samples={KEY: Sample(*KEY, path)})), "cl3d")
    assert state.agreements[0].counts["extra"] > 0  # the chain has some
    assert numbers_table(STUDY, state) == '<p class="hint">The file has no clusters to compare with.</p>'
    assert "best known setting" not in OwnClustersFacts(state).html()
    assert all(plot.make(state).empty for plot in STUDY.plots)
