"""The chain report, the older pages' numbers beside ours, and the scan: pages and the report as a file."""

import re
import time
from dataclasses import replace
from html import escape, unescape
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from study_pages import COARSE, EVENTS, KEY, B, state_of

from bye_splits.chain.chains import CHAINS
from bye_splits.config import Config
from bye_splits.dashboard import report as report_module
from bye_splits.dashboard.link import study as link
from bye_splits.dashboard.page.help.plots import PLOTS
from bye_splits.dashboard.report import write_report
from bye_splits.dashboard.views.studies import report_tables
from bye_splits.dashboard.views.studies.pages import STUDIES
from bye_splits.dashboard.views.studies.scan_controls import ScanControls
from bye_splits.dashboard.views.studies.sidebar import StudySidebar
from bye_splits.dashboard.views.studies.texts import ChosenEvents, ChosenTitle, StudyFacts, numbers_table
from bye_splits.studies.report import multiplicity_table, seeding_table, with_conditions

OLDER = {
    **{slug: {} for slug in ("splits", "response", "efficiency", "pileup", "report")},
    "compare": {"set_b": B, "compare": "A | B"},
}


@pytest.mark.parametrize("slug", OLDER)
def test_the_older_pages_numbers_and_what_makes_the_difference(studied, slug):
    study, state = STUDIES[slug], state_of(studied, slug, **OLDER[slug])
    plain = [plot.make(state) for plot in study.plots]
    state = state_of(studied, slug, older=True, **OLDER[slug])
    drawn = [plot.make(state) for plot in study.plots]
    more = [
        len(b.marks) + len(b.lines) - len(a.marks) - len(a.lines) for a, b in zip(plain, drawn, strict=True)
    ]
    assert max(more) > 0
    why = study.older.why(state, state.series[0])
    html = ChosenEvents(state, study).html()
    assert html.count("<tr>") == (why != "").sum() + ((why != "").any())
    assert study.older.words in unescape(ChosenTitle(state, study).html())


def test_where_there_is_nothing_older_the_page_says_why(studied):
    sidebar = StudySidebar(state_of(studied, "scan"), STUDIES["scan"])
    assert not sidebar.older.visible
    assert "no scan of these parameters" in sidebar.no_older.object
    assert all(study.older or study.no_older for study in STUDIES.values())


def test_many_seeds_are_counted_in_ranges(studied):
    """With pile-up there are more than a hundred: most rows would be of zeros."""
    state = state_of(studied, "report")
    rows = pd.DataFrame({"n_seeds": [117, 119], "n_regions": [1, 1], "n_near": [1, 2]})
    found = [multiplicity_table(rows)]
    few = SimpleNamespace(
        series=state.series[:1], multiplicities=found, samples=state.samples, sets=state.sets
    )
    html = report_tables._multiplicities(few)
    assert html.count("<tr>") == 3  # with the head
    assert "<th>0 to 9</th>" in html
    assert "<th>110 to 119</th>" in html


def test_sets_of_a_scan_lead_to_the_display(studied):
    state = state_of(studied, "scan")
    picture = STUDIES["scan"].plots[1].make(state)
    assert len(picture.dots) == len(state.sets_table)
    assert state.sets_table["pareto"].any()
    assert picture.dots["url"].str.contains("compare=AB").all()
    assert state.restored[0].seed_threshold == state.sets_table["seed_threshold"].iloc[0]
    state.update(ranges=(("split_rate", 0.0, 0.02),))
    assert state.chosen_sets.tolist() == (state.sets_table["split_rate"] <= 0.02).tolist()


def test_what_no_set_of_a_scan_has_is_without_a_value(studied):
    """As the energy response where no cluster of a small sample belongs to a particle."""
    state, study = state_of(studied, "scan"), STUDIES["scan"]
    objectives = [name for name in state.scan.rows if name.startswith("leading_pt_effective_rms")]
    assert objectives
    state.scan = replace(state.scan, rows=state.scan.rows.assign(**dict.fromkeys(objectives, np.nan)))
    pictures = [plot.make(state) for plot in study.plots]
    assert any(note.endswith("without a value") for note in pictures[0].notes)
    assert all(np.isfinite([*(one.x_range or ()), *(one.y_range or ())]).all() for one in pictures)


def test_a_scan_is_of_the_parameters_and_ranges_that_are_typed(studied):
    state = STUDIES["scan"].state(studied, ())
    controls = ScanControls(state)
    controls.ranges["radius"].value = "0.01,0.02"
    controls.ranges["kernel"].value = ""
    assert state.vary == ("seed_threshold=5:80", "radius=0.01,0.02")
    controls.add.value = "Chain"
    controls.kind.value = True
    vary = ("seed_threshold=5:80:8", "radius=0.01,0.02", f"chain={','.join(CHAINS)}")
    assert (state.vary, state.grid, state.wanted) == (vary, True, 8 * 2 * len(CHAINS))
    assert not controls.ranges["kernel"].visible
    controls.ranges["radius"].value = "0.02:0.01"
    assert "radius" in state.message.text
    assert (state.vary, controls.ranges["radius"].value) == (vary, "0.01,0.02")
    again = STUDIES["scan"].state(studied, ())
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
        for chain in CHAINS
        for radius in (0.01, 0.02)
        for threshold in steps
    }
    picture = STUDIES["scan"].plots[4].make(again)  # against the second parameter
    assert set(picture.dots["x"]) == {0.01, 0.02}
    assert picture.x == "radius in (x/z, y/z)"


def test_an_invalid_scan_in_a_link_is_reported(studied):
    state = STUDIES["scan"].state(studied, ())
    values, problems = link.read("?vary=radius=3:1&sets=0", state)
    assert len(problems) == 2
    assert values["vary"] == state.vary
    assert link.read("?vary=seed_window=1:3", STUDIES["splits"].state(studied, ()))[1] != []


@pytest.fixture(scope="module")
def chains(studied):
    """The state of the chain report of both chains."""
    return state_of(studied, "report", set_b=COARSE, compare="A | B")


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


def test_the_chain_report_beside_the_older_one(studied, chains):
    state = state_of(studied, "report", set_b=COARSE, compare="A | B", older=True)
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


def test_the_chain_report_of_one_chain(studied):
    state = state_of(studied, "report", set_a=COARSE)
    assert [one.parameters.chain for one in state.series] == ["coarse_seeding"]
    assert not len(state.pairs)
    assert "B (" not in numbers_table(STUDIES["report"], state)


def test_the_report_is_one_file(studied, tmp_path, monkeypatch):
    monkeypatch.setattr(report_module, "MOST", 4)
    out = tmp_path / "report.html"
    some = {slug: STUDIES[slug] for slug in ("response", "splits", "compare", "report")}
    monkeypatch.setattr(report_module, "STUDIES", some)
    seen = []
    missing = write_report(
        Config(samples={KEY: studied.samples[KEY]}),
        out,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert missing == []
    assert seen[-1][0] == seen[-1][1]
    html = out.read_text()
    assert "Response: electrons, pile-up 0" in html
    chapter = html.partition("<h2>Report: electrons, pile-up 0</h2>")[2].partition("</section>")[0]
    state = state_of(studied, "report")
    assert numbers_table(STUDIES["report"], state) in chapter
    plots = STUDIES["report"].plots
    assert chapter.count("<figure>") == len(plots)
    assert all(f"<p>{escape(PLOTS[plot.name].shows)}</p>" in chapter for plot in plots)
    assert "Compare" not in re.sub(r"<script>.*?</script>", "", html, flags=re.DOTALL)
    loaded = re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="([^"]*)"', html)
    assert all(address.startswith("data:") for address in loaded)
