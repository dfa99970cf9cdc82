"""Pages that were built before anybody asked for them are those that would be built now."""

import asyncio
import inspect
import re
import shutil
from collections import Counter
from contextlib import contextmanager

import pytest
from bokeh.document import Document
from bokeh.server.contexts import ApplicationContext
from panel.models.location import Location
from servers import Server, texts

from bye_splits.dashboard.patches import prepared_pages

SERVE = """
from bye_splits.dashboard import server as serving
serving.SESSION_LIFETIME, serving.SESSION_CHECK = 500, 200  # ms
server = serving.serve(port=0, start=False)
server.start()
print(f"http://localhost:{server.port}")
server.io_loop.start()
"""
READY = re.compile(r"^bye_splits_prepared_pages (\d+)\.0$", re.M)


@contextmanager
def serving(folder, file, size):
    """A server that keeps pages prepared."""
    config = folder / "config.yaml"
    config.write_text(f"io: {{PU0: {{photons: {{file: {file}}}}}}}")
    server = Server(
        ["-c", SERVE], folder / "log", BYE_SPLITS_CONFIG=str(config), BYE_SPLITS_PREPARED_PAGES=str(size)
    )
    yield server
    server.process.kill()
    server.process.wait()


@pytest.fixture(scope="module")
def file(toys, tmp_path_factory):
    return shutil.copy(toys["photons", "0"], tmp_path_factory.mktemp("files") / "photons.root")


@pytest.fixture(scope="module")
def server(file, tmp_path_factory):
    with serving(tmp_path_factory.mktemp("server"), file, 2) as made:
        yield made


def ready(server):
    """How many pages are prepared."""
    return int(READY.search(server.get("/metrics")[1])[1])


def opened(server, path="/display"):
    """The document of a page that is opened, and closed."""
    session = server.session(path)
    session.close()
    return session.document


def shown(document):
    """What a page consists of: models by type, and its lines of text."""
    return Counter(type(model).__name__ for model in document.models), Counter(texts(document).split("\n"))


def test_it_is_the_page_that_would_be_built(server):
    built = opened(server)
    assert server.wait_for(lambda: ready(server) == 2)
    prepared = opened(server)
    assert shown(prepared) == shown(built)
    assert server.wait_for(lambda: ready(server) == 2), "another one takes its place"


def test_everybody_has_a_page_of_their_own(server):
    opened(server)
    assert server.wait_for(lambda: ready(server) == 2)
    pages = [server.session("/display") for _ in range(3)]
    for page in pages:
        page.close()
    models = [model.id for page in pages for model in page.document.models]
    assert len(models) == len(set(models))


def test_a_page_with_arguments_is_not_prepared(server):
    opened(server)
    assert server.wait_for(lambda: ready(server) == 2)
    opened(server, "/display?layer=11")
    assert ready(server) == 2


def test_its_address_is_that_of_the_request(server):
    opened(server)
    assert server.wait_for(lambda: ready(server) == 2)
    (location,) = (root for root in opened(server).roots if isinstance(root, Location))
    port = server.url.rpartition(":")[2]
    assert (location.protocol, location.hostname, location.port) == ("http:", "localhost", port)
    assert (location.href, location.pathname, location.search) == (f"{server.url}/display", "/display", "")


def test_of_another_file_in_its_place_nothing_old_is_shown(server, file, toys):
    before = opened(server)
    assert server.wait_for(lambda: ready(server) == 2)
    shutil.copy(toys["pions", "0"], f"{file}.new")
    shutil.move(f"{file}.new", file)
    after = opened(server)
    assert "pion" in texts(after)
    assert "pion" not in texts(before)
    assert server.wait_for(lambda: ready(server) == 2)
    assert shown(opened(server)) == shown(after)
    assert "Traceback" not in server.said()


def test_none_are_prepared_where_none_are_wanted(file, tmp_path):
    with serving(tmp_path, file, 0) as server:
        opened(server)
        opened(server)
        assert ready(server) == 0


def test_of_an_explanation_there_is_none_prepared(tmp_path):
    with serving(tmp_path, tmp_path / "none.root", 2) as server:
        for _ in range(2):
            assert "none.root" in texts(opened(server))
        assert ready(server) == 0


# -- the pool ---------------------------------------------------------------------------------------------


def test_still_needed():
    source = inspect.getsource(prepared_pages._create_session_if_needed)
    assert "doc = Document()" in source, "a session is made otherwise: see patches/prepared_pages.py"


def test_an_offer_is_taken_once():
    page = prepared_pages.Prepared(Document(), None)
    offer = prepared_pages.Offer(page)
    assert offer.take() is page.document
    assert offer.page is None
    assert offer.take() is not page.document


def test_a_page_that_was_not_used_is_kept():
    pool = prepared_pages.Pool(ApplicationContext.__new__(ApplicationContext), 2)
    page = prepared_pages.Prepared(Document(), None)
    pool.give_back(page)
    prepared_pages.can_be_prepared(page.document, lambda: True)
    assert len(pool) == 1
    assert asyncio.run(pool.take()) is page
    assert asyncio.run(pool.take()) is None
