"""The documentation builds, needs no network, and its links lead somewhere."""

import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from doc_pages import DOCS, PAGES, ROOT, links, name_of

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
