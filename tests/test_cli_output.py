"""Where the command line's output cannot go, or cannot be written as it is; and where there is no folder."""

import os
import subprocess
from pathlib import Path

import pytest
from forking import PYTHON

from bye_splits.geometry import Geometry
from bye_splits.samples import toy

ENVIRONMENTS = {
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "C": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}


@pytest.fixture(scope="module")
def skim(tmp_path_factory):
    path = tmp_path_factory.mktemp("output") / "photons.root"
    toy.write_sample(path, "photons", 0, 3, 5, None, Geometry.v11())
    return path


def run(*arguments, python=(), out=subprocess.PIPE, folder=None, **environment):
    """What a process of its own does: exit code, and what it says."""
    command = [*PYTHON, *python, "-m", "bye_splits", *map(os.fspath, arguments)]
    return subprocess.run(
        command,
        stdout=out,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=os.environ | environment,
        check=False,
        encoding="utf-8",
        errors="replace",
    )


def one_sentence(done) -> str:
    assert done.stderr.startswith("bye-splits: ")
    assert done.stderr.count("\n") == 1
    assert "fault" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("python", [(), ("-u",)])
def test_a_full_disk_behind_the_output(skim, python):
    with open("/dev/full", "w") as full:
        done = run("check", skim, python=python, out=full)
    assert done.returncode == 1
    assert "standard output: expected a place to write to, found No space left on device" in one_sentence(
        done
    )


@pytest.mark.parametrize("python", [(), ("-u",)])
def test_a_reader_that_has_gone(skim, python):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as gone:
        done = run("check", skim, python=python, out=gone)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize(
    ("name", "environment"),
    [(b"\xc3\xa9v\xc3\xa9nement.root", "ascii"), (b"\xc3\xa9.root", "C"), (b"\xff.root", "C")],
)
def test_a_name_that_the_terminal_cannot_show(skim, tmp_path, name, environment):
    path = os.path.join(os.fsencode(tmp_path), name)
    with open(path, "wb") as copy:
        copy.write(skim.read_bytes())
    path = os.fsdecode(path)
    done = run("check", path, **ENVIRONMENTS[environment])
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 events" in done.stdout
    out = path.replace(".root", ".parquet")
    done = run("chain", path, "--out", out, **ENVIRONMENTS[environment])
    assert (done.returncode, done.stderr) == (0, "")
    assert Path(out).stat().st_size


@pytest.mark.parametrize(
    "arguments",
    [
        ["check"],
        ["serve", "--port", "0"],
        ["from-hits", "a.csv", "--out", "b.root"],
        ["chain", "a.root", "--out", "b.parquet"],
        ["toy", "--out", "toys"],
    ],
)
def test_a_current_folder_that_was_deleted(tmp_path, arguments):
    (tmp_path / "gone").mkdir()
    code = (
        "import os, sys; from bye_splits import cli; "
        "os.chdir(sys.argv[1]); os.rmdir(sys.argv[1]); sys.exit(cli.main(sys.argv[2:]))"
    )
    command = [*PYTHON, "-c", code, str(tmp_path / "gone"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "current folder: expected a folder that exists" in one_sentence(done)
