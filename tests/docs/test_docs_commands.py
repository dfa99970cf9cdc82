"""Code blocks of the documentation: they run, and every command is one that its program takes.

Here run the commands of `bye-splits` that end by themselves, and Python. Servers, and programs of others, run
in the tests beside this one; `doc_runs` says which test runs what. A block of Python that cannot run has
``<!-- not run: REASON -->`` before it.
"""

import itertools
import re
from pathlib import Path

import pyarrow.parquet
import pytest
from doc_pages import DOCS, PAGES, blocks, name_of
from doc_programs import check
from doc_runs import ELSEWHERE, GENERATED, RUNNERS, commands, of_runner, runner_of, smaller

from bye_splits import cli
from bye_splits.chain.parameters import DECLARED
from bye_splits.studies.clusters import COLUMNS as CLUSTERS

pytest_plugins = ["doc_files"]
SHELLS = ("sh", "shell", "console")  # blocks of commands are "bash", by which these tests know them
SERVES = re.compile(r"\bserve\(")  # ends only when it is interrupted
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


def expanded(word):
    """A word with * in it as the shell gives it: the names of the files here."""
    return sorted(map(str, Path().glob(word))) if "*" in word and "/" not in word else [word]


@pytest.mark.parametrize("page", BLOCKS, ids=name_of)
def test_every_block_says_what_it_is(page):
    assert not [str(block) for block in BLOCKS[page] if block.language in ("", *SHELLS)]


@pytest.mark.parametrize("block", OF_COMMANDS, ids=str)
def test_every_command_is_one_that_the_program_takes(block):
    for words in commands(block):
        check(words)


def test_every_command_is_run_by_a_test_or_has_a_reason():
    """And no test is there for nothing: each runner has commands, and each reason one that it is about."""
    found = [words for block in OF_COMMANDS for words in commands(block)]
    assert {runner_of(words) for words in found} == {*RUNNERS, "elsewhere"}
    excused = [" ".join(words) for words in of_runner("elsewhere")]
    assert [name for name in ELSEWHERE if not any(line.startswith(name) for line in excused)] == []
    assert [str(block) for block in OF_COMMANDS if block.not_run] == []
    with pytest.raises(KeyError, match="no test runs it"):
        runner_of(["kubectl", "apply"])


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
        for words in commands(block):
            if runner_of(words) == "here":
                arguments = [each for word in smaller(words[1:]) for each in expanded(word)]
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
