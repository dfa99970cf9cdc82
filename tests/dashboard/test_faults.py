"""Whatever becomes of a file, one message tells; the last good event and other sessions stay."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import uproot
from browser import look
from display_files import PHOTON, Made, both, cells, without, write

from bye_splits.config import Config
from bye_splits.dashboard.catalogue import Catalogue
from bye_splits.dashboard.figures.raster import Viewport
from bye_splits.dashboard.routing import show
from bye_splits.dashboard.state.display import DisplayState
from bye_splits.dashboard.views.display import downloads
from bye_splits.dashboard.views.display.facts import FactsView
from bye_splits.dashboard.views.display.page import DisplayPage, NothingToShow, start
from bye_splits.errors import ConfigError, GeometryError
from bye_splits.settings import GeometrySettings, Sample

GOOD = ("good", "")


@pytest.fixture(scope="module")
def sound(columns, tmp_path_factory):
    """Bytes of a sound file of three events."""
    events = [Made(k, cells(columns, np.arange(100 * k, 100 * k + 50)), [PHOTON]) for k in (1, 2, 3)]
    return write(tmp_path_factory.mktemp("sound") / "sound.root", events).read_bytes()


def without_a_branch(path, sound):
    without(_written(path, sound), "good_tc_mipPt")


def empty_tree(path, sound):
    path.write_bytes(sound)
    with uproot.open(path) as file:
        (tree,) = (file[name] for name, kind in file.classnames(cycle=False).items() if kind == "TTree")
        arrays = tree.arrays()
    with uproot.recreate(path) as file:
        file.mktree("tree", {name: arrays[name].type.content for name in arrays.fields})


def _written(path, content):
    path.write_bytes(content)
    return path


FAULTS = {
    "cut at a tenth": (lambda path, sound: path.write_bytes(sound[: len(sound) // 10]), "cut short"),
    "last byte missing": (lambda path, sound: path.write_bytes(sound[:-1]), "cut short"),
    "not ROOT": (lambda path, sound: path.write_bytes(b"event,layer\n1,2\n" * 50), "something else"),
    "zeros": (lambda path, sound: path.write_bytes(bytes(5000)), "zeros"),
    "nothing in it": (lambda path, sound: path.write_bytes(b""), "an empty file"),
    "not there": (lambda path, sound: None, "no such file"),
    "a folder": (lambda path, sound: path.mkdir(), "a directory"),
    "a FIFO": (lambda path, sound: os.mkfifo(path), "a FIFO"),
    "a branch missing": (without_a_branch, "branch 'good_tc_mipPt'"),
    "no events": (empty_tree, "expected events, found none: it has 0 entries. Choose a file with events"),
}


@pytest.fixture
def faulty(request, tmp_path, sound):
    """A catalogue of a sound file and a faulty one, the latter's path, and what the message says of it."""
    make, words = FAULTS[request.param]
    path = tmp_path / "bad.root"
    make(path, sound)
    good = _written(tmp_path / "good.root", sound)
    samples = {("good", ""): Sample("good", "", good), ("bad", ""): Sample("bad", "", path)}
    return Catalogue(Config(samples=samples)), path, words


def picture(page):
    """What a page shows, to compare."""
    return (
        page.state.shown.loaded,
        page.state.navigation.particle,
        {name: id(values[0]) for name, values in page.map.map.wire.data.items() if name != "layer"},
        page.shower._pane.object,
        page.sidebar.event.value,
        page.sidebar.particle.value,
    )


def another_session(catalogue):
    state = DisplayState(catalogue)
    assert start(state, "") == []
    return state


def within_seconds(what):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(what).result(timeout=20)


@pytest.mark.parametrize("faulty", FAULTS, indirect=True)
def test_a_faulty_sample_is_told_and_changes_nothing(faulty):
    catalogue, path, words = faulty
    page, other = DisplayPage(catalogue), another_session(catalogue)
    look(page.map, Viewport.around(0, 0, 200, 100, 100))
    assert page.state.show(number=2)
    before, told = picture(page), []
    page.state.param.watch(lambda event: told.append(event.new), "message")
    page.sidebar.particle.value = "bad"
    (message,) = told
    assert message.level == "error"
    assert str(path) in message.text
    assert words in message.text
    assert message.text.count(": expected ") == 1
    assert message.text.rstrip().endswith(".")  # what to do
    assert picture(page) == before
    assert page.state.step(1)
    assert page.state.shown.loaded.event.number == 3
    # The other session knows nothing of it.
    assert other.message is None
    assert other.shown.loaded.event.number == 1
    assert other.step(1)


@pytest.mark.parametrize("faulty", FAULTS, indirect=True)
def test_a_link_to_a_faulty_sample_opens_a_good_one(faulty):
    catalogue, path, words = faulty
    state = DisplayState(catalogue)
    problems = within_seconds(lambda: start(state, "?particle=bad&event=2&layer=13"))
    assert len(problems) == (2 if "entries" in words else 1)  # neither event 2 nor any other
    assert problems[0].endswith("is shown.")
    assert str(path) in problems[-1]
    assert words in problems[-1]
    assert (state.navigation.key, state.cuts.layer, state.shown.loaded.event.number) == (GOOD, 13, 1)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_page_of_nothing_but_a_faulty_sample_says_why(fault, tmp_path, sound):
    make, words = FAULTS[fault]
    path = tmp_path / "bad.root"
    make(path, sound)
    catalogue = Catalogue(Config(samples={("bad", ""): Sample("bad", "", path)}))
    with pytest.raises(NothingToShow) as nothing:
        within_seconds(lambda: start(DisplayState(catalogue), ""))
    (reason,) = nothing.value.args
    assert str(path) in reason
    assert words in reason
    assert show("display", catalogue)._title.endswith("nothing to show")
    if not path.is_dir():
        path.unlink(missing_ok=True)
        path.write_bytes(sound)
        assert start(DisplayState(catalogue), "") == []  # once it is put right


def test_the_geometry_needs_no_events(open_files, tmp_path):
    assert show("geometry", open_files(tmp_path / "none.root"))._title.endswith("geometry")


def test_a_wrong_tree_is_told(tmp_path, sound):
    path = _written(tmp_path / "file.root", sound)
    catalogue = Catalogue(Config(samples={("x", ""): Sample("x", "", path, "folder", "tree")}))
    with pytest.raises(NothingToShow, match=r"file\.root: expected a tree 'folder/tree', found 1 tree"):
        start(DisplayState(catalogue), "")


def test_a_geometry_file_that_cannot_be_read_is_explained(tmp_path, sound):
    path = _written(tmp_path / "geometry.root", sound[:3000])
    good = _written(tmp_path / "good.root", sound)
    config = Config(samples={GOOD: Sample(*GOOD, good)}, geometry=GeometrySettings(path=path))
    catalogue = Catalogue(config)
    with pytest.raises(GeometryError):
        _ = catalogue.geometry
    for name in ("display", "geometry"):
        assert show(name, catalogue)._title.endswith("nothing to show")


def configured(folder, path, sound):
    """A configuration, of which the photons' file is `path`."""
    good = _written(folder / "good.root", sound)
    samples = {("photons", "0"): Sample("photons", "0", path), ("pions", "0"): Sample("pions", "0", good)}
    return Config(samples=samples, path=folder / "my.yaml")


def test_a_missing_file_is_told_with_its_key(tmp_path, sound):
    config = configured(tmp_path, tmp_path / "gone.root", sound)
    page = DisplayPage(Catalogue(config))
    words = (
        f"{tmp_path}/my.yaml: io.PU0.photons.file: expected an existing file, "
        f"found {tmp_path}/gone.root, which does not exist. "
    )
    (problem,) = page.problems  # those of the start
    assert problem.startswith(words)
    assert page.state.navigation.key == ("pions", "0")
    page.sidebar.particle.value = "photons"
    assert page.state.message.text == problem
    assert page.state.navigation.key == ("pions", "0")

    only = replace(config, samples={("photons", "0"): config.samples["photons", "0"]})
    with pytest.raises(NothingToShow) as nothing:
        start(DisplayState(Catalogue(only)), "")
    assert nothing.value.args == (problem,)


def test_a_file_that_cannot_be_opened_is_told_with_its_key(tmp_path, sound):
    page = DisplayPage(Catalogue(configured(tmp_path, _written(tmp_path / "bad.root", b"text"), sound)))
    (problem,) = page.problems
    assert problem.startswith(f"{tmp_path}/my.yaml: io.PU0.photons: {tmp_path}/bad.root: expected ")


def test_a_geometry_file_is_told_with_its_key(tmp_path, sound):
    config = Config(geometry=GeometrySettings(path=tmp_path / "geometry.root"), path=tmp_path / "my.yaml")
    with pytest.raises(ConfigError) as missing:
        _ = Catalogue(config).geometry
    assert missing.value.read == f"{tmp_path}/my.yaml: geometry.file"
    _written(tmp_path / "geometry.root", sound)
    with pytest.raises(GeometryError) as wrong:
        _ = Catalogue(config).geometry
    assert wrong.value.read.startswith(f"{tmp_path}/my.yaml: geometry: {tmp_path}/geometry.root")


# -- while it is open -----------------------------------------------------------------------------------


@pytest.fixture
def opened(tmp_path, sound, columns):
    """A page of a file and another session's state; and another file beside it."""
    path = _written(tmp_path / "good.root", sound)
    os.utime(path, (1, 1))  # so that any writing shows, whatever the clock's grain
    catalogue = Catalogue(Config(samples={GOOD: Sample(*GOOD, path)}))
    other = write(tmp_path / "other.root", [Made(k, cells(columns, [k])) for k in (1, 2, 8, 9)])
    return path, other, DisplayPage(catalogue), another_session(catalogue)


GONE = {
    "deleted": (lambda path: path.unlink(), "no such file"),
    "moved": (lambda path: path.rename(path.with_name("gone")), "no such file"),
    "cut": (lambda path: os.truncate(path, path.stat().st_size // 2), "cut short"),
    "emptied": (lambda path: os.truncate(path, 0), "an empty file"),
    "rewritten with text": (lambda path: path.write_text("text " * 100), "something else"),
}


@pytest.mark.parametrize("how", GONE)
def test_a_file_that_goes_while_it_is_open(opened, how, sound):
    path, _, page, second = opened
    change, words = GONE[how]
    change(path)
    before = picture(page)
    for action in (
        lambda: page.state.step(1),
        lambda: page.state.random(),
        lambda: page.state.show(number=3),
        lambda: page.state.show(entry=0),
    ):
        told = []
        watcher = page.state.param.watch(lambda event, told=told: told.append(event.new), "message")
        assert not action()
        page.state.param.unwatch(watcher)
        (message,) = told
        assert str(path) in message.text
        assert words in message.text
        assert picture(page) == before
    # What is shown can still be looked at, here and in other sessions.
    for state in (page.state, second):
        state.update(layer=13, threshold=2.0, colour_by="pT")
        state.selection.select(int(state.shown.loaded.number[3]))
    assert "event 1 of good.root" in downloads.facts_file(page.state).content.decode()
    path.unlink(missing_ok=True)
    path.write_bytes(sound)
    assert page.state.step(1)
    assert second.step(2)
    assert (page.state.shown.loaded.event.number, second.shown.loaded.event.number) == (2, 3)


@pytest.mark.parametrize("how", ["replaced", "rewritten"])
def test_a_file_with_other_events_in_its_place(opened, how):
    path, other, page, second = opened
    if how == "replaced":
        other.replace(path)
    else:
        path.write_bytes(other.read_bytes())
    told = []
    page.state.param.watch(lambda event: told.append(event.new), "message")
    assert page.state.step(1)
    (message,) = told
    assert message.level == "warning"
    assert f"{path} has changed since it was opened" in message.text
    assert page.state.shown.loaded.number.tolist() == [2]  # the new file's event 2, none of the old one
    assert page.state.step(1)
    assert page.state.shown.loaded.event.number == 8
    assert len(told) == 1
    assert len(second.shown.loaded.number) == 50  # has not asked for anything since


def test_a_file_that_loses_branches(opened, sound):
    path, _, page, _ = opened
    facts = FactsView(page.state)
    assert "generated photon" in facts.html()
    assert "optional" not in facts.html()
    without(path, "good_genpart_exphi", "good_cl3d_eta")
    assert page.state.step(1)
    html = facts._pane.object  # what the running page shows
    assert "2 optional branches are not in the file (good_genpart_exphi, good_cl3d_eta). Not shown: " in html
    assert '<span class="label">generated particle</span><span class="value">not in the file</span>' in html
    path.write_bytes(sound)
    assert page.state.step(1)
    assert "generated photon" in facts._pane.object
    assert "optional" not in facts._pane.object


def test_a_file_that_loses_its_events(opened, sound):
    path, _, page, _ = opened
    empty_tree(path, sound)
    before = picture(page)
    assert not page.state.step(1)
    assert "0 entries" in page.state.message.text
    assert picture(page) == before


# -- odd values -------------------------------------------------------------------------------------------


def test_odd_events_are_shown_with_their_notices(columns, open_files, tmp_path):
    odd = [
        Made(1, cells(columns, np.arange(20), energy=np.where(np.arange(20) % 2, np.nan, 1.0)), [PHOTON]),
        Made(2, cells(columns, np.arange(20), mip=np.inf)),
        Made(3, cells(columns, [])),
        Made(4, cells(columns, [5], x=np.nan)),
        Made(5, cells(columns, [5, 6], mip=0.0)),
        Made(6, both(cells(columns, [5]), cells(columns, [6], mip=3e38))),
        Made(7, cells(columns, [5], layer=-7, waferu=-9999)),
        Made(8, cells(columns, [5], mip=-3.0)),
        Made(9, cells(columns, np.arange(30)), [PHOTON | {"exeta": np.nan}, PHOTON | {"pt": np.nan}]),
        Made(10, cells(columns, np.arange(30)), [PHOTON | {"exphi": 1e30, "energy": -1.0, "pid": 99}]),
    ]
    page = DisplayPage(open_files(write(tmp_path / "odd.root", odd)))
    look(page.map, Viewport.around(0, 0, 200, 100, 100))
    facts = FactsView(page.state)
    notices = []
    for _ in odd:
        notices.append(facts._pane.object.partition("notices")[2])
        for change in ({"colour_by": "energy"}, {"colour_scale": "linear"}, {"layer": 1}, {"threshold": 0.0}):
            page.state.update(**change)
        page.map.whole()
        assert "NaN" not in page.shower._pane.object.to_json()
        assert page.state.step(1)
        page.state.update(threshold=0.5, colour_by="mipT", colour_scale="log")
    assert "10 trigger cells left out: a value is not finite" in notices[0]
    assert "20 trigger cells left out" in notices[1]
    assert "<li>This event has no trigger cells to show.</li>" in notices[1]  # none is finite
    assert notices[2] == '"><li>This event has no trigger cells to show.</li></ul>'
    assert "1 trigger cell left out" in notices[3]
    assert "1 trigger cell is not in the geometry: counted but not drawn." in notices[6]
    assert page.state.message is None
