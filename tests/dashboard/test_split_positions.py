"""The share of the positions in the bins in which a shower is split, on the split card."""

import re
import threading
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from split_events import SPLIT, WHOLE, catalogue_of, electrons_file, shown

from bye_splits.dashboard.figures.positions import SIDE, positions_svg
from bye_splits.dashboard.views.display import split_positions
from bye_splits.dashboard.views.display.clusters_pane import ClustersPane
from bye_splits.dashboard.views.display.split_positions import SplitPositions, percent
from bye_splits.studies.phases import phase_map


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory, geometry):
    return catalogue_of(electrons_file(tmp_path_factory.mktemp("electrons"), geometry))


@pytest.fixture
def state(catalogue):
    return shown(catalogue)


@pytest.fixture
def few(monkeypatch):
    """Fewer positions, and what was asked for."""
    asked = []

    def count(*given, **options):
        asked.append(given[3])
        return phase_map(*given, 4, 4, **options)

    monkeypatch.setattr(split_positions, "phase_map", count)
    monkeypatch.setattr(split_positions, "N_RZ", 4)
    monkeypatch.setattr(split_positions, "N_PHI", 4)
    return asked


def plain(view):
    return re.sub(r"\s+", " ", re.sub("<.*?>", " ", view.html)).strip()


def share_of(state, parameters, n=4):
    generated = state.shown.generated
    direction = generated["exeta"], generated["exphi"]
    return percent(phase_map(state.chain.chain_table, *direction, parameters, n, n).fraction)


def test_the_share_of_all_positions(state):
    view = SplitPositions(state)
    share = share_of(state, state.chain.set_a, 20)
    assert share not in ("0 %", "100 %")
    assert plain(view) == f"400 phases {share} split"
    assert view.html.count("<svg") == 1


def test_it_follows_the_parameters_and_the_event(state, few):
    view = SplitPositions(state)
    before = plain(view)
    assert before == f"16 phases {share_of(state, state.chain.set_a)} split"
    state.change_chain(radius=0.02)
    assert few[-1] == state.chain.set_a
    state.show(number=WHOLE)
    assert plain(view) == ""
    n = len(few)
    state.change_chain(radius=0.03)
    assert len(few) == n
    state.show(number=SPLIT)
    assert plain(view).startswith("16 phases")


def test_both_sets(state, few):
    view = SplitPositions(state)
    state.update(set_b=state.chain.set_a.changed(kernel="flat_top"), compare="A | B")
    a, b = (share_of(state, one) for one in (state.chain.set_a, state.chain.set_b))
    assert a != b
    assert plain(view) == " ".join(f"in {name} {share} split" for name, share in (("A", a), ("B", b)))
    assert few == [state.chain.set_a, state.chain.set_b]  # what is known is not searched for again
    coarse = state.chain.set_a.changed(chain="coarse_seeding")
    state.update(set_b=coarse)
    assert plain(view) == f"16 phases {a} split"


def test_a_chain_without_bins_has_no_positions(state, few):
    view = SplitPositions(state)
    n = len(few)
    state.change_chain(chain="coarse_seeding")
    assert plain(view) == ""
    assert len(few) == n


def test_on_the_card(state, few):
    pane = ClustersPane(state)
    assert "16 phases" in plain(pane.card.positions)
    assert pane.card.positions.html in pane.card._verdict.object
    pane.active = False
    n = len(few)
    state.change_chain(radius=0.02)
    assert len(few) == n
    pane.active = True
    assert len(few) == n + 1


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


@pytest.fixture
def change(monkeypatch):
    """Changes parameters as in a session, whose callbacks wait."""

    def change(view, session, **changes):
        with monkeypatch.context() as here:
            here.setattr(view, "catch_up", lambda: None)
            view.state.chain.set_a = view.state.chain.set_a.changed(**changes)
        with monkeypatch.context() as here:
            here.setattr(type(split_positions.pn.state), "curdoc", property(lambda self: session))
            view.catch_up()

    return change


def test_what_is_not_known_yet_has_its_place(state, few, change):
    view, session = SplitPositions(state), Session()
    n = len(few)
    for radius in (0.02, 0.021, 0.022):
        change(view, session, radius=radius)
        assert plain(view) == "16 phases \u2026 split"
    pending = view.html
    for start in session.timeouts[:-1]:
        start()
    assert len(few) == n
    session.timeouts[-1]()
    assert session.arrived.wait(30)
    assert len(few) == n + 1
    session.answers.pop()()
    assert plain(view) == f"16 phases {share_of(state, state.chain.set_a)} split"
    size = re.compile(r'<svg width="\d+" height="\d+"')
    assert size.findall(pending) == size.findall(view.html)


def test_a_change_ends_the_search(state, change, monkeypatch):
    view, session = SplitPositions(state), Session()
    begun, going_on, ended = threading.Event(), threading.Event(), []

    def search(*given, others, wanted):
        begun.set()
        assert going_on.wait(30)
        ended.append(wanted())

    monkeypatch.setattr(split_positions, "phase_map", search)
    change(view, session, radius=0.02)
    session.timeouts[-1]()
    assert begun.wait(30)
    change(view, session, radius=0.03)
    going_on.set()
    assert session.arrived.wait(30)
    assert ended == [False]
    session.answers.pop()()
    assert "\u2026" in plain(view)


def test_what_was_given_up_while_hidden_is_begun_again(state, few, change):
    view, session = SplitPositions(state), Session()
    change(view, session, radius=0.02)
    view.active = False
    session.timeouts[-1]()
    assert "\u2026" in plain(view)
    view.active = True
    assert "%" in plain(view)


def test_the_map_drawn():
    split = np.zeros((4, 5), dtype=bool)
    split[0, 1:3], split[3, 4] = True, True
    drawn = ET.fromstring(positions_svg((4, 5), (3, 2), split))
    path = drawn.find("path").attrib["d"]
    wide, high = SIDE / 5, SIDE / 4
    assert path.count("M") == 2
    assert path.startswith(f"M{wide:.4g} {SIDE - high:.4g}h{2 * wide:.4g}v{high:.4g}")
    assert f"M{4 * wide:.4g} 0h{wide:.4g}" in path
    frame = drawn.findall("rect")[-1].attrib
    assert (float(frame["x"]), float(frame["y"])) == pytest.approx((2 * wide - 1, -1), abs=0.01)
    assert ET.fromstring(positions_svg((4, 5), (3, 2), None)).find("path") is None
    assert ET.fromstring(positions_svg((4, 5), (3, 2), np.zeros((4, 5), bool))).find("path") is None
