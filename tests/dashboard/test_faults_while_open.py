"""Files that change in ways which are hard to see: the page says so, and others notice nothing."""

import os
import time

import numpy as np
import pytest
import uproot
from display_files import PHOTON, Made, cells, write

from bye_splits.config import Config
from bye_splits.dashboard.catalogue import Catalogue
from bye_splits.dashboard.state.display import DisplayState
from bye_splits.dashboard.views.display.page import DisplayPage, start
from bye_splits.settings import Sample


@pytest.fixture(scope="module")
def sound(columns, tmp_path_factory):
    """Bytes of a sound file of three events."""
    events = [Made(k, cells(columns, np.arange(100 * k, 100 * k + 50)), [PHOTON]) for k in (1, 2, 3)]
    return write(tmp_path_factory.mktemp("sound") / "sound.root", events).read_bytes()


@pytest.fixture
def pages(tmp_path, sound):
    """Path of a file, its page, the state of a user of another file, and what either was told."""
    paths = {name: tmp_path / f"{name}.root" for name in ("photons", "pions")}
    for path in paths.values():
        path.write_bytes(sound)
    catalogue = Catalogue(
        Config(samples={(name, ""): Sample(name, "", path) for name, path in paths.items()})
    )
    page, other = DisplayPage(catalogue), DisplayState(catalogue)
    assert start(other, "?particle=pions") == []
    told = {"page": [], "other": []}
    for state, name in ((page.state, "page"), (other, "other")):
        state.param.watch(lambda event, name=name: told[name].append(event.new), "message")
    assert page.state.navigation.particle == "photons"
    return paths["photons"], page, other, told


def keeping_its_times(path, content):
    """Write other bytes into a file, which keeps its inode, size and date."""
    before = path.stat()
    assert len(content) == before.st_size
    end = time.monotonic() + 10
    while path.stat().st_ctime_ns == before.st_ctime_ns:  # until the kernel's clock has gone on
        assert time.monotonic() < end
        with path.open("r+b") as file:
            file.write(content)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = path.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def flipped(content, place):
    """The same bytes but for one bit."""
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def notices_nothing(other, told):
    assert [other.step(1), other.shown.loaded.event.number] == [True, 2]
    assert told["other"] == []


def test_other_bytes_with_the_old_size_and_date(pages, sound):
    path, page, other, told = pages
    keeping_its_times(path, sound)
    assert page.state.step(1)
    (message,) = told["page"]
    assert (message.level, f"{path} has changed since it was opened" in message.text) == ("warning", True)
    notices_nothing(other, told)


def test_a_flipped_bit(pages, sound):
    path, page, other, told = pages
    with uproot.open(path) as file:
        (tree,) = (file[name] for name, kind in file.classnames(cycle=False).items() if kind == "TTree")
        branch = tree["good_tc_x"]
        seek, size = (int(branch.member(name)[0]) for name in ("fBasketSeek", "fBasketBytes"))
    keeping_its_times(path, flipped(sound, seek + size // 2))
    before = page.state.shown.loaded
    assert not page.state.step(1)
    errors = [message.text for message in told["page"] if message.level == "error"]
    assert errors
    assert str(path) in errors[0]
    assert errors[0].count(": expected ") == 1
    assert page.state.shown.loaded is before
    notices_nothing(other, told)


@pytest.mark.parametrize(("make", "words"), [(os.mkdir, "a directory"), (os.mkfifo, "a FIFO")])
def test_something_else_in_its_place(pages, make, words):
    path, page, other, told = pages
    path.unlink()
    make(path)
    before, start_time = page.state.shown.loaded, time.monotonic()
    assert not page.state.step(1)
    assert time.monotonic() - start_time < 10, "it was waited for"
    (message,) = told["page"]
    assert (message.level, str(path) in message.text, words in message.text) == ("error", True, True)
    assert page.state.shown.loaded is before
    notices_nothing(other, told)
