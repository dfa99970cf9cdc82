"""The pages of the studies: their numbers are those of the studies, boxes choose particles, links lead on."""

import re
import subprocess
import sys
import time
from dataclasses import replace
from html import unescape
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from bokeh.events import SelectionGeometry

from bye_splits.chain import ChainParameters
from bye_splits.config import Config, Sample
from bye_splits.dashboard import report as report_module
from bye_splits.dashboard.catalogue import Catalogue
from bye_splits.dashboard.figures import densities
from bye_splits.dashboard.figures.study_plots import StudyPlot
from bye_splits.dashboard.link import study as link
from bye_splits.dashboard.report import write_report
from bye_splits.dashboard.routing import TABS
from bye_splits.dashboard.views.studies.compare import condition
from bye_splits.dashboard.views.studies.pages import STUDIES
from bye_splits.dashboard.views.studies.pane import StudyPane
from bye_splits.dashboard.views.studies.scan_controls import ScanControls
from bye_splits.dashboard.views.studies.sidebar import StudySidebar
from bye_splits.dashboard.views.studies.texts import ChosenEvents, ChosenTitle, StudyFacts, numbers_table
from bye_splits.geometry import Geometry
from bye_splits.samples import toy
from bye_splits.studies import background, pileup_overlay
from bye_splits.studies.catalogue import catalogue as catalogue_table
from bye_splits.studies.expressions import parse
from bye_splits.studies.measures import summary
from bye_splits.studies.paired import mcnemar
from bye_splits.studies.report import seeding_table, with_conditions
from bye_splits.studies.response import efficiency_table, responses
from bye_splits.studies.sample_tables import TABLES

EVENTS = 60
KEY, PILEUP = ("electrons", "0"), ("electrons", "200")
FEW = 16  # events of the tables that take long
B = ChainParameters(seed_threshold=150.0)
COARSE = ChainParameters(chain="coarse_seeding")


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """A catalogue with a sample of electrons, of which some split, and a process for studies."""
    folder = tmp_path_factory.mktemp("studies")
    path = folder / "electrons.root"
    toy.write_sample(path, "electrons", 0, EVENTS, 1, None, Geometry.v11())
    with_pileup = folder / "electrons_PU200.root"
    toy.write_sample(with_pileup, "electrons", 200, 1, 1, None, Geometry.v11())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BYE_SPLITS_BACKGROUND", "1")
        patch.setenv("BYE_SPLITS_CACHE", str(folder / "cache"))
        patch.setattr(background, "NICE", 0)  # other tests do not wait for it
        patch.setattr(pileup_overlay, "MOST", 8)
        patch.setitem(TABLES, "positions", replace(TABLES["positions"], events=FEW // 2))
        samples = {KEY: Sample(*KEY, path), PILEUP: Sample(*PILEUP, with_pileup)}
        yield Catalogue(Config(samples=samples))


def state_of(opened, slug, **values):
    study = STUDIES[slug]
    state = study.state(opened, study.kinds)
    state.most = FEW
    samples = (KEY, PILEUP) if study.overlay else (KEY,)
    state.update(**{"samples": samples} | values)
    end = time.monotonic() + 60
    while True:
        state.poll()
        if state.complete:
            return state
        assert time.monotonic() < end, state.states
        time.sleep(0.02)


@pytest.fixture(scope="module")
def response(opened):
    return state_of(opened, "response")


@pytest.fixture(scope="module")
def particles(opened):
    return state_of(opened, "response").series[0].particles


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
def test_every_plot_shows_something(opened, slug):
    state = state_of(opened, slug)
    for plot in STUDIES[slug].plots:
        pane = StudyPane(state, plot)
        assert not pane.shown.empty, plot.name
        assert sum(len(next(iter(source.data.values()))) for source in pane.drawn.sources.values()) > 0
        assert pane.shown.x or pane.shown.ticks
        assert pane.shown.y
        assert pane.shown.label == "toy simulation"
        assert pane.drawn.figure.yaxis.axis_label == pane.shown.y
    assert numbers_table(STUDIES[slug], state)


def test_figures_of_the_same_layers_share_no_models():
    one, other = (StudyPlot(("lines", "marks"), name="plot").figure for _ in range(2))
    ids = [{model.id for model in figure.references()} for figure in (one, other)]
    assert not ids[0] & ids[1]
    assert one.document is None


def test_shares_are_those_of_the_study(opened, particles):
    state = state_of(opened, "splits")
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


def test_the_older_numbers_are_of_all_clusters(opened):
    state = state_of(opened, "response", older=True)
    (table,) = state.older_profiles
    clusters = state.series[0].tables["clusters"]
    assert table["n"].sum() == len(clusters)
    html = numbers_table(STUDIES["response"], state)
    assert "older: all clusters (B8, B13)" in html


def test_a_step_of_the_split_rate_opens_its_event(opened):
    state = state_of(opened, "splits")
    picture = STUDIES["splits"].plots[0].make(state)
    assert len(picture.dots)
    split = {row.event for row in state.series[0].particles.itertuples() if row.split}
    found = [re.search(r"event=(\d+).*seeds=([\d.]+)", url) for url in picture.dots["url"]]
    present = {int(match[1]) for match in found if float(match[2]) >= 20}
    assert split & present


def test_showers_are_moved_through_the_bins(opened):
    state = state_of(opened, "splits")
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


def test_a_chain_without_bins_says_that_showers_are_not_moved(opened):
    state = state_of(opened, "splits", set_a=ChainParameters(chain="coarse_seeding"))
    plots = {plot.name: plot.make(state) for plot in STUDIES["splits"].plots}
    assert "does not use the bins" in plots["splits-p"].empty
    assert "the bins are not used" in numbers_table(STUDIES["splits"], state)
    assert not plots["splits-wafer"].empty
    assert len(plots["splits-seedings"].marks) == 3


def test_the_same_shower_in_many_pileups(opened):
    state = state_of(opened, "pileup")
    first = int(state.chosen_shower["event"])
    assert state.one_shower["A"].showers["event"].tolist() == [first]
    assert len(state.many["A"].showers) == 8
    html = numbers_table(STUDIES["pileup"], state)
    assert "spread of one shower" in html
    other = state_of(opened, "pileup", shower=7)
    assert other.one_shower["A"].showers["event"].tolist() == [7]
    values, problems = link.read(link.write(other), STUDIES["pileup"].state(opened))
    assert values["shower"] == 7
    assert not problems
    assert "Choose a sample with pile-up" in state_of(opened, "pileup", samples=(KEY,)).not_laid
    assert "Choose a sample with pile-up 0 first" in state_of(opened, "pileup", samples=(PILEUP,)).not_laid


OLDER = {
    **{slug: {} for slug in ("splits", "response", "efficiency", "pileup", "report")},
    "compare": {"set_b": B, "compare": "A | B"},
}


@pytest.mark.parametrize("slug", OLDER)
def test_the_older_pages_numbers_and_what_makes_the_difference(opened, slug):
    study, state = STUDIES[slug], state_of(opened, slug, **OLDER[slug])
    plain = [plot.make(state) for plot in study.plots]
    state = state_of(opened, slug, older=True, **OLDER[slug])
    drawn = [plot.make(state) for plot in study.plots]
    more = [
        len(b.marks) + len(b.lines) - len(a.marks) - len(a.lines) for a, b in zip(plain, drawn, strict=True)
    ]
    assert max(more) > 0
    why = study.older.why(state, state.series[0])
    html = ChosenEvents(state, study).html()
    assert html.count("<tr>") == (why != "").sum() + ((why != "").any())
    assert study.older.words in unescape(ChosenTitle(state, study).html())


def test_where_there_is_nothing_older_the_page_says_why(opened):
    sidebar = StudySidebar(state_of(opened, "scan"), STUDIES["scan"])
    assert not sidebar.older.visible
    assert "no scan of these parameters" in sidebar.no_older.object
    assert all(study.older or study.no_older for study in STUDIES.values())


def test_densities_of_many_points_are_those_of_few(monkeypatch):
    rng = np.random.default_rng(2)
    x, y, w = rng.random((3, 500))
    edges = np.linspace(0, 1, 11), np.linspace(0, 1, 6)
    few = densities.summed(x, y, *edges), densities.summed(x, y, *edges, weights=w)
    monkeypatch.setattr(densities, "MANY", 0)
    np.testing.assert_allclose(densities.summed(x, y, *edges), few[0])
    np.testing.assert_allclose(densities.summed(x, y, *edges, weights=w), few[1])


def test_the_comparison_counts_the_same_particles(opened):
    state = state_of(opened, "compare", set_b=B, compare="A | B")
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


def test_without_b_the_comparison_says_what_to_do(opened):
    state = state_of(opened, "compare")
    assert "Choose a set B" in numbers_table(STUDIES["compare"], state)


def test_sets_of_a_scan_lead_to_the_display(opened):
    state = state_of(opened, "scan")
    picture = STUDIES["scan"].plots[1].make(state)
    assert len(picture.dots) == len(state.sets_table)
    assert state.sets_table["pareto"].any()
    assert picture.dots["url"].str.contains("compare=AB").all()
    assert state.restored[0].seed_threshold == state.sets_table["seed_threshold"].iloc[0]
    state.update(ranges=(("split_rate", 0.0, 0.02),))
    assert state.chosen_sets.tolist() == (state.sets_table["split_rate"] <= 0.02).tolist()


def test_a_scan_is_of_the_parameters_and_ranges_that_are_typed(opened):
    state = STUDIES["scan"].state(opened, ())
    controls = ScanControls(state)
    controls.ranges["radius"].value = "0.01,0.02"
    controls.ranges["kernel"].value = ""
    assert state.vary == ("seed_threshold=5:80", "radius=0.01,0.02")
    controls.add.value = "Chain"
    controls.kind.value = True
    vary = ("seed_threshold=5:80:8", "radius=0.01,0.02", "chain=default,coarse_seeding")
    assert (state.vary, state.grid, state.wanted) == (vary, True, 8 * 2 * 2)
    assert not controls.ranges["kernel"].visible
    controls.ranges["radius"].value = "0.02:0.01"
    assert "radius" in state.message.text
    assert (state.vary, controls.ranges["radius"].value) == (vary, "0.01,0.02")
    again = STUDIES["scan"].state(opened, ())
    values, problems = link.read(link.write(state), again)
    again.update(**values)
    assert (problems, again.choice) == ([], state.choice)
    end = time.monotonic() + 60
    while not again.complete:
        again.poll()
        assert time.monotonic() < end
        time.sleep(0.02)
    found = {(one.chain, one.radius, one.seed_threshold) for one in again.restored}
    steps = np.linspace(5, 80, 8).round(12)
    assert found == {
        (chain, radius, float(f"{threshold:.4g}"))
        for chain in ("default", "coarse_seeding")
        for radius in (0.01, 0.02)
        for threshold in steps
    }
    picture = STUDIES["scan"].plots[4].make(again)  # against the second parameter
    assert set(picture.dots["x"]) == {0.01, 0.02}
    assert picture.x == "radius in (x/z, y/z)"


def test_an_invalid_scan_in_a_link_is_reported(opened):
    state = STUDIES["scan"].state(opened, ())
    values, problems = link.read("?vary=radius=3:1&sets=0", state)
    assert len(problems) == 2
    assert values["vary"] == state.vary
    assert link.read("?vary=seed_window=1:3", STUDIES["splits"].state(opened, ()))[1] != []


def test_links_lead_to_other_pages_also_where_all_share_an_address(opened):
    state = STUDIES["compare"].state(opened, ())
    assert link.of_event(state, KEY, 5).startswith("display?particle=electrons&pileup=0&event=5&")
    state.address = "?page={}"
    assert link.of_event(state, KEY, 5).startswith("?page=display&particle=electrons&pileup=0&event=5&")
    assert link.of_events(state, "split").startswith("?page=events&particle=electrons&")
    assert link.of_set(state, B).startswith("?page=display&particle=electrons&")


@pytest.fixture(scope="module")
def chains(opened):
    """The state of the chain report of both chains."""
    return state_of(opened, "report", set_b=COARSE, compare="A | B")


def test_the_chain_report_is_of_both_chains(chains, particles):
    a, b = chains.limited
    assert (a.parameters.chain, b.parameters.chain) == ("default", "coarse_seeding")
    own = {"chain", "radius"}
    assert a.particles.drop(columns=[*own]).equals(particles.drop(columns=[*own]))
    for one, found, row in zip(chains.series, chains.seeding, chains.conditions, strict=True):
        table = seeding_table(with_conditions(one.particles))
        overall = table[table["variable"] == ""].iloc[0]
        assert found["n"].iloc[0] == EVENTS
        for name in ("n_seeds", "seeding_efficiency", "seeding_efficiency_given_region", "split_rate"):
            assert found[name].iloc[0] == overall[name]
        assert found["n_seeds"].iloc[0] == row["n_seeds"].mean()
    for bins, one in zip(chains.seeding_in_bins, chains.series, strict=True):
        assert bins["n"].sum() == EVENTS
        assert bins["seeding_efficiency_k"].sum() == (one.particles["n_seeds"] > 0).sum()
    assert len(chains.pairs) == EVENTS
    html = numbers_table(STUDIES["report"], chains)
    for words in (
        "B (coarse seeding)",
        "seeding efficiency",
        "searched regions",
        "fewer seeds",
        "effective RMS",
    ):
        assert words in html


def test_the_chain_report_beside_the_older_one(opened, chains):
    state = state_of(opened, "report", set_b=COARSE, compare="A | B", older=True)
    a, b = state.older_events
    clusters = [one.tables["clusters"] for one in state.limited]
    assert [len(table) for table in (a, b)] == [each["entry"].nunique() for each in clusters]
    assert (b["genen"] == a["genen"].iloc[: len(b)].to_numpy()).all()  # its quirk: other particles' energies
    assert len(b) < len(a)
    html = numbers_table(STUDIES["report"], state)
    assert "older: seeding efficiency (B17)" in html
    assert "listed in docs/studies.md" in StudyFacts(state).html()
    assert html.count(", older</th>") + html.count(", older</td>") == 8
    for plot in STUDIES["report"].plots:
        assert not plot.make(state).empty


def test_a_chain_report_of_a_few_particles(chains):
    try:
        chains.update(pt=(0.0, 20.0))
        n = len(chains.limited[0].particles)
        assert 0 < n < EVENTS
        assert "nan" not in numbers_table(STUDIES["report"], chains)
        chains.update(ranges=(("energy", 0.0, 0.1),))
        assert numbers_table(STUDIES["report"], chains) == ""
        for plot in STUDIES["report"].plots:
            assert np.isfinite(plot.make(chains).ranges()).all()
    finally:
        chains.update(ranges=(), pt=(0.0, 1000.0))


def test_the_chain_report_of_one_chain(opened):
    state = state_of(opened, "report", set_a=COARSE)
    assert [one.parameters.chain for one in state.series] == ["coarse_seeding"]
    assert not len(state.pairs)
    assert "B (" not in numbers_table(STUDIES["report"], state)


def test_the_report_is_one_file(opened, tmp_path, monkeypatch):
    monkeypatch.setattr(report_module, "MOST", 4)
    out = tmp_path / "report.html"
    some = {slug: STUDIES[slug] for slug in ("response", "splits", "compare", "report")}
    monkeypatch.setattr(report_module, "STUDIES", some)
    seen = []
    missing = write_report(
        Config(samples={KEY: opened.samples[KEY]}),
        out,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert missing == []
    assert seen[-1][0] == seen[-1][1]
    html = out.read_text()
    assert "Response: electrons, pile-up 0" in html
    chapter = html.partition("<h2>Report: electrons, pile-up 0</h2>")[2].partition("</section>")[0]
    state = state_of(opened, "report")
    assert numbers_table(STUDIES["report"], state) in chapter
    assert chapter.count("<figure>") == len(STUDIES["report"].plots)
    assert "Compare" not in re.sub(r"<script>.*?</script>", "", html, flags=re.DOTALL)
    loaded = re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="([^"]*)"', html)
    assert all(address.startswith("data:") for address in loaded)


def test_a_csv_says_what_it_is(response):
    plot = next(plot for plot in STUDIES["response"].plots if plot.name == "response-scale")
    text = StudyPane(response, plot)._csv().getvalue()
    assert text.startswith("# Scale: ")
    assert "generated E [GeV]" in text
    assert "series,x,x_low,x_high,y,low,high" in text


def test_without_processes_the_pages_say_so(opened, monkeypatch):
    other = SimpleNamespace(
        **{name: getattr(opened, name) for name in ("samples", "config", "parameters", "source")}
    )
    other.has_studies = False
    study = STUDIES["response"]
    state = study.state(other, study.kinds)
    state.poll()
    assert "no background processes" in StudyFacts(state).html()
    assert "no background processes" in study.plots[0].make(state).empty
