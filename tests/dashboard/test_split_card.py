"""The card that says why a shower is split."""

import re
import threading
from dataclasses import replace
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from split_events import SPLIT, WHOLE, catalogue_of, electrons_file, shown

from bye_splits.chain.remedies import Remedies, Remedy, remedies
from bye_splits.chain.splits import LatticeValley, Valley, near_particle, split
from bye_splits.dashboard.figures.valley import valley_svg
from bye_splits.dashboard.link import chain as chain_link
from bye_splits.dashboard.link import display as link
from bye_splits.dashboard.views.display import split_card
from bye_splits.dashboard.views.display.chain_controls import ChainControls
from bye_splits.dashboard.views.display.facts import FactsView
from bye_splits.dashboard.views.display.split_card import SplitCard, label_of
from bye_splits.settings import CoarseSeeding, Smoothing


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory, geometry):
    return catalogue_of(electrons_file(tmp_path_factory.mktemp("electrons"), geometry))


@pytest.fixture
def state(catalogue):
    return shown(catalogue)


def visible(card):
    return card.__panel__().visible


def labels(card):
    """The changes on the buttons, without the responses."""
    return [button.label.partition(" \u00b7 ")[0] for button in card.buttons if button.visible]


def html_of(card):
    """The explanation: the question, the sentences on modules, and the sketch with its table."""
    return "".join(part.object for part in (card.question, card._further, card._sketch))


def test_a_split_is_explained(state):
    card = SplitCard(state)
    found = split(state.chain.result, state.shown.generated["exeta"], state.shown.generated["exphi"])
    words = html_of(card)
    assert visible(card)
    assert "Why two?" in words
    assert f"valley <b>{found.valley.ratio:.2f}</b>" in words
    assert f"<b>{found.valley.empty}</b> empty \u03c6 bin" in words
    for edge in found.edges:
        assert f"{edge.rz:.4f} <small>{100 * edge.rz_part:.0f} %" in words
        assert f"{edge.phi:.4f} <small>{100 * edge.phi_part:.0f} %" in words
    assert re.findall(r"swatch.*?background: (#\w+)", words) == [
        state.colours.seed_colours[seed]
        for seed in state.chain.result.clusters["seed"].to_numpy()[found.near]
    ]


def test_each_button_leaves_one_cluster(state):
    card = SplitCard(state)
    before, offered, without = state.chain.parameters, labels(card), set()
    assert offered == [
        *("max_energy", "flat_top", "seed window 2", f"threshold {card.found[-2].value}"),
        "radius 0.013 with max_energy",
    ]
    for place in range(len(offered)):
        state.update(set_a=before)
        assert labels(card) == offered
        changes = card.found[place].changes
        card.buttons[place].param.trigger("clicks")
        assert state.chain.parameters == before.changed(**changes)
        assert (
            len(
                near_particle(
                    state.chain.result, state.shown.generated["exeta"], state.shown.generated["exphi"]
                )
            )
            == 1
        )
        assert f"<b>One cluster</b> with {offered[place]}" in card.question.object
        assert labels(card) == ["As before", "Compare as A | B"]
        n_seeds, n_clusters = len(state.chain.result.seeds), len(state.chain.result.clusters)
        said = f"{n_seeds - n_clusters} of {n_seeds} seeds" in card._further.object
        assert said == (n_seeds > n_clusters), "seeds in other panes that are no clusters are explained"
        without.add(said)
        state.change_chain(seed_threshold=4000.0)
        assert not visible(card), "that is not the remedy's doing"
        card._act(place)  # a click that came too late
    assert without == {True, False}


@pytest.mark.parametrize("compare", ["A", "B"])
def test_a_remedy_is_taken_back(state, compare):
    state.update(set_b=state.chain.set_a, compare=compare)
    card = SplitCard(state)
    before, offered = state.chain.parameters, labels(card)
    for place in range(len(offered)):
        remedy = card.found[place]
        card.buttons[place].param.trigger("clicks")
        response = re.findall(r"<b>([\d.]+)</b>", card._verdict.object)
        assert response[-1] == f"{remedy.response:.2f}"
        assert labels(card) == ["As before", "Compare as A | B"][: 2 if compare == "A" else 1]
        card.buttons[0].param.trigger("clicks")
        assert state.chain.parameters == before
        assert labels(card) == offered


def test_before_and_after_a_remedy_are_a_and_b(state):
    card = SplitCard(state)
    before, changes = state.chain.parameters, card.found[0].changes
    card.buttons[0].param.trigger("clicks")
    card.buttons[1].param.trigger("clicks")
    assert (state.chain.set_a, state.chain.set_b) == (before, before.changed(**changes))
    assert (state.chain.compare, state.colours.colour_by) == ("A | B", "cluster")
    assert "Why two in A?" in card.question.object
    state.show(number=WHOLE)
    assert not visible(card)


def test_the_response_before_and_after(state):
    card = SplitCard(state)
    assert [button.label.partition(" \u00b7 ")[2] for button in card.buttons if button.visible] == [
        f"{remedy.response:.2f}" for remedy in card.found
    ]
    now = state.chain.result.clusters["energy"].max() / state.shown.generated["energy"]
    verdict = re.sub("<.*?>", "", card._verdict.object)
    assert verdict.endswith(f"One cluster with (E response now {now:.2f}):")


def test_where_nothing_is_split_there_is_no_card_and_no_search(state, monkeypatch):
    monkeypatch.setattr(split_card, "remedies", None)
    state.show(number=WHOLE)
    card = SplitCard(state)
    assert len(state.chain.result.clusters) == 1
    assert not visible(card)
    state.change_chain(seed_threshold=5000.0)
    assert not visible(card)


def test_a_hidden_card_searches_nothing(state, monkeypatch):
    card = SplitCard(state)
    card.active = False
    monkeypatch.setattr(split_card, "remedies", None)
    state.change_chain(radius=0.02)
    monkeypatch.undo()
    card.active = True
    assert "radius 0.0" not in labels(card)
    assert labels(card)


@pytest.mark.parametrize("nearby", [False, True])
def test_a_split_in_coarse_seeding_is_explained_on_the_lattice(state, nearby):
    card = SplitCard(state)
    state.change_chain(
        chain="coarse_seeding", seed_threshold=1.0, radius=0.005, cs=CoarseSeeding(nearby=nearby)
    )
    seen = set()
    for number in range(1, SPLIT):
        state.show(number=number)
        if len(state.chain.near_particle) < 2:
            assert not visible(card)
            continue
        found = split(state.chain.result, state.shown.generated["exeta"], state.shown.generated["exphi"])
        valley, words = found.valley, re.sub("<title>.*?</title>", "", html_of(card))
        assert visible(card)
        plain = re.sub("<.*?>", "", words)
        assert words.count("<svg") == 1
        assert words.count("<rect") == len(valley.energy)
        one = len({(edge.waferu, edge.waferv) for edge in found.edges}) == 1
        alone = not one and not nearby
        assert ("Both seeds are in one module." in plain) == one
        assert (
            "The seeds are in two modules, of which each sees its own trigger cells only." in plain
        ) == alone
        neighbours = len(valley.energy) == 2
        assert ("the seeds are neighbours on the lattice" in plain) == neighbours
        assert (f"lattice valley {valley.ratio:.2f} of the lower peak" in plain) != neighbours
        assert ("empty point" in plain) == (valley.empty > 0)
        assert ("not chosen" in plain) == (valley.not_looked_at > 0)
        for edge in found.edges:
            module = f"<td>{edge.waferu}, {edge.waferv}</td>".replace("-", "\u2212")
            steps = f"{edge.steps} step{'s' * (edge.steps > 1)}"
            assert f"{module}<td>{edge.over_threshold:.2f}</td><td>{steps}</td>" in words
        seen.add((one, neighbours))
    assert {one for one, _ in seen} == {True, False}


def test_the_valley_on_the_lattice_drawn():
    valley = LatticeValley(
        np.array([3, 3, 4, 5]),
        np.array([-7, -6, -5, -4]),
        np.array([90.0, 0.0, 0.0, 60.0]),
        np.array([True, True, False, True]),
    )
    svg = ET.fromstring(valley_svg(valley, ("#111111", "#222222")))
    bars = svg.findall("rect")
    assert [float(bar.get("height")) for bar in bars] == [36.0, 0.0, 35.0, 24.0]
    assert ["fill: none" in bar.get("style") for bar in bars] == [False, False, True, False]
    assert [bar.find("title").text for bar in bars] == [
        *("U 3, V \u22127: 90.0 mipT", "U 3, V \u22126: 0.0 mipT"),
        *("U 4, V \u22125: in a module that is not chosen", "U 5, V \u22124: 60.0 mipT"),
    ]


def test_nothing_helps(state, monkeypatch):
    made = remedies(
        state.chain.chain_table,
        state.chain.result,
        state.shown.generated["exeta"],
        state.shown.generated["exphi"],
    )
    none = replace(made, found=dict.fromkeys(made.found))
    monkeypatch.setattr(split_card, "remedies", lambda *given: none)
    card = SplitCard(state)
    assert "No single parameter makes one cluster of them." in card._verdict.object
    assert labels(card) == []
    threshold = made.limits["seed threshold"]
    assert (
        "Does not help: max_energy alone, radius \u2264 0.2, flat_top kernel, kernel width \u2264 +20 bins, "
        f"seed window \u2264 8, seed threshold \u2264 {threshold}."
    ) in card._rest.object


def test_what_does_not_help_is_said_below_the_buttons(state):
    card = SplitCard(state)
    assert "Does not help: kernel width \u2264 +20 bins.<" in card._rest.object
    state.change_chain(seed_window=2)
    state.change_chain(seed_window=1, association="max_energy", radius=0.01)
    assert labels(card)[-1] == "radius 0.013 with max_energy"
    assert "Does not help: kernel width \u2264 +20 bins.<" in card._rest.object  # nothing of the association


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([], ""),
        (["kernel width"], "Does not help: kernel width \u2264 \u22122 bins."),
        (["kernel"], "Does not help: flat_top kernel."),
        (["association"], "Does not help: max_energy alone."),
        (["radius", "seed window"], "Does not help: radius \u2264 0.2, seed window \u2264 8."),
        (["seed window", "kernel"], "Does not help: flat_top kernel, seed window \u2264 8."),
    ],
)
def test_words_of_what_does_not_help(labels, words):
    limits = {"association": "max_energy", "radius": 0.2, "kernel": "flat_top", "kernel width": -2}
    limits |= {"seed window": 8, "seed threshold": 41.3}
    found = {label: None if label in labels else Remedy(label, 1, {}, 1, None) for label in limits}
    assert split_card.in_vain(Remedies(found, limits, 1)) == words


@pytest.mark.parametrize(("before", "bin_sums"), [(-20, None), (-4, None), (0, (1,) * 20 + (3,) * 22)])
def test_a_click_on_a_width_is_what_slider_and_link_say(state, monkeypatch, before, bin_sums):
    """From widths that were cut to one bin, and where the configured first row is."""
    config = state.navigation.catalogue.config
    if bin_sums:
        monkeypatch.setattr(
            state.navigation.catalogue, "config", replace(config, smooth=Smoothing(bin_sums=bin_sums))
        )
    state.update(set_a=state.chain.configured("default"))
    wanted = 6
    change = state.chain.widened(state.chain.configured("default"), wanted)
    found = Remedies({"kernel width": Remedy("kernel width", wanted, change, 1, None)}, {}, 1)
    monkeypatch.setattr(split_card, "remedies", lambda *given: found)
    state.change_chain(**state.chain.widened(state.chain.parameters, before))
    card = SplitCard(state)
    if not visible(card):
        card._answer(card._search_number, found)
    controls = ChainControls(state)
    assert labels(card) == ["kernel +6 bins"]
    card.buttons[0].param.trigger("clicks")
    assert controls.width.value == state.chain.kernel_width == wanted
    assert chain_link.write(state.chain, state.selection)["width"] == "6"
    assert link.read(link.write(state), state)[1].get("set_a", state.chain.set_a) == state.chain.set_a


def test_the_search_counts_a_width_as_the_slider_does(state, monkeypatch):
    given = []
    monkeypatch.setattr(split_card, "remedies", lambda *args: given.append(args) or remedies(*args))
    SplitCard(state)
    assert given[-1][-1] == state.navigation.catalogue.config.smooth.bin_sums


class Session:
    """A document with a session: timeouts and callbacks wait until they are called."""

    session_context = SimpleNamespace(destroyed=False)

    def __init__(self):
        self.timeouts, self.answers, self.arrived = [], [], threading.Event()

    def add_timeout_callback(self, callback, after):
        assert after >= 100
        self.timeouts.append(callback)

    def add_next_tick_callback(self, callback):
        self.answers.append(callback)
        self.arrived.set()


def test_while_a_slider_is_dragged_nothing_is_searched(state, monkeypatch):
    """A card whose session calls back when it is told to."""
    card, session = SplitCard(state), Session()
    searched = []

    def search(*given):
        searched.append(given)
        return remedies(*given)

    monkeypatch.setattr(split_card, "remedies", search)
    for radius in (0.02, 0.021, 0.022):
        with monkeypatch.context() as here:
            here.setattr(card, "catch_up", lambda: None)
            state.chain.set_a = state.chain.set_a.changed(radius=radius)
        with monkeypatch.context() as here:
            here.setattr(type(split_card.pn.state), "curdoc", property(lambda self: session))
            card.catch_up()
        assert "Looking for" in card._verdict.object
        assert labels(card) == []
    for start in session.timeouts[:-1]:
        start()
    assert not searched
    session.timeouts[-1]()
    assert session.arrived.wait(30)
    assert len(searched) == 1
    session.answers.pop()()
    assert "seed window 2" in labels(card)


def test_an_error_of_the_search_is_not_lost(state, monkeypatch):
    card, session = SplitCard(state), Session()
    monkeypatch.setattr(split_card, "remedies", lambda *given: 1 / 0)
    card._start(card._search_number, session)
    assert session.arrived.wait(30)
    with pytest.raises(ZeroDivisionError):
        session.answers.pop()()


@pytest.mark.parametrize(
    ("remedy", "words"),
    [
        (("radius", 0.03, {"radius": 0.03, "association": "max_energy"}), "radius 0.03 with max_energy"),
        (("kernel", "default", {"kernel": "default"}), "default kernel"),
        (("kernel", "flat_top", {"kernel": "flat_top"}), "flat_top"),
        (("kernel width", 2, {"smooth": None}), "kernel +2 bins"),
        (("kernel width", 0, {"smooth": None}), "kernel as configured"),
        (("kernel width", -2, {"smooth": None}), "kernel \u22122 bins"),
        (("seed threshold", 41.3, {"seed_threshold": 41.3}), "threshold 41.3"),
        (("association", "max_energy", {"association": "max_energy"}), "max_energy"),
    ],
)
def test_words_of_the_buttons(remedy, words):
    assert label_of(Remedy(*remedy, 1, None)) == words


@pytest.mark.parametrize("n", [2, 3, 30])
def test_the_valley_drawn(n):
    rng = np.random.default_rng(n)
    energy = np.r_[90.0, rng.uniform(5, 40, n - 2), 60.0]
    filled = np.where(np.arange(n) == 1, 0.0, 50.0)
    valley = Valley(energy, filled, np.full(n, 3), np.arange(n) + 7)
    svg = ET.fromstring(valley_svg(valley, ("#111111", "#222222")))
    bars = svg.findall("rect")
    assert len(bars) == n
    height = np.array([float(bar.get("height")) for bar in bars])
    hollow = np.array(["fill: none" in bar.get("style") for bar in bars])
    assert hollow.tolist() == [n > 2 and i == 1 for i in range(n)]
    assert height + hollow == pytest.approx(36 * energy / 90, abs=0.06)
    assert "#111111" in bars[0].get("style")
    assert "#222222" in bars[-1].get("style")
    assert float(svg.get("width")) <= 240
    assert bars[0].find("title").text == "R/z bin 3, \u03c6 bin 7: 90.0 mipT smoothed, 50.0 mipT before"


def test_a_second_cluster_of_little_energy_is_no_split(state, monkeypatch):
    """The word is that of the studies: the second cluster has more than a tenth of the energy."""
    near = state.chain.near_particle
    energies = state.chain.result.clusters["energy"].to_numpy()[near]
    share = np.sort(energies)[-2] / energies.sum()
    assert "2 \u2014 split" in FactsView(state).html()
    monkeypatch.setattr("bye_splits.chain.splits.SHARE", share + 0.001)
    html = FactsView(state).html()
    assert "split" not in html
    assert ">2 \u00b7 " in html
