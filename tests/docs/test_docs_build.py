"""The documentation builds, needs no network, leads somewhere, and leaves nothing out."""

import argparse
import re
import subprocess
import sys
from dataclasses import fields
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from doc_pages import DOCS, PAGES, ROOT, links, name_of

from bye_splits.cli.options import parser
from bye_splits.dashboard.gate.policy import Policy, variable
from bye_splits.dashboard.routing import PAGES as PAGES_SHOWN

OUTSIDE = ("http", "https", "mailto")


class Parsed(HTMLParser):
    """Targets of links, what is loaded, and anchors of a page."""

    def __init__(self, path: Path):
        super().__init__()
        self.targets, self.loaded, self.anchors = [], [], {""}
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "a" and "href" in given:
            self.targets.append(given["href"])
        if "src" in given:
            self.loaded.append(given["src"])
        if tag == "link" and given.get("rel") in ("stylesheet", "icon"):
            self.loaded.append(given["href"])
        self.anchors |= {given[name] for name in ("id", "name") if given.get(name)}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Folder of the built pages; a warning fails the build."""
    out = tmp_path_factory.mktemp("docs")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-d", out / "trees", DOCS, out / "html"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return out / "html"


@pytest.fixture(scope="module")
def pages(built):
    return {path: Parsed(path) for path in built.rglob("*.html")}


def test_every_page_is_in_the_tree(pages, built):
    names = {path.relative_to(built).with_suffix("").as_posix() for path in pages}
    assert {
        page.relative_to(DOCS).with_suffix("").as_posix() for page in PAGES if DOCS in page.parents
    } <= names


def test_every_link_leads_to_a_page_and_a_place_in_it(pages):
    dead = []
    for path, page in pages.items():
        for target in page.targets + page.loaded:
            parts = urlsplit(target)
            if parts.scheme in OUTSIDE or parts.netloc:
                continue
            other = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            known = pages.get(other)
            if not other.exists() or (known and unquote(parts.fragment) not in known.anchors):
                dead.append(f"{path.name}: {target}")
    assert not dead


def test_nothing_is_loaded_from_elsewhere(pages):
    loaded = [target for page in pages.values() for target in page.loaded]
    assert loaded
    assert not [target for target in loaded if urlsplit(target).netloc]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_file_that_a_page_names_is_there(page):
    """As the pages are also read where they are, in the repository."""
    own = [target for target in links(page) if urlsplit(target).scheme not in OUTSIDE]
    assert not [target for target in own if not (page.parent / unquote(urlsplit(target).path)).exists()]


def test_what_is_built_is_not_kept():
    assert "docs/_build/" in (ROOT / ".gitignore").read_text().splitlines()


def test_every_variable_of_the_environment_is_explained():
    """Those of the policy are in the page by what declares them."""
    sources = [ROOT / "app.sh", *(ROOT / "bye_splits").rglob("*.py")]
    used = {
        name
        for path in sources
        for name in re.findall(r"BYE_SPLITS_[A-Z]+(?:_[A-Z]+)*", path.read_text("utf-8"))
    }
    page = (DOCS / "reference" / "environment.md").read_text("utf-8")
    declared = {variable(one.name) for one in fields(Policy)}
    assert "BYE_SPLITS_CONFIG" in used
    assert not {name for name in used - declared if f"`{name}`" not in page}


def test_every_command_and_page_is_in_the_reference():
    (commands,) = (one for one in parser()._actions if isinstance(one, argparse._SubParsersAction))
    page = (DOCS / "reference" / "command-line.md").read_text("utf-8")
    assert set(re.findall(r"\{declared\} command (\S+)", page)) == set(commands.choices)
    pages = (DOCS / "reference" / "links.md").read_text("utf-8")
    assert set(re.findall(r"/(\w+)", "".join(re.findall(r"^## (.*)$", pages, re.MULTILINE)))) == set(
        PAGES_SHOWN
    )


def test_every_screenshot_is_one_that_the_tool_takes():
    """`tools/screenshots` takes those that the pages show, and no others."""
    shown = {Path(target).name for page in PAGES for target in links(page) if "screenshots/" in target}
    taken = set(
        re.findall(r'^    "([\w-]+)": "', (ROOT / "tools" / "screenshots").read_text("utf-8"), re.MULTILINE)
    )
    assert shown == {f"{name}.png" for name in taken}
