"""Tags of the hand scan: kept, taken back, of several scanners, and how far these agree."""

import json
import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bye_splits.errors import ByeSplitsError
from bye_splits.studies.agreement import agreements, cohen_kappa
from bye_splits.studies.hand_scan import (
    Tag,
    TagFile,
    all_tags,
    sample_folder,
    scanner_name,
    tag_table,
    tags_folder,
    with_tags,
)


@pytest.fixture
def file(tmp_path):
    return TagFile.of(tmp_path / "tags", "photons-1", "ada", {"file": "photons.root"})


def test_a_tag_is_kept_changed_and_taken_back(file):
    assert file.tags() == {}
    assert file.undo() is None
    before = file.version
    file.say(7, 1, 107, tag="noise")
    assert file.version != before
    file.say(7, 1, 107, note="two maxima")
    file.say(7, -1, 107, tag="pile-up")
    tags = TagFile(file.path, "ada").tags()
    assert {key: (tag.tag, tag.note) for key, tag in tags.items()} == {
        (7, 1): ("noise", "two maxima"),
        (7, -1): ("pile-up", ""),
    }
    assert file.undo().tag == "pile-up"
    assert file.undo().note == "two maxima"
    assert file.tags()[7, 1].note == ""
    file.say(7, 1, 107, tag="")
    assert file.tags() == {}
    content = json.loads(file.path.read_text())
    assert (content["scanner"], content["sample"]["file"]) == ("ada", "photons.root")
    assert [path.suffix for path in sorted(file.path.parent.iterdir())] == [".json", ".lock"]


def test_tags_of_several_pages_at_once_are_all_kept(file):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: TagFile(file.path, "ada").say(n, 1, n, tag="noise"), range(40)))
    assert sorted(entry for entry, _ in file.tags()) == list(range(40))


def test_a_file_that_cannot_be_read_is_an_error_and_stays(file):
    file.path.parent.mkdir(parents=True)
    file.path.write_text("{")
    for act in (file.tags, file.undo, lambda: file.say(1, 1, 1, tag="noise")):
        with pytest.raises(ByeSplitsError, match="expected a file of tags"):
            act()
    assert file.path.read_text() == "{"


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "tags").write_text("")
    with pytest.raises(ByeSplitsError, match="BYE_SPLITS_TAGS"):
        TagFile.of(tmp_path / "tags", "photons-1", "ada").say(1, 1, 1, tag="noise")


def test_a_sample_is_its_name_tree_and_size():
    here = sample_folder(Path("/a/photons_PU0.root"), "tree", 1000)
    assert here.startswith("photons_PU0-")
    assert sample_folder(Path("/b/photons_PU0.root"), "tree", 1000) == here
    others = [("/a/pions_PU0.root", "tree", 1000), ("/a/photons_PU0.root", "t", 1000)]
    others += [("/a/photons_PU0.root", "tree", 1001)]
    assert len({here, *(sample_folder(Path(path), tree, size) for path, tree, size in others)}) == 4


def test_the_folder_and_the_scanner(monkeypatch, tmp_path):
    for name in ("BYE_SPLITS_TAGS", "BYE_SPLITS_SCANNER", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert tags_folder() == Path.home() / ".local" / "share" / "bye_splits" / "tags"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert tags_folder() == tmp_path / "bye_splits" / "tags"
    assert tags_folder("/configured") == Path("/configured")
    monkeypatch.setenv("BYE_SPLITS_TAGS", str(tmp_path / "own"))
    assert tags_folder("/configured") == tmp_path / "own"
    monkeypatch.setattr("getpass.getuser", lambda: "ben")
    assert scanner_name() == "ben"
    assert scanner_name("ada") == "ada"
    monkeypatch.setenv("BYE_SPLITS_SCANNER", "eve")
    assert scanner_name("ada") == "eve"


def test_tags_as_columns_and_as_a_table(tmp_path):
    for scanner, tag in (("ada", "noise"), ("ben/2", "pile-up")):
        TagFile.of(tmp_path, "s", scanner).say(3, -1, 103, tag=tag, note=scanner)
    tags = all_tags(tmp_path, "s")
    assert list(tags) == ["ada", "ben/2"]
    table = tag_table(tags)
    assert table[["scanner", "entry", "endcap", "event", "tag"]].to_numpy().tolist() == [
        ["ada", 3, -1, 103, "noise"],
        ["ben/2", 3, -1, 103, "pile-up"],
    ]
    assert list(tag_table({})) == list(table)
    catalogue = pd.DataFrame({"entry": [2, 3, 3, 3, 4], "endcap": [1, 1, -1, -1, -1]})
    tagged = with_tags(catalogue, tags["ada"])
    assert tagged["tag"].tolist() == ["", "", "noise", "noise", ""]
    assert tagged["note"].tolist() == ["", "", "ada", "ada", ""]


def tags_of(words):
    return {(entry, 1): Tag(entry, 1, entry, word, "", "") for entry, word in enumerate(words)}


def test_kappa():
    """The example of the textbooks: 20 and 15 alike, 5 and 10 not."""
    ada, ben = ["yes"] * 25 + ["no"] * 25, ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    assert cohen_kappa(ada, ben) == pytest.approx((0.4, math.sqrt(0.7 * 0.3 / 50) / 0.5))
    assert cohen_kappa(ada, ada) == (1.0, 0.0)
    assert np.isnan(cohen_kappa([], [])).all()
    assert np.isnan(cohen_kappa(["a", "a"], ["a", "a"])).all()
    (found,) = agreements({"ben": tags_of(ben), "ada": tags_of([*ada, "yes", ""])})
    assert (found.a, found.b, found.n, found.observed) == ("ada", "ben", 50, 0.7)
    assert found.kappa == pytest.approx(0.4)
    assert len(agreements({name: {} for name in "abc"})) == 3
