"""Code blocks of the documentation: what can run here runs, and every command is one that its program takes.

A block that cannot run has ``<!-- not run: REASON -->`` before it. Of a shell block the commands of
`bye-splits` run, but for those that need a scheduler, and `serve`, which ends only when it is interrupted, as
do blocks of Python that call a function of that name.
"""

import itertools
import re
from pathlib import Path

import pyarrow.parquet
import pytest
from doc_pages import DOCS, PAGES, blocks, name_of
from doc_programs import check

from bye_splits import cli
from bye_splits.chain import ChainParameters
from bye_splits.chain.parameters import DECLARED
from bye_splits.geometry import Geometry
from bye_splits.samples import toy
from bye_splits.studies.clusters import COLUMNS as CLUSTERS

SHELLS = ("sh", "shell", "console")  # blocks of commands are "bash", by which these tests know them
SERVES = re.compile(r"\bserve\(")  # ends only when it is interrupted
GENERATED = "docs/physics.md"  # its commands stand for several particles each, and have a test of their own
TUTORIAL, STUDIES = DOCS / "tutorial.md", DOCS / "howto" / "studies.md"
OWN_TESTS = (TUTORIAL, STUDIES)
TABLES = DOCS / "reference" / "tables.md"
BLOCKS = {page: blocks(page) for page in PAGES if name_of(page) != GENERATED}
OF_COMMANDS = [block for block in itertools.chain(*BLOCKS.values()) if block.language == "bash"]
OF_PYTHON = [block for block in itertools.chain(*BLOCKS.values()) if block.language == "python"]


def runs(block):
    """Whether a test runs a block."""
    known = block.language == "bash" or (block.language == "python" and not SERVES.search(block.text))
    return known and not block.not_run


RUN = {page: list(filter(runs, found)) for page, found in BLOCKS.items()}


def separate(words):
    """Commands that stand in one line, with `&&` between them."""
    return [list(part) for last, part in itertools.groupby(words, lambda word: word == "&&") if not last]


def expanded(word):
    """A word with * in it as the shell gives it: the names of the files here."""
    return sorted(map(str, Path().glob(word))) if "*" in word and "/" not in word else [word]


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    """Folder with the files that the pages name."""
    folder, v11 = tmp_path_factory.mktemp("files"), Geometry.v11()
    for name, particle, events in (("skim", "photons", 20), ("other", "electrons", 5)):
        toy.write_sample(folder / f"{name}.root", particle, 0, events, 11, None, v11)
    cells = v11.trigger_cells
    columns = ["layer", "subdet", "waferu", "waferv", "cellu", "cellv", "x", "y", "z"]
    cells[columns].to_parquet(folder / "cells.parquet")
    hits = cells.sample(500, random_state=1)[["x", "y", "z"]].assign(event=1, energy=0.1)
    hits.to_parquet(folder / "hits.parquet")
    (folder / "my_config.yaml").write_text("io: {PU0: {photons: {file: skim.root}}}\n")
    for name, parameters in (("A", ChainParameters()), ("B", ChainParameters(radius=0.02))):
        (folder / f"{name}.yaml").write_text(parameters.to_yaml())
    return folder


@pytest.mark.parametrize("page", BLOCKS, ids=name_of)
def test_every_block_says_what_it_is(page):
    assert not [str(block) for block in BLOCKS[page] if block.language in ("", *SHELLS)]


@pytest.mark.parametrize("block", OF_COMMANDS, ids=str)
def test_every_command_is_one_that_the_program_takes(block):
    for words in itertools.chain(*map(separate, block.commands())):
        check(words)


@pytest.mark.parametrize("block", OF_PYTHON, ids=str)
def test_all_python_is_python(block):
    compile(block.text, str(block), "exec")


def run(page):
    """Run the blocks of a page one after the other; the names that its Python has defined."""
    names = {}
    for block in RUN[page]:
        if block.language == "python":
            exec(compile(block.text, str(block), "exec"), names)
            continue
        for words in itertools.chain(*map(separate, block.commands())):
            if words[:1] == ["bye-splits"] and words[1:2] != ["serve"] and "--scheduler" not in words:
                arguments = [each for word in words[1:] for each in expanded(word)]
                assert cli.main(arguments) == 0, f"{block}: {' '.join(words)}"
    return names


@pytest.mark.parametrize("page", [page for page in RUN if RUN[page] and page not in OWN_TESTS], ids=name_of)
def test_what_can_run_runs(page, files, monkeypatch):
    monkeypatch.chdir(files)
    run(page)


def test_the_tutorial_finds_the_split(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = run(TUTORIAL)
    (split,) = names["split"].to_dict("records")
    assert split["event"] == 40
    assert split["gen_pt"] == pytest.approx(48, abs=0.5)
    assert split["second_share"] == pytest.approx(0.43, abs=0.005)
    said = capsys.readouterr().out
    assert "1.67 (" in said
    assert [line[:9] for line in said.splitlines() if " seeds: " in line] == [
        "1 2 seeds",
        "2 1 seeds",
        "3 1 seeds",
    ]
    assert "of 60 particles with a cluster in both: 1 split under A alone, 0 under B alone" in said


def test_every_column_of_the_studies_is_explained(files, monkeypatch):
    """The ends are those of intervals, errors and counts, the beginnings those of `compare`."""
    monkeypatch.chdir(files)
    run(STUDIES)
    named = set(re.findall(r"`(\w+)`", TABLES.read_text(encoding="utf-8"))) | set(CLUSTERS) | set(DECLARED)
    found = {
        name
        for path in files.glob("*/*.parquet")
        for name in pyarrow.parquet.read_schema(path).names
        if path.parent.name in ("study", "compare", "scan")
    }
    assert {"second_share", "mean_smoothed", "a_split", "pareto"} <= found
    plain = {re.sub(r"^[ab]_|_(low|high|error|k|n)$", "", name) for name in found - named}
    assert plain <= named
