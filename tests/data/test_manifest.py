"""`bye-splits check --write-manifest` and `--manifest`: a line for each difference, and sha256sum agrees."""

import os
import shutil
import subprocess

import pytest
from event_files import make_event, write_flat, write_generated, write_skim

from bye_splits import cli, manifest
from bye_splits.errors import ByeSplitsError

EVENTS = [make_event(n) for n in range(3)]


@pytest.fixture
def files(tmp_path):
    (tmp_path / "cells").mkdir()
    cells = write_flat(tmp_path / "cells" / "cells.parquet", EVENTS)
    write_generated(tmp_path / "cells" / "generated.parquet", EVENTS)
    return [write_skim(tmp_path / "skim.root", EVENTS), cells]


@pytest.fixture
def written(files, tmp_path, capsys):
    path = tmp_path / "MANIFEST"
    assert cli.main(["check", *map(str, files), "--write-manifest", str(path)]) == 0
    assert f"manifest: {path} written, 3 files" in capsys.readouterr().out
    return path


def checked(capsys, files, path):
    """Exit code, and what is said about the manifest."""
    code = cli.main(["check", *map(str, files), "--manifest", str(path)])
    lines = capsys.readouterr().out.splitlines()
    return code, [line.removeprefix("manifest: ") for line in lines if line.startswith("manifest: ")]


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_files_as_they_were(files, written, capsys):
    assert checked(capsys, files, written) == (0, [f"3 files are as {written} says"])
    assert [entry.size for entry in manifest.read(written)] == [
        entry.path.stat().st_size for entry in manifest.read(written)
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (flip, "differs: SHA-256 "),
        (lambda path: path.write_bytes(path.read_bytes() + b"x"), "differs: "),
        (lambda path: path.unlink(), "missing"),
        (lambda path: (path.unlink(), os.mkfifo(path)), "no regular file any more"),
    ],
    ids=["flipped", "grown", "missing", "FIFO"],
)
def test_what_is_not_as_it_was(files, written, capsys, change, said):
    """Of a file that is read as well, and of the one beside it that has the generated particles."""
    beside = files[1].with_name("generated.parquet")
    change(beside)
    code, lines = checked(capsys, files[:1], written)
    assert code == 1
    assert len(lines) == 1
    assert lines[0].startswith(f"{beside}: {said}")


def test_a_file_that_is_not_in_it(files, written, tmp_path, capsys):
    other = write_skim(tmp_path / "other.root", EVENTS)
    assert checked(capsys, [*files, other], written) == (1, [f"{other}: not in the manifest"])


def test_the_folder_can_be_moved(files, written, tmp_path, capsys):
    moved = tmp_path.with_name(f"{tmp_path.name}-moved")
    shutil.copytree(tmp_path, moved)
    shutil.rmtree(tmp_path)
    tmp_path.mkdir()
    assert checked(capsys, [moved / "skim.root"], moved / "MANIFEST")[0] == 0


def test_names_with_backslashes_and_line_ends_are_those_of_sha256sum(tmp_path):
    odd = [tmp_path / "a\\n\nb.root", tmp_path / os.fsdecode(b"\xff.root"), tmp_path / " blank.root"]
    for number, path in enumerate(odd):
        path.write_bytes(b"x" * number)
    manifest.write(tmp_path / "MANIFEST", odd)
    assert [entry.path for entry in manifest.read(tmp_path / "MANIFEST")] == odd
    if shutil.which("sha256sum") is None:
        pytest.skip("no sha256sum on this machine")
    done = subprocess.run(["sha256sum", "-c", "--strict", "MANIFEST"], cwd=tmp_path, capture_output=True)
    assert done.returncode == 0, done.stderr
    with open(tmp_path / "THEIRS", "wb") as out:
        subprocess.run(["sha256sum", *(path.name for path in odd)], cwd=tmp_path, stdout=out, check=True)
    theirs = manifest.read(tmp_path / "THEIRS")
    assert [entry.path for entry in theirs] == odd
    assert manifest.differences(theirs, odd) == []


@pytest.mark.parametrize(
    ("content", "found"),
    [(b"", "no line with a checksum"), (b"# x\nabc skim.root\n", "line 2: 'abc skim.root'")],
)
def test_no_manifest(files, tmp_path, capsys, content, found):
    path = tmp_path / "MANIFEST"
    with pytest.raises(ByeSplitsError, match="no such file"):
        manifest.read(path)
    path.write_bytes(content)
    assert cli.main(["check", str(files[0]), "--manifest", str(path)]) == 2
    assert found in capsys.readouterr().err


def test_none_is_written_of_files_that_cannot_be_read(files, tmp_path, capsys):
    flip(files[0])
    files[0].write_bytes(files[0].read_bytes()[:1000])
    path = tmp_path / "MANIFEST"
    assert cli.main(["check", *map(str, files), "--write-manifest", str(path)]) == 1
    assert "manifest: not written, as a file cannot be read" in capsys.readouterr().out
    assert not path.exists()


def test_it_never_writes_over_a_file_that_it_reads(files, capsys):
    before = files[0].read_bytes()
    assert cli.main(["check", str(files[0]), "--write-manifest", str(files[0])]) == 2
    assert "one of the input files" in capsys.readouterr().err
    assert files[0].read_bytes() == before
