"""What FILE of the command line means: a path, or PATH:DIRECTORY/TREE."""

import pytest

from bye_splits.config import config_for_files, load_config, located
from bye_splits.locations import joined, split_location

TREE = "AlgoB/HGCalTriggerNtuple"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in ("two.root", "run:5.root", "run", "a.root:b"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "file", "tree"),
    [
        ("two.root", "two.root", ""),
        (f"two.root:{TREE}", "two.root", TREE),
        ("two.root:AlgoB/", "two.root", "AlgoB"),
        ("run:5.root", "run:5.root", ""),  # a file of this name, and not a tree in `run`
        ("run:5.root:a/b", "run:5.root", "a/b"),
        ("run:a/b", "run", "a/b"),
        ("a.root:b", "a.root:b", ""),
        ("gone.root:a/b", "gone.root:a/b", ""),
        ("root://eos.example//store/a.root", "root://eos.example//store/a.root", ""),
        ("root://eos.example:1094//store/a.root:a/b", "root://eos.example:1094//store/a.root", "a/b"),
        ("https://host.example/a.root?q=1:2", "https://host.example/a.root?q=1:2", ""),
        ("x\0y:z", "x\0y:z", ""),
    ],
)
def test_an_existing_file_wins(folder, text, file, tree):
    assert split_location(text) == (file, tree)


def test_joined_again():
    assert joined("a.root", "dir", "tree") == "a.root:dir/tree"
    assert joined("a.root", None, "dir/tree") == "a.root:dir/tree"
    assert joined("a.root", None, None) == "a.root"


def test_what_the_configuration_says_of_a_path_is_used(folder, write_config):
    config = load_config(write_config("io: {PU0: {photons: {file: two.root, dir: AlgoB, tree: T}}}"))
    one = located("./two.root", config)
    assert (one.path, one.directory, one.tree) == (folder / "two.root", "AlgoB", "T")
    typed = located("two.root:AlgoA/U", config)
    assert (typed.directory, typed.tree) == ("AlgoA", "U")
    other = located("run", config)
    assert (other.directory, other.tree) == (None, None)


def test_of_two_that_the_configuration_says_none_is_chosen(folder, write_config):
    both = "photons: {file: two.root, dir: A}, pions: {file: two.root, dir: B}"
    config = load_config(write_config(f"io: {{PU0: {{{both}}}}}"))
    assert located("two.root", config).directory is None


def test_samples_of_two_trees_of_a_file_have_names(folder, write_config):
    config = config_for_files(["two.root:A/T", "two.root:B/T"], load_config(write_config("{}")))
    assert {key: sample.directory for key, sample in config.samples.items()} == {
        ("two:A", ""): "A",
        ("two:B", ""): "B",
    }
