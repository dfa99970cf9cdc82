"""The pages of the studies: their numbers are those of the studies, boxes choose particles, links lead on."""

import io
import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from bokeh.document import Document
from bokeh.events import SelectionGeometry
from bokeh.io.doc import patch_curdoc
from study_pages import EVENTS, FEW, KEY, PILEUP, B, state_of

from bye_splits.chain import ChainParameters
from bye_splits.dashboard.figures import densities, study_plots
from bye_splits.dashboard.figures.study_plots import StudyPlot
from bye_splits.dashboard.link import study as link
from bye_splits.dashboard.routing import TABS
from bye_splits.dashboard.views.studies.compare import condition
from bye_splits.dashboard.views.studies.pages import STUDIES
from bye_splits.dashboard.views.studies.pane import StudyPane, samples_in_names, study_files
from bye_splits.dashboard.views.studies.texts import ChosenEvents, StudyFacts, numbers_table
from bye_splits.studies.catalogue import catalogue as catalogue_table
from bye_splits.studies.expressions import parse
from bye_splits.studies.measures import summary
from bye_splits.studies.paired import mcnemar
from bye_splits.studies.response import efficiency_table, responses

LONGEST = 26  # characters of a title of a y axis: the lowest plot has no room for more


@pytest.fixture
def unbrushed(response):
    yield response
    response.update(ranges=(), older=False)


def test_every_page_has_a_tab():
    assert list(TABS) == list(STUDIES)
    assert list(TABS.values()) == [study.title for study in STUDIES.values()]


def test_faults_of_the_older_pages_that_are_named_are_listed():
    root = Path(__file__).parents[2]
    text = (root / "docs" / "studies.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| (B\d+) \|", text, re.MULTILINE)
    assert listed == [f"B{number + 1}" for number in range(len(listed))]
    named = {
        name
        for path in (root / "bye_splits" / "dashboard" / "views" / "studies").glob("*.py")
        for name in re.findall(r"\bB\d+\b", path.read_text(encoding="utf-8"))
    }
    in_table = set(re.findall(r"\bB\d+\b", text.partition("## Faults")[0]))
    assert {"B4", "B8", "B12", "B21"} <= named <= set(listed)
    assert in_table >= set(listed)


def test_the_server_starts_without_holoviews():
    code = "import sys, bye_splits.dashboard.routing; print('holoviews' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_numbers_of_the_response_are_those_of_the_study(response, particles):
    assert len(particles) == EVENTS
    expected = summary(responses(particles, "leading", "energy"))
    assert response.summaries == [expected]
    assert f"{expected.mean:.3f}" in numbers_table(STUDIES["response"], response)


@pytest.mark.parametrize("slug", [slug for slug in STUDIES if slug != "compare"])
def test_every_plot_shows_something(studied, slug):
    state = state_of(studied, slug)
    for plot in STUDIES[slug].plots:
        pane = StudyPane(state, plot)
        assert not pane.shown.empty, plot.name
        assert sum(len(next(iter(source.data.values()))) for source in pane.drawn.sources.values()) > 0
        assert pane.shown.x or pane.shown.ticks
        assert 0 < len(pane.shown.y) <= LONGEST
        assert pane.shown.label == "toy simulation"
        assert pane.drawn.figure.yaxis.axis_label == pane.shown.y
        (left, right), (low, high) = pane.shown.ranges(plot.log_y)
        for table in (pane.shown.marks, pane.shown.dots):
            assert table["y"].between(low, high, inclusive="neither").all(), plot.name
            assert table["x"].between(left, right).all(), plot.name
    html = numbers_table(STUDIES[slug], state) + ChosenEvents(state, STUDIES[slug]).html()
    assert re.search(r"<td>[\d\u2212]", html)
    assert not re.search(r"<td>-\d", html), "a hyphen in the place of a minus sign"


def test_figures_of_the_same_layers_share_no_models():
    one, other = (StudyPlot(("lines", "marks"), name="plot").figure for _ in range(2))
    ids = [{model.id for model in figure.references()} for figure in (one, other)]
    assert not ids[0] & ids[1]
    assert one.document is None


def test_a_figure_that_is_made_in_a_thread_leaves_the_document_of_a_session_alone():
    changes, served = [], Document()
    served.on_change(changes.append)
    theme = served.theme
    with patch_curdoc(served):  # as while another session is answered: for all threads
        made = study_plots._copies.__wrapped__(("areas", "lines"), False, False).one()
    assert made.renderers
    assert (changes, served.roots, served.theme) == ([], [], theme)


def test_shares_are_those_of_the_study(studied, particles):
    state = state_of(studied, "splits")
    expected = efficiency_table(particles)
    expected = expected[expected["variable"] == "gen_energy"]
    (found,) = state.in_bins("split", "energy")
    assert found["k"].tolist() == expected["split"].tolist()
    assert found["n"].tolist() == expected["n"].tolist()
    np.testing.assert_allclose(found["share_high"], expected["split_rate_high"])


def boxed(pane, x, y):
    geometry = {"type": "rect", "x0": x[0], "x1": x[1], "y0": y[0], "y1": y[1]}
    pane._boxed(SelectionGeometry(model=None, geometry=geometry, final=True))


def test_a_box_in_one_plot_chooses_the_particles_of_all(unbrushed, particles):
    study, state = STUDIES["response"], unbrushed
    panes = {plot.name: StudyPane(state, plot) for plot in study.plots}
    events, facts = ChosenEvents(state, study), StudyFacts(state)
    boxed(panes["response-histogram"], (0.9, 1.0), (0, 1))
    boxed(panes["response-density"], (100.0, 300.0), (0.9, 1.0))
    values = responses(particles, "leading", "energy")
    energy = particles["gen_energy"].to_numpy()
    inside = (values >= 0.9) & (values <= 1.0) & (energy >= 100) & (energy <= 300)
    assert 0 < inside.sum() < EVENTS
    assert state.series[0].chosen.tolist() == inside.tolist()
    assert panes["response-histogram"].shown.numbers["particles"].sum() == inside.sum()
    assert events.html().count("<tr>") == inside.sum() + 1
    assert f"{inside.sum()} particles" in facts.html()
    boxed(panes["response-density"], (200.0, 200.0), (0.95, 0.95))  # a click
    assert state.ranges == ()


def test_a_box_chooses_the_particles_of_the_thresholds_and_radii(studied, particles):
    state = state_of(studied, "efficiency")
    whole = state.at_radii[0]
    state.update(ranges=(("abs_eta", 1.5, 2.3),))
    chosen = particles["gen_eta"].abs() <= 2.3
    assert 0 < chosen.sum() < EVENTS
    assert (state.at_radii[0]["n"] == chosen.sum()).all()
    assert (state.at_radii[0]["k"] <= whole["k"]).all()
    (steps,) = state.steps
    threshold = state.set_a.seed_threshold
    for name, has in (("split", particles["split"]), ("matched", particles["leading_pt"].notna())):
        assert steps[name].n == chosen.sum()
        assert steps[name].at(np.array([threshold])) == (has & chosen).sum()
    plot = next(plot for plot in STUDIES["efficiency"].plots if plot.name == "efficiency-threshold")
    assert len(plot.make(state).numbers) == len(steps["matched"].k)


def test_the_address_holds_the_state(unbrushed):
    ranges = (("energy", 100.0, 300.0), ("response", 0.9, 1.0))
    unbrushed.update(ranges=ranges, older=True)
    query = link.write(unbrushed)
    other = STUDIES["response"].state(unbrushed.catalogue)
    values, problems = link.read(query + "&eta=1.7:2.8&in_phi=1:0&eta2=1", other)
    assert values["ranges"] == ranges
    assert values["older"] is True
    assert values["eta"] == (1.7, 2.8)
    assert len(problems) == 2  # an unknown name, and a range that ends before it begins


def test_the_older_numbers_are_of_all_clusters(studied):
    state = state_of(studied, "response", older=True)
    (table,) = state.older_profiles
    clusters = state.series[0].tables["clusters"]
    assert table["n"].sum() == len(clusters)
    html = numbers_table(STUDIES["response"], state)
    assert "older: all clusters (B8, B13)" in html


def test_a_step_of_the_split_rate_opens_its_event(studied):
    state = state_of(studied, "splits")
    picture = STUDIES["splits"].plots[0].make(state)
    assert len(picture.dots)
    split = {row.event for row in state.series[0].particles.itertuples() if row.split}
    found = [re.search(r"event=(\d+).*seeds=([\d.]+)", url) for url in picture.dots["url"]]
    present = {int(match[1]) for match in found if float(match[2]) >= 20}
    assert split & present


def test_showers_are_moved_through_the_bins(studied):
    state = state_of(studied, "splits")
    (showers,) = state.showers
    assert len(showers.table) == FEW
    assert showers.split.shape == ((showers.p_split > 0).sum(), 20, 20)
    np.testing.assert_allclose(showers.split.mean(axis=(1, 2)), showers.p_split[showers.p_split > 0])
    html = numbers_table(STUDIES["splits"], state)
    assert "phase-averaged split rate" in html
    plots = {plot.name: plot for plot in STUDIES["splits"].plots}
    picture = plots["splits-bin"].make(state)
    assert picture.numbers["split"].sum() == showers.split.sum()
    wafer = plots["splits-wafer-all"].make(state)
    assert wafer.density.counts.sum() == showers.table["wafer_x"].notna().sum()
    average = plots["splits-average"].make(state)
    assert average.marks["y"].max() == pytest.approx(
        showers.in_bins("abs_eta", state.edges[0, "abs_eta"])["rate"].max()
    )
    state.update(ranges=(("abs_eta", 1.5, 2.3),))
    (few,) = state.showers
    assert len(few.table) == (showers.table["gen_eta"].abs() <= 2.3).sum()


def test_a_chain_without_bins_says_that_showers_are_not_moved(studied):
    state = state_of(studied, "splits", set_a=ChainParameters(chain="coarse_seeding"))
    plots = {plot.name: plot.make(state) for plot in STUDIES["splits"].plots}
    assert "does not use the bins" in plots["splits-p"].empty
    assert "the bins are not used" in numbers_table(STUDIES["splits"], state)
    assert not plots["splits-wafer"].empty
    assert len(plots["splits-seedings"].marks) == 3


def test_the_same_shower_in_many_pileups(studied):
    state = state_of(studied, "pileup")
    first = int(state.chosen_shower["event"])
    assert state.one_shower["A"].showers["event"].tolist() == [first]
    assert len(state.many["A"].showers) == 8
    html = numbers_table(STUDIES["pileup"], state)
    assert "spread of one shower" in html
    other = state_of(studied, "pileup", shower=7)
    assert other.one_shower["A"].showers["event"].tolist() == [7]
    values, problems = link.read(link.write(other), STUDIES["pileup"].state(studied))
    assert values["shower"] == 7
    assert not problems
    assert "Choose a sample with pile-up" in state_of(studied, "pileup", samples=(KEY,)).not_laid
    assert "Choose a sample with pile-up 0 first" in state_of(studied, "pileup", samples=(PILEUP,)).not_laid


def test_densities_of_many_points_are_those_of_few(monkeypatch):
    rng = np.random.default_rng(2)
    x, y, w = rng.random((3, 500))
    edges = np.linspace(0, 1, 11), np.linspace(0, 1, 6)
    few = densities.summed(x, y, *edges), densities.summed(x, y, *edges, weights=w)
    monkeypatch.setattr(densities, "MANY", 0)
    np.testing.assert_allclose(densities.summed(x, y, *edges), few[0])
    np.testing.assert_allclose(densities.summed(x, y, *edges, weights=w), few[1])


def test_the_comparison_counts_the_same_particles(studied):
    state = state_of(studied, "compare", set_b=B, compare="A | B")
    a, b = (one.particles for one in state.limited)
    near = (a["n_near"] > 0) & (b["n_near"] > 0)
    assert state.test == mcnemar(a["split"][near].to_numpy(bool), b["split"][near].to_numpy(bool))
    assert state.cells["particles"].sum() == EVENTS
    html = numbers_table(STUDIES["compare"], state)
    assert "McNemar" in html
    for plot in STUDIES["compare"].plots:
        assert not plot.make(state).empty
    table = catalogue_table(a, b)
    for row in state.cells.itertuples():
        text = condition(row.a_state, row.b_state)
        assert parse(text, state_known()).mask(table).sum() == row.particles, text


def state_known():
    from bye_splits.studies.columns import known_kinds

    return known_kinds(True)


def test_without_b_the_comparison_says_what_to_do(studied):
    state = state_of(studied, "compare")
    assert "Choose a set B" in numbers_table(STUDIES["compare"], state)


def test_links_lead_to_other_pages_also_where_all_share_an_address(studied):
    state = STUDIES["compare"].state(studied, ())
    assert link.of_each_event(state, KEY, [5])[0].startswith("display?particle=electrons&pileup=0&event=5&")
    state.address = "?page={}"
    assert link.of_each_event(state, KEY, [5])[0].startswith(
        "?page=display&particle=electrons&pileup=0&event=5&"
    )
    assert link.of_events(state, "split").startswith("?page=events&particle=electrons&")
    assert link.of_set(state, B).startswith("?page=display&particle=electrons&")


def test_a_csv_is_plain_and_its_companion_says_what_it_is(response):
    plot = next(plot for plot in STUDIES["response"].plots if plot.name == "response-scale")
    pane = StudyPane(response, plot)
    files = study_files(response, [pane]).makers
    csv, facts = files["response-scale.csv"](), json.loads(files["response-scale.json"]().content)
    table = pd.read_csv(io.BytesIO(csv.content))
    assert table.columns.tolist() == ["series", "x", "x_low", "x_high", "y", "low", "high"]
    assert len(table) == len(pane.shown.numbers) > 0
    name = samples_in_names(response)
    assert csv.name == f"{name}_response-scale.csv"
    assert facts["x"] == pane.shown.x
    assert "generated E [GeV]" in facts["x"]
    assert facts["plot"] == "Scale"
    assert facts["parameters"]["A"]["seed_threshold"] == response.set_a.seed_threshold
    caption = files["caption"]()
    assert caption.name == name
    assert "A: chain default, radius by layer" in caption.content.decode()
    assert caption.content.decode().endswith(response.label)


def test_without_processes_the_pages_say_so(studied, monkeypatch):
    other = SimpleNamespace(
        **{name: getattr(studied, name) for name in ("samples", "config", "parameters", "source")}
    )
    other.has_studies = False
    study = STUDIES["response"]
    state = study.state(other, study.kinds)
    state.poll()
    assert "no background processes" in StudyFacts(state).html()
    assert "no background processes" in study.plots[0].make(state).empty
