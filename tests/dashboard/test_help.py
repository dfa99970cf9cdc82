"""What the pages say of themselves: complete, of two sentences, and the same in the documentation."""

import json
import re
from html import unescape
from pathlib import Path

import panel as pn
import pytest
from jinja2 import Environment, FileSystemLoader

from bye_splits.chain.parameters import DECLARED
from bye_splits.cli.options import parser
from bye_splits.dashboard.page.assets import ASSETS, asset
from bye_splits.dashboard.page.help import chain
from bye_splits.dashboard.page.help.display import DISPLAY
from bye_splits.dashboard.page.help.documentation import pages
from bye_splits.dashboard.page.help.keys import KEYS
from bye_splits.dashboard.page.help.other_pages import EVENTS, GEOMETRY, OCCUPANCY
from bye_splits.dashboard.page.help.plots import PLOTS
from bye_splits.dashboard.page.help.studies import STUDIES as STUDY_HELP
from bye_splits.dashboard.page.help.topics import label_of
from bye_splits.dashboard.page.script import PARTS
from bye_splits.dashboard.routing import PAGES, TABS, show
from bye_splits.dashboard.views.display.comparison import ALL
from bye_splits.dashboard.views.display.split_explanations import TO_BINS, TO_MODULES, TO_NEXT
from bye_splits.dashboard.views.studies.pages import STUDIES
from bye_splits.dashboard.views.studies.sidebar import StudySidebar

HELP = {"display": DISPLAY, "events": EVENTS, "geometry": GEOMETRY, "occupancy": OCCUPANCY}
HELP |= dict(zip(TABS, STUDY_HELP, strict=True))
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", params=PAGES)
def page(request, catalogue):
    """Slug of a page, its template, and all of its views."""
    template = show(request.param, catalogue)
    views = list(template.select())
    if request.param in STUDIES:  # whose controls come once the page is open
        study = STUDIES[request.param]
        views += pn.Column(StudySidebar(study.state(catalogue, study.kinds), study)).select()
    return request.param, template, views


def named(views) -> tuple[set[str], set[str]]:
    """Labels of fields, and what is written on buttons."""
    fields, buttons = set(), set()
    for widget in views:
        if not isinstance(widget, pn.widgets.Widget):
            continue
        kind = re.search(r"\bmeans-(\w+)", " ".join(widget.css_classes or ()))
        if kind:
            buttons.add(kind[1])
        elif isinstance(widget, pn.widgets.RadioButtonGroup):
            buttons |= set(widget.options)
        elif isinstance(widget, pn.widgets.DiscretePlayer):
            buttons |= {f"{name}, layers" for name in widget.visible_buttons}
        elif isinstance(widget, pn.widgets.Button | pn.widgets.Toggle | pn.widgets.FileDownload):
            buttons.add(widget.label)
        elif isinstance(widget, pn.widgets.Tabulator):
            continue  # the heads of its columns have tips of their own
        else:
            fields.add(label_of(widget.label or widget.placeholder))
    return fields, buttons - {"Light", "Dark"}  # which say what they do


def test_every_control_has_a_meaning(page):
    slug, _, views = page
    fields, buttons = named(views)
    assert fields
    assert fields <= set(HELP[slug].fields)
    assert buttons <= set(HELP[slug].buttons)


def test_every_heading_has_help(page):
    slug, template, views = page
    asked = set(re.findall(r'class="ask[^>]* data-help="([^"]+)"', template.html))
    for view in views:
        if isinstance(view, pn.pane.HTML):
            asked |= {unescape(name) for name in re.findall(r'data-help="([^"]+)"', str(view.object))}
            assert str(view.object).count('class="section"') == str(view.object).count('class="ask"')
    assert template.html.count('<section class="pane') <= template.html.count('class="ask')
    optional = {"Hand scan", "Plots", "Scan", "chosen"}
    assert asked - {"keys"} <= set(HELP[slug].topics)
    assert set(HELP[slug].topics) <= asked | optional


def test_the_page_brings_its_words(page):
    slug, template, _ = page
    (data,) = re.findall(r"byeSplits\.explain\((.*)\);</script>", template.html)
    known = json.loads(data)
    assert known["fields"] == HELP[slug].fields
    assert known["buttons"] == HELP[slug].buttons
    assert known["numbers"] == HELP[slug].numbers
    brought = re.findall(r'<template data-topic="([^"]+)">', template.html)
    assert set(map(unescape, brought)) == {*HELP[slug].topics, "keys"}
    assert template.html.count("<svg class=") == sum(len(each.marks) for each in HELP[slug].topics.values())


# Of `e.g.` and the like there is none, and a decimal point is not followed by a blank.
SENTENCE = re.compile(r"[.?!](?= [A-Z0-9\u2013\u00d7]|$)")


@pytest.mark.parametrize(
    ("slug", "name"), [(slug, name) for slug, one in HELP.items() for name in one.topics]
)
def test_a_topic_has_two_sentences(slug, name):
    topic = HELP[slug].topics[name]
    assert len(SENTENCE.findall(topic.words)) == 2, topic.words
    for mark in topic.marks:
        assert mark.svg.startswith("<svg")
        assert not mark.meaning.endswith(".")


def test_each_number_with_a_tip_is_explained_and_each_that_is_explained_has_one():
    code = "".join(
        path.read_text(encoding="utf-8") for path in (ASSETS.parent / "views" / "display").glob("*.py")
    )
    marked = set(re.findall(r"""tip_of\(["']([^"']+)["']""", code)) | {ALL, TO_BINS, TO_MODULES, TO_NEXT}
    marked |= set(re.findall(r'data-means="([^"]+)"', asset("base.html")))
    assert marked | set(DISPLAY.topics["facts"].numbers) == set(DISPLAY.numbers)


@pytest.mark.parametrize("slug", HELP)
def test_a_control_has_one_sentence(slug):
    meanings = (HELP[slug].fields, HELP[slug].buttons, HELP[slug].numbers)
    for words in (words for one in meanings for words in one.values()):
        assert words.endswith(".")
        assert len(words) < 260, words
        assert "-" not in re.sub(r"\w-\w|--?\w+", "", words)  # minus signs and dashes are written as such


def test_every_plot_is_explained_and_no_other():
    drawn = {plot.name: plot.title for study in STUDIES.values() for plot in study.plots}
    assert drawn == {name: topic.title for name, topic in PLOTS.items()}


def test_the_titles_of_the_pages_are_those_of_the_header():
    assert [one.title for one in HELP.values()] == [
        *(PAGES[slug][0] for slug in ("display", "events", "geometry", "occupancy")),
        *TABS.values(),
    ]


# -- parameters -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DECLARED)
def test_a_parameter_means_the_same_on_the_page_and_in_the_options(name, capsys):
    declaration = DECLARED[name]
    assert chain.FIELDS[declaration.label] == chain.meaning(name)
    assert declaration.meaning.isascii()  # a terminal may have no Greek letters
    if declaration.option:
        with pytest.raises(SystemExit):
            parser().parse_args(["chain", "--help"])
        printed = re.sub(r"\s+", " ", capsys.readouterr().out)
        assert declaration.meaning in printed.replace("- ", "-") or declaration.meaning in printed


def test_a_meaning_has_the_unit_and_cmssws_name():
    assert DECLARED["seed_threshold"].meaning.endswith("[mipT; in CMSSW threshold_histo_multicluster]")


# -- keys -------------------------------------------------------------------------------------------------


def code_of(name: str) -> str:
    return re.sub(r"//[^\n]*", "", asset(name))


@pytest.mark.parametrize("name", PARTS)
def test_no_script_names_a_key_itself(name):
    """Each takes its keys from the declaration, where the pages' lists have them from."""
    code = code_of(name)
    literals = set(re.findall(r"""["'`](Arrow\w+|Escape|Enter|Tab|Home|End|Page\w+|\?)["'`]""", code))
    assert not literals
    assert not re.search(r"\.key\s*[!=]==?", code)
    assert not re.search(r"\[event\.key\]", code)


def test_every_declared_key_is_handled():
    code = "".join(map(code_of, PARTS))
    for name, key in KEYS.items():
        assert bool(re.search(rf"\bkeys\.{name}\b", code)) == bool(key.codes), name


@pytest.mark.parametrize("slug", HELP)
def test_keys_of_a_page_are_declared_and_differ(slug):
    page = HELP[slug]
    assert len(page.known_keys) == len(page.keys)
    for within in ("", "a field", "a control"):
        codes = [code for key in page.known_keys if key.within == within for code in key.codes]
        assert len(codes) == len(set(codes))


# -- tour, documentation ----------------------------------------------------------------------------------


def test_the_tour_has_five_steps_about_what_is_there():
    assert len(DISPLAY.tour) == 5
    assert {step.topic for step in DISPLAY.tour} <= set(DISPLAY.topics)
    assert [one for one in HELP.values() if one.tour] == [DISPLAY]


def test_the_documentation_is_of_today():
    assert (ROOT / "docs" / "pages.md").read_text(encoding="utf-8") == pages(), "run tools/pages-page"
    assert "docs/pages.md" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_template_of_a_page_asks_for_help():
    environment = Environment(loader=FileSystemLoader(ASSETS), autoescape=True)
    macro = environment.get_template("ask.html").module.ask
    assert 'aria-label="What is shown: Layer map"' in macro(DISPLAY, "map")
    assert macro(None, "map").strip() == ""
