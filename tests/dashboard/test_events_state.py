"""The catalogue's page without a browser: selection, order, pages, address, links, matches, tags."""

import io
import json
import time
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd
import pytest
from forking import PYTHON

from bye_splits.chain import ChainParameters
from bye_splits.config import Config, Sample
from bye_splits.dashboard.catalogue import Catalogue
from bye_splits.dashboard.link import events as link
from bye_splits.dashboard.link.event_links import event_links
from bye_splits.dashboard.state import events as events_state
from bye_splits.dashboard.state import message
from bye_splits.dashboard.state.display import DisplayState
from bye_splits.dashboard.state.events import EventsState
from bye_splits.dashboard.state.hand_scan import HandScan
from bye_splits.dashboard.state.matches import Matches
from bye_splits.dashboard.state.whole_sample import WholeSample
from bye_splits.dashboard.views.display.hand_scan import HandScanView
from bye_splits.dashboard.views.display.match_buttons import MatchButtons
from bye_splits.dashboard.views.display.page import start
from bye_splits.dashboard.views.events import downloads
from bye_splits.dashboard.views.events.facts import EventFacts, TableTitle
from bye_splits.dashboard.views.events.scan import ScanFacts
from bye_splits.dashboard.views.events.sidebar import EventsSidebar
from bye_splits.dashboard.views.events.table import EventTable
from bye_splits.geometry import Geometry
from bye_splits.samples import toy
from bye_splits.studies import background

EVENTS = 60
KEY = ("electrons", "0")
OTHER = ChainParameters(kernel="flat_top")


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """A catalogue with a sample of electrons, of which some split, and a process for studies."""
    folder = tmp_path_factory.mktemp("events")
    path = folder / "electrons.root"
    toy.write_sample(path, "electrons", 0, EVENTS, 11, None, Geometry.v11())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BYE_SPLITS_BACKGROUND", "1")
        patch.setattr(background, "NICE", 0)  # other tests do not wait for it
        patch.setattr("bye_splits.studies.processes.PYTHON", PYTHON)
        patch.setenv("BYE_SPLITS_CACHE", str(folder / "cache"))
        catalogue = Catalogue(Config(samples={KEY: Sample(*KEY, path)}))
        assert catalogue.has_studies
        yield catalogue


@pytest.fixture(autouse=True)
def tags(monkeypatch, tmp_path):
    monkeypatch.setenv("BYE_SPLITS_TAGS", str(tmp_path / "tags"))
    monkeypatch.setenv("BYE_SPLITS_SCANNER", "ada")


def awaited(whole, seconds=60):
    end = time.monotonic() + seconds
    while True:
        whole.poll()
        sets = [one for one in (whole.outcomes_a, whole.outcomes_b) if one is not None]
        if sets and all(one.progress.finished for one in sets):
            return
        assert time.monotonic() < end, whole.problem
        time.sleep(0.02)


@pytest.fixture
def state(opened):
    state = EventsState(opened, set_b=OTHER)
    awaited(state.whole)
    return state


def test_the_selection_and_its_order(state):
    table = state.table
    assert len(table) == EVENTS
    assert state.rows.tolist() == list(range(EVENTS))
    state.select_preset("worst")
    assert state.preset == "worst"
    rows = state.rows
    assert sorted(rows) == np.flatnonzero(table["split"]).tolist()
    assert len(rows) > 1
    assert (np.diff(table["second_share"].to_numpy()[rows]) <= 0).all()
    assert state.choose(limits=(("second_share", None, 0.45), ("abs_eta", 2.0, None)))
    assert state.limits == (("abs_eta", 2.0, None), ("second_share", None, 0.45))
    assert state.preset == ""
    assert set(state.rows) < set(rows)
    assert state.condition == "(split) and 2 <= abs(gen_eta) and second_share <= 0.45"
    said = []
    state.param.watch(lambda event: said.extend(message.said(event.new)), "message")
    assert not state.choose(expression="splt")
    assert "expected one of the columns event, " in said[0]
    assert state.expression == "split"
    state.select_preset("cured")
    cured = table["split"] & ~table["split_b"] & (table["clusters_b"] > 0)
    assert sorted(state.rows) == np.flatnonzero(cured).tolist() != []
    state.compare_with(None)
    assert "cured" not in state.presets
    assert "expected one of the columns" in state.selected.problem  # it was for A and B
    assert len(state.rows) == EVENTS


def test_every_preset_is_a_condition(state):
    for name, preset in state.presets.items():
        state.select_preset(name)
        assert state.preset == name
        assert preset.order in state.table
        assert state.selected.problem == ""


def test_pages(state, monkeypatch):
    monkeypatch.setattr(events_state, "PAGE", 25)
    assert state.pages == 3
    state.sort("gen_pt", descending=True)
    pages = []
    for page in (1, 2, 3):
        state.update(page=page)
        pages.extend(state.visible)
    assert pages == np.argsort(-state.table["gen_pt"].to_numpy(), kind="stable").tolist()
    state.update(page=9)
    assert len(state.visible) == EVENTS - 50
    state.sort("nonsense", descending=True)
    assert (state.order, state.page) == ("", 1)


def test_the_address_keeps_everything(state, opened):
    state.choose(expression='clusters > 1 or tag == "noise"', limits=(("eta", 1.7, None), ("pt", None, 80.5)))
    state.sort("second_share_b", descending=True)
    state.update(page=3, theme="light", compare="B")
    query = link.write(state)
    other = EventsState(opened)
    values, problems = link.read(query, other)
    other.update(**values)
    assert not problems
    for name in (
        *("sample", "expression", "limits", "order", "descending", "page", "theme", "compare"),
        *("set_a", "set_b"),
    ):
        assert getattr(other, name) == getattr(state, name), name


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("match=splt", "match is ignored. condition, character 1"),
        ("order=splt", "order='splt' is not one of the columns"),
        ("eta=2", "two numbers such as 1.7:2.8"),
        ("pt=a:b", "two numbers"),
        ("rows=0", "the number of a page of rows"),
        ("particle=muons", "particle='muons' is not that of one of the samples"),
        ("radius=x", "radius"),
    ],
)
def test_nonsense_in_the_address_is_told(state, query, words):
    _, problems = link.read(f"?{query}", state)
    assert len(problems) == 1
    assert words in problems[0]


def test_a_link_opens_the_event_in_the_display(state, opened):
    state.compare_with(None)
    awaited(state.whole)
    state.select_preset("worst")
    selection = state.condition, state.order, state.descending
    source = opened.source(KEY)
    rows = state.rows[:3]
    for row, address in zip(rows, event_links(state, source, rows, "?page=display", selection), strict=True):
        display = DisplayState(opened)
        assert start(display, address.replace("page=display&", "")) == []
        some = state.table.iloc[row]
        assert display.navigation.entry == some["entry"]
        assert display.shown.side == some["endcap"]
        assert display.cuts.layer == some["peak_layer"]
        assert (display.match, display.order, display.descending) == ("split", "second_share", True)
        assert display.selection.cluster == -1  # all clusters keep their colours
        leading = display.chain.result.clusters.iloc[int(some["leading_cluster"])]
        assert leading["pt"] == pytest.approx(some["leading_pt"], rel=1e-12)
        assert display.chain.parameters == state.set_a
        near = display.chain.near_particle
        assert len(near) == some["clusters"]


def test_the_table_shows_the_page_and_takes_what_the_user_does(state):
    view = EventTable(state, "display")
    view.catch_up()
    shown = view.table.value
    assert len(shown) == events_state.PAGE
    assert shown["gen_pt"].iloc[0] == f"{state.table['gen_pt'].iloc[0]:.1f}"
    assert "\u2212" in "".join(shown["gen_phi"])
    href = shown["event"].iloc[0].split('"')[1].replace("&amp;", "&")
    assert parse_qs(urlsplit(href).query)["event"] == [str(state.table["event"].iloc[0])]
    view.table.sorters = [{"field": "second_share", "dir": "desc"}]
    assert (state.order, state.descending) == ("second_share", True)
    view.catch_up()
    assert view.table.value["second_share"].iloc[0] == f"{state.table['second_share'].max():.3f}"
    view.table.sorters = []
    assert state.order == ""
    state.choose(expression="clusters > 99")
    view.catch_up()
    assert len(view.table.value) == 0
    assert "no event meets the condition" in TableTitle(state).html()


def test_the_sidebar_and_the_facts(state):
    sidebar, facts = EventsSidebar(state), EventFacts(state)
    sidebar.preset.value = "worst"
    sidebar.catch_up()
    split = int(state.table["split"].sum())
    assert sidebar.expression.value == "split"
    assert f"selected: {split} of {EVENTS}" in facts.html()
    assert "100 \u2212" in facts.html()
    low, high = sidebar.limits["abs_eta"]
    low.value = "2.5"
    assert state.limits == (("abs_eta", 2.5, None),)
    high.value = "nonsense"
    sidebar.catch_up()
    assert state.limits == (("abs_eta", 2.5, None),)
    assert "is no number" in state.message.text
    assert high.value == ""
    sidebar.expression.value = "split and"
    assert state.expression == "split"
    assert sidebar.expression.value == "split and"  # to be corrected
    sidebar.preset.value = "all"
    sidebar.catch_up()
    assert (state.condition, sidebar.expression.value, low.value) == ("", "", "")


def test_downloads_are_the_selection_in_its_order(state):
    state.select_preset("worst")
    expected = state.table.iloc[state.rows]
    table = pd.read_parquet(io.BytesIO(downloads.parquet(state).content))
    assert table["event"].tolist() == expected["event"].tolist()
    csv = downloads.csv(state)
    assert csv.name == "electrons_0_catalogue.csv"
    read = pd.read_csv(io.BytesIO(csv.content))
    assert read["event"].tolist() == expected["event"].tolist()
    assert read.columns.tolist() == table.columns.tolist()
    facts = downloads.facts_file(state)
    assert facts.name == "electrons_0_catalogue.json"
    said = json.loads(facts.content)
    assert said["description"].startswith("Catalogue of electrons")
    assert (said["rows"], said["parameters"]["A"]["chain"]) == (len(table), "default")
    assert set(said["columns"]) <= set(table.columns)
    assert len(pd.read_parquet(io.BytesIO(downloads.tags(state).content))) == 0


def test_a_download_of_an_unknown_sample_has_no_rows():
    unknown = SimpleNamespace(table=pd.DataFrame(), sample=KEY)
    table = pd.read_csv(io.BytesIO(downloads.csv(unknown).content))
    assert len(table) == 0
    assert {"event", "clusters", "split"} <= set(table)


@pytest.fixture
def matches(opened):
    display = DisplayState(opened)
    display.show(KEY, entry=0, match="split", order="second_share", descending=True)
    whole = WholeSample(display, catalogue=opened, wanted=lambda: (KEY, display.chain.set_a, None), rest=0.0)
    scan = HandScan(display, catalogue=opened, key=lambda: KEY)
    made = Matches(display, whole, scan)
    assert made.matching is None
    awaited(whole)
    return made


def test_the_display_steps_through_the_matches(matches):
    display, found = matches.display, matches.matching
    buttons = MatchButtons(matches)
    entries = found.table["entry"].iloc[found.rows].tolist()
    assert len(entries) > 1
    assert matches.position == -1
    assert f"not one of the {len(entries)} matches" in buttons.place.object
    for place, entry in enumerate([*entries, entries[0]]):
        if place or display.navigation.entry != entry:
            assert display.show(entry=entries[place - 1]) if place else True
        matches.step(1) if place else display.show(entry=entry)
        assert display.navigation.entry == entry
        assert matches.position == place % len(entries)
    matches.step(-1)
    assert display.navigation.entry == entries[-1]
    assert display.cuts.layer == found.table["peak_layer"].iloc[found.rows[-1]]
    buttons.catch_up()
    assert f"match {len(entries)} of {len(entries)}" in buttons.place.object


def test_without_a_selection_the_display_steps_through_the_splits_of_the_shown_set(matches):
    display, buttons = matches.display, MatchButtons(matches)
    display.update(match="", order="")
    known = matches.whole.outcomes_a.particles
    entries = sorted(known["entry"][known["split"]])
    assert 1 < matches.n_splits == len(entries) < len(known)
    buttons.catch_up()
    assert (buttons.next.label, buttons.next.disabled, buttons.place.visible) == ("Next split", False, False)
    between = next(entry for entry in known["entry"] if entries[0] < entry < entries[1])
    display.show(entry=between)  # no split itself
    assert matches.step(-1)
    assert display.navigation.entry == entries[0]
    display.show(entry=between)
    for entry in (*entries[1:], entries[0]):
        display.update(cluster=0)
        assert matches.step(1)
        assert display.navigation.entry == entry
        assert display.selection.cluster == -1  # a split is about two
    assert display.message.text == "After the last split follows the first."
    matches.whole.outcomes_a = None  # the parameters have changed: nothing is known yet
    buttons.catch_up()
    assert buttons.next.disabled
    assert not matches.step(1)


def test_a_tagged_event_leaves_the_queue_and_the_next_one_follows(matches):
    display, scan = matches.display, matches.scan
    display.update(match='split and tag == ""')
    view = HandScanView(scan, display)
    entries = matches.matching.table["entry"].iloc[matches.matching.rows].tolist()
    display.show(entry=entries[1])
    view.catch_up()
    view.tag.value = "5 noise"
    assert scan.tag_of(entries[1], display.shown.side).tag == "noise"
    assert matches.position == -1
    assert len(matches.matching.rows) == len(entries) - 1
    matches.step(1)
    assert display.navigation.entry == entries[2 % len(entries)]
    view.catch_up()
    assert view.tag.value == "no tag"
    view.note.value = "two maxima"
    display.show(entry=entries[1])
    view.catch_up()
    assert (view.tag.value, view.note.value) == ("5 noise", "")
    scan.undo()
    scan.undo()
    view.catch_up()
    assert view.tag.value == "no tag"
    assert "Undone: noise of event" in scan.message.text
    scan.undo()
    assert "nothing to undo" in scan.message.text


def test_tags_are_columns_of_the_catalogue(state, opened, monkeypatch):
    entry, endcap, number = (int(state.table[name].iloc[4]) for name in ("entry", "endcap", "event"))
    opened.tags(KEY).own.say(entry, endcap, number, tag="noise")
    state.poll()
    assert state.choose(expression='tag == "noise"')
    assert state.rows.tolist() == [4]
    facts = ScanFacts(state)
    assert "noise 1" in facts.html()
    opened.tags(KEY, "ben").own.say(entry, endcap, number, tag="pile-up")
    state.poll()
    assert "ada, ben: 0 % of 1 event alike, \u03ba 0.00" in facts.html()
    own, _ = opened.tags(KEY).own, None
    own.path.write_text("nonsense")
    said = []
    state.scan.param.watch(lambda event: said.extend(message.said(event.new)), "message")
    state.poll()
    state.poll()
    assert len(said) == 1
    assert "expected a file of tags" in said[0]


def test_own_words_have_the_keys_from_six(opened):
    scan = HandScan(catalogue=opened, key=lambda: KEY)
    assert scan.words == ("bin aliasing", "module border", "bremsstrahlung", "pile-up", "noise")


def test_a_page_that_was_prepared_has_the_tags_of_whoever_opens_it(opened):
    ben = HandScan(catalogue=opened, key=lambda: KEY, scanner="ben")
    ben.say(0, 1, 5, tag="split")
    prepared = HandScan(catalogue=opened, key=lambda: KEY)
    prepared.poll()
    assert prepared.tag_of(0, 1) is None
    prepared.scan_as("ben")
    assert prepared.tag_of(0, 1).tag == "split"
