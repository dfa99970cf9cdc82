"""Every address of every way to serve the pages, over HTTP and its websocket."""

import json
import re
import urllib.request
from html import unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from bokeh.models import ImportedStyleSheet
from bokeh.util.token import generate_jwt_token, generate_session_id
from servers import Server, texts

from bye_splits.dashboard.routing import PAGES, PANES, routes

SECRET = "a key of this test, with which it signs a page's token itself"
ROOT = Path(__file__).parents[2]
SCRIPT = """
import sys
import panel as pn
from bye_splits.config import Config, Sample, load_config
from bye_splits.dashboard import routes

broken = Config(samples={("<i>broken", ""): Sample("<i>broken", "", sys.argv[1])})
pages = routes(load_config()) | {"broken": routes(broken)["display"]}
pn.serve(pages, port=0, show=False)
"""


@pytest.fixture(scope="module")
def servers(toys, geometry, tmp_path_factory):
    """`pn.serve` in a script, and `panel serve` of the folder; both start at once."""
    folder = tmp_path_factory.mktemp("servers")
    config, broken = folder / "config.yaml", folder / "<i>broken.root"
    samples = {}
    for (particle, pileup), path in toys.items():
        samples.setdefault(f"PU{pileup}", {})[particle] = {"file": str(path)}
    config.write_text(json.dumps({"io": samples}))
    broken.write_bytes(toys["photons", "0"].read_bytes()[:5000])
    commands = {
        "script": ["-c", SCRIPT, broken],
        "panel serve": ["-m", "panel", "serve", ROOT / "bye_splits" / "dashboard", "--port", "0"],
    }
    made = {
        name: Server(command, folder / name, BYE_SPLITS_CONFIG=str(config), BOKEH_SECRET_KEY=SECRET)
        for name, command in commands.items()
    }
    yield made
    for server in made.values():
        server.process.kill()
        server.process.wait()


def test_routes_are_pages(config):
    assert set(routes(config)) == {"/", *PAGES, PANES}
    assert {"display", "events", "geometry", "occupancy", "response"} <= set(PAGES)


ADDRESSES = [
    ("script", "/", "display"),
    ("script", "/display", "display"),
    ("script", "/geometry", "geometry"),
    ("script", "/occupancy", "occupancy"),
    ("script", "/events", "events"),
    ("script", "/splits", "splits"),
    ("panel serve", "/dashboard", "display"),
    ("panel serve", "/dashboard?page=display", "display"),
    ("panel serve", "/dashboard?page=geometry", "geometry"),
    ("panel serve", "/dashboard?page=response", "response"),
]


@pytest.mark.parametrize(("server", "address", "page"), ADDRESSES)
def test_an_address_is_answered_with_its_page(servers, server, address, page):
    status, html = servers[server].get(address)
    assert status == 200
    assert f"<title>bye_splits · {page}</title>" in html
    assert "bokeh" in html
    header = html[html.index("<header>") : html.index("</header>")]
    links = re.findall(r'<a href="([^"]*)"( class="here")?', header)
    prefix = "?page=" if server == "panel serve" else ""
    here = PAGES[page][0]
    first = {label: slug for slug, (label, _) in reversed(PAGES.items())}  # one link for all pages of a label
    expected = [
        (f"{prefix}{first[label]}", label == here)
        for label in dict.fromkeys(one for one, _ in PAGES.values())
    ]
    assert [(address, bool(marked)) for address, marked in links] == expected


def test_an_unknown_page_is_answered_with_the_known_ones(servers):
    _, html = servers["panel serve"].get("/dashboard?page=geometri")
    assert "<title>bye_splits · nothing to show</title>" in html
    assert 'class="here"' not in html
    session = servers["panel serve"].session("/dashboard?page=geometri")
    try:
        assert f"There is no page &#x27;geometri&#x27;: the pages are {', '.join(PAGES)}." in texts(
            session.document
        )
    finally:
        session.close()


@pytest.mark.parametrize(("server", "address"), [(name, address) for name, address, _ in ADDRESSES[1:7:5]])
def test_all_parts_of_a_page_come_from_its_server(servers, server, address):
    """So that it works through a tunnel, and tells no one else."""
    _, html = servers[server].get(address)
    own = servers[server].url
    parts = [unescape(part) for part in re.findall(r"""\b(?:src|href)=["']([^"']*)["']""", html)]
    parts += re.findall(r"""url\(["']?([^"')]*)["']?\)""", html)
    loaded = [urljoin(f"{own}{address}", part) for part in parts if not part.startswith(("data:", "#"))]
    assert len(loaded) > 4
    for url in loaded:
        assert urlsplit(url).netloc == urlsplit(own).netloc, url
    for url in {url for url in loaded if "/static/" in url}:
        with urllib.request.urlopen(url, timeout=60) as answer:
            assert answer.status == 200
    assert not re.findall(r"https?://(?!localhost|www\.w3\.org)[\w.-]+\.(?:js|css|woff2?)", html)
    session = servers[server].session(address)
    try:
        sheets = session.document.select({"type": ImportedStyleSheet})
        for url in {sheet.url for sheet in sheets}:
            assert not urlsplit(url).netloc, url
    finally:
        session.close()


@pytest.mark.parametrize(
    ("server", "address"),
    [("script", "/?"), ("panel serve", "/dashboard?page=display&")],
)
def test_a_link_opens_its_view(servers, server, address):
    session = servers[server].session(f"{address}particle=pions&pileup=200&event=2&layer=33&theme=light")
    try:
        shown = texts(session.document)
        assert "generated pion" in shown
        assert "Layer 33" in shown
        assert "within 40 cm of the particle" in shown
        assert "toy simulation, not CMS data" in shown
        titles = {
            getattr(model, "title", None) for root in session.document.roots for model in root.references()
        }
        assert {"Particle", "Layer", "Display threshold [mipT]"} <= {
            title for title in titles if isinstance(title, str)
        }
    finally:
        session.close()


@pytest.mark.parametrize("server", ["script", "panel serve"])
def test_a_page_whose_websocket_opens_late_comes_from_its_server(servers, server):
    """Its session was discarded meanwhile, and is made anew without the page's HTML."""
    address = {"script": "/display", "panel serve": "/dashboard?page=display"}[server]
    path = urlsplit(address).path
    secret = SECRET.encode()
    token = generate_jwt_token(
        generate_session_id(secret_key=secret, signed=True),
        secret_key=secret,
        signed=True,
        expiration=300,
        extra_payload={"headers": {}, "cookies": {}, "arguments": {"page": [b"display"]}},
    )
    servers[server].get(path)
    session = servers[server].joined(token, path)
    sheets = {sheet.url for sheet in session.document.select({"type": ImportedStyleSheet})}
    session.close()
    assert sheets
    assert {urlsplit(sheet).netloc for sheet in sheets} == {""}


def test_nonsense_in_a_link_is_no_server_error(servers):
    for query in ("layer=abc&theme=%3Cscript%3E&a=%ff%00&=&&", "x" * 9000):
        status, html = servers["script"].get(f"/display?{query}")
        assert status == 200
        assert "<title>bye_splits · display</title>" in html
        assert "<script>&" not in html


def test_a_sample_that_cannot_be_read_is_explained(servers):
    status, html = servers["script"].get("/broken")
    assert status == 200
    assert "<title>bye_splits · nothing to show</title>" in html
    session = servers["script"].session("/broken")
    try:
        shown = texts(session.document)
    finally:
        session.close()
    assert "There is nothing to show." in shown
    assert "&lt;i&gt;broken.root: expected" in shown
    assert "cut short" in shown
    assert "Traceback" not in shown
    assert "Traceback" not in servers["script"].said()
    status, _ = servers["script"].get("/display")
    assert status == 200


def test_a_bad_configuration_is_explained_until_it_is_put_right(toys, tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text("geometry: {file: gone.root}")
    command = ["-m", "panel", "serve", ROOT / "bye_splits" / "dashboard", "--port", "0"]
    server = Server(command, tmp_path / "log", BYE_SPLITS_CONFIG=str(config))
    try:
        session = server.session("/dashboard")
        shown = texts(session.document)
        session.close()
        told = f"{config}: geometry.file: expected an existing file, found {tmp_path}/gone.root"
        assert told in shown
        assert told in server.said()
        config.write_text(f"io: {{PU0: {{photons: {{file: {toys['photons', '0']}}}}}}}")
        assert "<title>bye_splits · display</title>" in server.get("/dashboard")[1]
        assert "Traceback" not in server.said()
    finally:
        server.process.kill()
        server.process.wait()


def test_no_such_address(servers):
    assert servers["script"].get("/nothing")[0] == 404


@pytest.mark.parametrize("server", ["script", "panel serve"])
def test_servers_end_when_they_are_told_to(servers, server):
    """The last test of this file: the servers are gone."""
    servers[server].stop()
    assert "Traceback" not in servers[server].said()
