"""Samples with names of their own: in the sidebar, in links, and in what is shown around the particle."""

import pytest

from bye_splits.config import load_config
from bye_splits.dashboard.catalogue import Catalogue
from bye_splits.dashboard.link import display as link
from bye_splits.dashboard.state.colour_modes import CYLINDER
from bye_splits.dashboard.state.cuts import EVERYTHING
from bye_splits.dashboard.state.display import DisplayState
from bye_splits.dashboard.views.display.sidebar import Sidebar

PHOTONS, JETS, AGED = ("photons", "0"), ("jets", "140"), ("t\u00e4u & <b>", "aged 3000/fb")


@pytest.fixture
def own(toys, tmp_path):
    """State of a catalogue whose samples are called as above."""
    file = toys["pions", "0"]
    path = tmp_path / "config.yaml"
    path.write_text(
        f"io: {{PU0: {{photons: {{file: {file}}}}}, PU140: {{jets: {{file: {file}}}}}, "
        f"aged 3000/fb: {{'{AGED[0]}': {{file: {file}}}}}}}\n"
        "defaultEvents: {PU140: {jets: [2]}}\nselection: {particles: jets}",
        encoding="utf-8",
    )
    state = DisplayState(Catalogue(load_config(path)))
    assert state.show(JETS)
    return state


def test_the_configured_particle_comes_first(own):
    assert list(own.navigation.catalogue.samples) == [JETS, PHOTONS, AGED]
    assert own.shown.loaded.event.number == 2  # its default event


def test_the_sidebar_offers_them(own):
    sidebar = Sidebar(own)
    assert list(sidebar.particle.options) == ["jets", "photons", AGED[0]]
    assert (sidebar.particle.value, sidebar.pileup.value) == JETS
    sidebar.particle.value = AGED[0]
    assert own.navigation.key == AGED
    assert (list(sidebar.pileup.options), sidebar.pileup.value) == ([AGED[1]], AGED[1])


@pytest.mark.parametrize("key", [PHOTONS, JETS, AGED])
def test_a_link_leads_back_to_them(own, key):
    own.show(key, number=3)
    event, _, problems = link.read(link.write(own), own)
    assert (event["key"], event["number"], problems) == (key, 3, [])


@pytest.mark.parametrize("query", ["?pileup=140", "?particle=jets"])
def test_half_a_name_is_enough_where_it_says_which(own, query):
    event, _, problems = link.read(query, own)
    assert (event["key"], problems) == (JETS, [])


def test_an_unknown_name_in_a_link_names_the_known_ones(own):
    for query in ("?particle=muons", "?particle=jets&pileup=0", "?pileup=200"):
        event, _, problems = link.read(query, own)
        assert "key" not in event
        assert any(f"jets 140; photons 0; {' '.join(AGED)}" in problem for problem in problems)


def test_only_what_has_pileup_is_cut_around_the_particle(own):
    for key, cylinder in ((PHOTONS, EVERYTHING), (JETS, CYLINDER), (AGED, EVERYTHING)):
        own.show(PHOTONS if key == JETS else JETS)
        own.show(key)
        assert own.cuts.cylinder == cylinder
