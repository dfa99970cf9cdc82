"""Which test runs a command of the documentation; each has one, or a reason why none can."""

import itertools
import re
from collections.abc import Callable, Sequence

from doc_pages import PAGES, Block, blocks, name_of

Words = Sequence[str]

GENERATED = "docs/physics.md"  # its commands stand for several particles each, and have a test of their own
PASSWORD = "of ada"  # the user in the documentation
ELSEWHERE = {
    "make test": "these tests are what it runs",
    "make lint": "`make test` runs it first",
    "make format": "it changes the files under test",
    "make bench": "it measures for minutes; tests/test_bench.py has its parts",
    "make docs": "tests/docs/test_docs_build.py builds them, with the same options",
    "make clean": "it removes the environment in which the tests run",
    "make audit": "it asks a service in the network",
    "tools/s2i-simulation": "it builds an image, as root and for minutes",
}
"""Commands that no test runs, by their first words, with the reason. `make` says what it would do."""
RUNNERS: dict[str, Callable[[Words], bool]] = {
    "server": lambda words: (
        words[:2] in (["bye-splits", "serve"], ["panel", "serve"], ["make", "serve"])
        or words[:1] == ["python"]
    ),
    "password": lambda words: words[:2] == ["bye-splits", "user"],
    "report": lambda words: words[:2] == ["bye-splits", "report"],
    "dask": lambda words: words[0] == "dask" or "--scheduler" in words,
    "here": lambda words: words[0] == "bye-splits",
    **{name: lambda words, name=name: words[0] == name for name in ("ssh", "oc", "pip", "curl")},
}
"""By name of what runs them, in this order: whether it runs a command."""
PORTS = re.compile(r"\b(5006|5010|6007|8786|40123)\b")
"""The ports in the documentation, in the place of which the tests take free ones."""
SMALLER = {
    "--events 20": "--events 1",
    "--workers 4": "--workers 1",
    "--workers 2": "--workers 1",
    "--max-sessions 40": "--max-sessions 1",
}
"""Options with which a command takes less long, or is at its limit sooner, by those that are written."""


def separate(words: Words) -> list[list[str]]:
    """Commands that stand in one line, with `&&` between them."""
    return [list(part) for last, part in itertools.groupby(words, lambda word: word == "&&") if not last]


def runner_of(words: Words) -> str:
    """Name of what runs a command; KeyError if nothing does."""
    if any(" ".join(words).startswith(name) for name in ELSEWHERE):
        return "elsewhere"
    for name, takes in RUNNERS.items():
        if takes(list(words)):
            return name
    raise KeyError(f"{' '.join(words)}: no test runs it; see tests/docs/doc_runs.py")


def commands(block: Block) -> list[list[str]]:
    """All commands of a block."""
    return list(itertools.chain(*map(separate, block.commands())))


def of_runner(name: str) -> list[tuple[str, ...]]:
    """All different commands of the documentation that a runner has."""
    found = [
        tuple(words)
        for page in PAGES
        if name_of(page) != GENERATED
        for block in blocks(page)
        if block.language == "bash"
        for words in commands(block)
        if runner_of(words) == name
    ]
    return list(dict.fromkeys(found))


def ported(text: str, ports: dict[str, int]) -> str:
    """A text with other ports, by those that are written."""
    return PORTS.sub(lambda found: str(ports[found[0]]), text)


def smaller(words: Words) -> list[str]:
    """A command that takes less long."""
    text = "\0".join(words)
    for written, other in SMALLER.items():
        text = text.replace(written.replace(" ", "\0"), other.replace(" ", "\0"))
    return text.split("\0")
