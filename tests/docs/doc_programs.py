"""Programs that the documentation names: how each one's own parser takes its arguments."""

import argparse
import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

from doc_pages import ROOT

from bye_splits.cli.options import parser

Words = Sequence[str]


def _bye_splits(words: Words) -> None:
    parser().parse_args(words)


def _python(words: Words) -> None:
    if words[0] != "-m":
        assert (ROOT / words[0]).is_file(), f"there is no script {words[0]}"
    elif words[1] == "bye_splits":
        _bye_splits(words[2:])
    else:
        assert (ROOT / words[1] / "__main__.py").is_file(), f"there is no module {words[1]}"


def _panel(words: Words) -> None:
    from panel.command.serve import Serve

    assert words[0] == "serve"
    one = argparse.ArgumentParser()
    Serve(one)
    one.parse_args(words[1:])


def _make(words: Words) -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    named = [word for word in words if "=" not in word]
    assert set(named) <= set(targets), f"{named}: the targets are {targets}"


def _pip(words: Words) -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert words[0] == "install"
    for word in words[1:]:
        if found := re.fullmatch(r"\.\[(.+)\]", word):
            assert set(found[1].split(",")) <= set(extras)
        elif word.endswith(".txt"):
            assert (ROOT / word).is_file()


def _ssh(words: Words) -> None:
    if program := shutil.which("ssh"):  # -G: print what the options mean, and connect to nothing
        subprocess.run([program, "-G", *words], check=True, capture_output=True)


def _dask(words: Words) -> None:
    from distributed.cli import dask_scheduler, dask_worker

    commands = {"scheduler": dask_scheduler.main, "worker": dask_worker.main}
    commands[words[0]].make_context("dask", list(words[1:]))


def _anything(words: Words) -> None:
    """Not here: what it takes is not known."""


PROGRAMS: dict[str, Callable[[Words], None]] = {
    "bye-splits": _bye_splits,
    "python": _python,
    "panel": _panel,
    "make": _make,
    "pip": _pip,
    "ssh": _ssh,
    "dask": _dask,
    **dict.fromkeys(("oc", "kubectl", "curl", "cd", "export", "mkdir", "cp", "cat"), _anything),
}


def check(words: Words) -> None:
    """Let the program of a command parse its arguments; AssertionError if it does not take them."""
    words = list(words)
    while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
        words.pop(0)
    if not words:
        return
    name, *arguments = words
    if (own := Path(name)).suffix == "" and (ROOT / own).is_file():  # such as tools/pages-page
        return
    assert name in PROGRAMS, f"{name}: the known programs are {', '.join(PROGRAMS)}"
    try:
        PROGRAMS[name](arguments)
    except SystemExit as end:  # of argparse, which has said why
        raise AssertionError(f"{' '.join(words)} ends with {end.code}; see stderr") from None
