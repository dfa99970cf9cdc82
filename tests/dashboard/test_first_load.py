"""What a page's first load costs on a slow line: only the scripts it needs, compressed, and kept for long."""

import gzip
import re
import urllib.error
import urllib.request
from urllib.parse import urljoin

import pytest
from bokeh.document import Document
from bokeh.models import MathText, MathTextGlyph
from panel.models.esm import ReactiveESM
from servers import Server

from bye_splits.dashboard.routing import PAGES, PANES, show

SERVE = """
from bye_splits.dashboard import serve

server = serve(port=0, start=False)
server.start()
print(f"http://localhost:{server.port}")
server.io_loop.start()
"""
PLOTLY = "plotlyplot/plotly-"
WITH_3D = {"display": True, "geometry": True, "splits": False, "occupancy": False}
COMPRESSED = {"Accept-Encoding": "gzip, deflate"}


@pytest.fixture(scope="module")
def server(geometry, toys, tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    config = folder / "config.yaml"
    config.write_text(f"io: {{PU0: {{photons: {{file: {toys['photons', '0']}}}}}}}")
    made = Server(["-c", SERVE], folder / "log", BYE_SPLITS_CONFIG=str(config))
    yield made
    made.process.kill()
    made.process.wait()


@pytest.fixture
def ask(server):
    """Function: address, headers -> the answer and its body."""
    server.get("/healthz")  # waits until it answers

    def asked(address, method="GET", **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        url = urljoin(server.url, address)
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers, method=method)) as got:
            return got, got.read()

    return asked


def files(page):
    """Addresses of the scripts and style sheets that a page names in its head."""
    return re.findall(r'(?:src|href)="([^"]*static/[^"]*\.(?:js|css)[^"]*)"', page.decode())


@pytest.mark.parametrize("page", WITH_3D)
def test_a_page_loads_what_it_needs(ask, page):
    found = files(ask(f"/{page}")[1])
    assert (PLOTLY in " ".join(found)) == WITH_3D[page]
    assert not re.search("mathjax|bokeh-gl|maplibre|es-module-shims", " ".join(found))
    assert len(found) >= 3
    assert all("?v=" in file for file in found), "each has its version"


@pytest.mark.parametrize("slug", [*PAGES, PANES])
def test_no_page_needs_what_is_never_sent(catalogue, slug):
    document = Document()
    show(slug, catalogue).server_doc(document)
    models = list(document.models)
    assert len(models) > 5
    assert not [model for model in models if isinstance(model, ReactiveESM | MathText | MathTextGlyph)]
    assert not [model for model in models if getattr(model, "output_backend", "") == "webgl"]
    assert not [model for model in models if "$$" in str(getattr(model, "text", ""))]


def test_files_come_compressed_and_stay_for_a_year(ask):
    for file in files(ask("/display")[1]):
        plain, whole = ask(file)
        got, body = ask(file, **COMPRESSED)
        assert got.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(body) == whole
        assert len(body) < 0.5 * len(whole)
        assert int(got.headers["Content-Length"]) == len(body)
        assert got.headers["Cache-Control"] == "max-age=31536000, immutable"
        assert got.headers["Vary"] == "Accept-Encoding"
        assert got.headers["Content-Type"] == plain.headers["Content-Type"]
        assert got.headers["X-Content-Type-Options"] == "nosniff"
        assert plain.headers["Content-Encoding"] is None


def test_what_a_browser_has_is_not_sent_again(ask):
    file = files(ask("/display")[1])[0]
    etag = ask(file, **COMPRESSED)[0].headers["Etag"]
    with pytest.raises(urllib.error.HTTPError, match="304"):
        ask(file, **COMPRESSED, If_None_Match=etag)


def test_a_part_of_a_file_and_its_headers_come_as_they_are(ask):
    file = files(ask("/display")[1])[0]
    got, body = ask(file, **COMPRESSED, Range="bytes=0-99")
    assert (got.status, len(body), got.headers["Content-Encoding"]) == (206, 100, None)
    got, body = ask(file, "HEAD", **COMPRESSED)
    assert (got.status, body) == (200, b"")


@pytest.mark.parametrize("path", ["/static/js/none.js", "/static/extensions/panel/..%2f..%2fconfig.js"])
def test_what_is_no_file_is_refused(ask, path):
    with pytest.raises(urllib.error.HTTPError, match=r"40[34]"):
        ask(path, **COMPRESSED)


def test_a_page_comes_compressed(ask):
    got, body = ask("/display", **COMPRESSED)
    assert got.headers["Content-Encoding"] == "gzip"
    assert b"bye" in gzip.decompress(body)
    assert len(body) < 80_000
