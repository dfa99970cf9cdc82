"""The event that a sample opens with, where its file is damaged in places."""

import numpy as np
import pytest
import uproot
from display_files import Made, cells, write

from bye_splits.config import Config
from bye_splits.dashboard import catalogue as catalogue_module
from bye_splits.dashboard.catalogue import Catalogue
from bye_splits.dashboard.state.display import DisplayState
from bye_splits.dashboard.views.display.page import DisplayPage, NothingToShow, start
from bye_splits.samples import embedded
from bye_splits.settings import Sample

KEY = ("photons", "0")
EVENTS = 40  # numbered from 101, ten to a basket


@pytest.fixture(scope="module")
def sound(columns, tmp_path_factory):
    made = [Made(101 + k, cells(columns, np.arange(50) + k)) for k in range(EVENTS)]
    return write(tmp_path_factory.mktemp("sound") / "sound.root", made)


@pytest.fixture
def opened(sound, tmp_path):
    """Function that makes a catalogue of a sound file and one with damaged baskets."""

    def made(*baskets, defaults=(), alone=False):
        content = bytearray(sound.read_bytes())
        with uproot.open(sound) as file:
            (tree,) = (file[name] for name, kind in file.classnames(cycle=False).items() if kind == "TTree")
            branch = tree["good_tc_mipPt"]
            assert branch.num_baskets == 4
            for basket in baskets:
                seek, size = (int(branch.member(name)[basket]) for name in ("fBasketSeek", "fBasketBytes"))
                content[seek + 60 : seek + size] = bytes(size - 60)
        path = tmp_path / "damaged.root"
        path.write_bytes(content)
        samples = {KEY: Sample(*KEY, path)}
        if not alone:
            samples = {("pions", "0"): Sample("pions", "0", sound)} | samples
        return Catalogue(Config(samples=samples, default_events={KEY: defaults}))

    return made


@pytest.mark.parametrize(
    ("baskets", "defaults", "shown", "failed"),
    [
        ((), (), 101, None),
        ((0,), (), 140, "Event 101"),
        ((0, 3), (), 120, "Events 101, 140"),
        ((0, 1, 3), (), 130, "Events 101, 140, 120, 110"),
        ((0,), (105, 125), 125, "Event 105"),
        ((0,), (105, 999, 106), 140, "Events 105, 106, 101"),
        ((0,), (105, 106, 107, 108, 125), 140, "Events 105, 106, 107, 101"),  # no end of default events
        ((3,), (), 101, None),
    ],
)
def test_another_event_is_shown_and_it_is_told(opened, baskets, defaults, shown, failed):
    state = DisplayState(opened(*baskets, defaults=defaults))
    assert state.show(("pions", "0"))
    assert state.show(KEY)
    assert (state.navigation.key, state.shown.loaded.event.number) == (KEY, shown)
    if failed is None:
        assert state.message is None
        return
    assert state.message.level == "warning"
    assert state.message.text.startswith(f"{failed} cannot be read; event {shown} is shown instead. ")
    entry = int(failed.replace(",", "").split()[1]) - 101
    tree = state.navigation.catalogue.source(KEY).tree
    where = f"damaged.root, tree '{tree}', branch 'good_tc_mipPt', entry {entry}: "
    assert where in state.message.text


@pytest.mark.parametrize("mip", [0.0, -0.5])
@pytest.mark.parametrize("query", ["", "?event=2"])
def test_an_event_without_a_signal_is_shown(columns, open_files, tmp_path, mip, query):
    """None of its trigger cells has a mipPt above 0: the layer is the one with most of them."""
    near = np.flatnonzero((columns.layer == 11) | (columns.layer == 13))[:60]
    numbers = np.append(near, np.flatnonzero(columns.layer == 7)[:5])
    most = int(np.bincount(columns.layer[numbers]).argmax())
    dark = [Made(number, cells(columns, numbers, mip=mip)) for number in (1, 2)]
    path = write(tmp_path / "dark.root", [*dark, Made(3, cells(columns, numbers))])
    page = DisplayPage(open_files(path), query)
    assert page.problems == []
    assert page.state.cuts.layer == most
    assert page.state.seen["total"] == len(numbers)
    assert page.state.step(1)


def test_a_page_opens_with_an_event_that_can_be_read(opened):
    page = DisplayPage(opened(0, alone=True))
    (problem,) = page.problems
    assert problem.startswith("Event 101 cannot be read; event 140 is shown instead.")
    assert page.sidebar.event.value == "140"
    page.sidebar.event.value = "118"
    assert page.state.shown.loaded.event.number == 118


def test_a_link_to_a_damaged_event_opens_its_sample(opened):
    state = DisplayState(opened(0))
    problems = start(state, "?particle=photons&event=107&layer=13")
    assert (state.navigation.key, state.shown.loaded.event.number, state.cuts.layer) == (KEY, 140, 13)
    assert "entry 6: expected" in problems[0]
    assert problems[1].startswith("Event 101 cannot be read; event 140 is shown instead.")


def test_an_event_that_is_asked_for_has_no_substitute(opened):
    state = DisplayState(opened(0))
    assert state.show(KEY)
    for what in ({"number": 105}, {"entry": 4}):
        assert not state.show(**what)
        assert state.message.level == "error"
        assert state.shown.loaded.event.number == 140


def test_a_file_without_a_readable_event_says_how_many_were_tried(opened):
    with pytest.raises(NothingToShow) as nothing:
        start(DisplayState(opened(0, 1, 2, 3, alone=True)), "")
    (reason,) = nothing.value.args
    assert "entry 0: expected the values of one event" in reason
    assert reason.endswith("4 other events were tried, in vain.")


def test_the_search_has_an_end(opened, monkeypatch):
    monkeypatch.setattr(catalogue_module, "PATIENCE", -1.0)
    state = DisplayState(opened(0))
    assert not state.show(KEY)
    assert "in vain" not in state.message.text
    assert "entry 0: expected" in state.message.text


def test_a_cleared_cache_is_filled_again(sound, tmp_path, monkeypatch):
    """The user has named no file of the toy sample, and can put none back."""
    path = tmp_path / "photons_PU0.root"

    def paths():
        if not path.exists():
            path.write_bytes(sound.read_bytes())
        return {KEY: path}

    monkeypatch.setattr(embedded, "paths", paths)
    state = DisplayState(Catalogue(Config()))
    assert state.show(KEY)
    path.unlink()
    assert state.show(KEY, entry=1)
    assert state.shown.loaded.event.number == 102
