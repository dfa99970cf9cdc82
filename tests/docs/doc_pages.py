"""What is written in the documentation: pages, their code blocks and links."""

import re
import shlex
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.glob("*.md"), *DOCS.glob("[!_]*/**/*.md")]
)
MARK = re.compile(r"<!-- not run: (.+?) -->", re.DOTALL)
"""Stands before a block that no test runs, with the reason."""


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes
    ----------
    language : the word behind the fence, "" for none
    not_run : why no test runs it; "" if one does
    """

    page: str
    line: int
    language: str
    text: str
    not_run: str

    def __str__(self):
        return f"{self.page}:{self.line}"

    def commands(self) -> list[list[str]]:
        """The words of each command of a shell block."""
        joined = self.text.replace("\\\n", " ")
        lines = (shlex.split(line, comments=True) for line in joined.splitlines())
        return [words for words in lines if words]


@cache
def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in their order."""
    found, not_run = [], ""
    for token in MarkdownIt().enable("table").parse(page.read_text(encoding="utf-8")):
        if token.type == "fence" and not token.info.startswith("{"):
            found.append(Block(name_of(page), token.map[0] + 1, token.info.strip(), token.content, not_run))
        mark = MARK.fullmatch(token.content.strip()) if token.type == "html_block" else None
        not_run = mark[1] if mark else ""
    return found


def links(page: Path) -> list[str]:
    """Targets of all links and pictures of a page."""
    tokens = MarkdownIt().enable("table").parse(page.read_text(encoding="utf-8"))
    inline = [child for token in tokens for child in token.children or ()]
    return [one.attrs[name] for one in inline for name in ("href", "src") if name in one.attrs]
