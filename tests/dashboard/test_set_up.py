"""Each way to serve pages sets Panel up: it is patched, and has its settings in every session."""

import logging
from pathlib import Path

import panel as pn
import pytest
from bokeh.document import Document
from bokeh.settings import settings
from panel.reactive import Syncable
from servers import Server

import bye_splits
from bye_splits.dashboard import app_hooks, routing
from bye_splits.dashboard.patches import debounce

MAIN = Path(bye_splits.__file__).parent / "dashboard" / "main.py"


def by_routes(catalogue):
    routing.routes(catalogue.config)


def by_panel_serve(catalogue):
    app_hooks.on_server_loaded(None)


def by_main(catalogue):
    routing.show_shared("display", "{}")


def by_show(catalogue):
    bye_splits.show(catalogue.source(("photons", "0")).event(4))


@pytest.mark.parametrize("way", [by_routes, by_panel_serve, by_main, by_show])
def test_each_way_sets_panel_up(way, catalogue, monkeypatch):
    monkeypatch.setattr(Syncable, "_debounce", debounce._panel_default)
    monkeypatch.setattr(pn.config, "sizing_mode", None)
    monkeypatch.setattr(app_hooks, "warm_up", lambda: None)
    for module in (app_hooks, routing):
        monkeypatch.setattr(module, "shared_catalogue", lambda: catalogue)
    way(catalogue)
    assert (Syncable._debounce, pn.config.sizing_mode) == (debounce.MS, "stretch_width")


@pytest.mark.parametrize("slug", routing.PAGES)
def test_bokeh_finds_no_mistakes_in_a_page(slug, catalogue, caplog):
    searches = settings.perform_document_validation, settings.perform_error_diagnostics
    assert not any(search() for search in searches), "servers do not look for them"
    document = Document()
    settings.perform_error_diagnostics.set_value(True)
    try:
        routing.show(slug, catalogue).server_doc(document)
        document.validate()
    finally:
        settings.perform_error_diagnostics.set_value(False)
    assert len(document.roots) > 3
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_main_by_itself_sets_up_every_session(toys, geometry, tmp_path):
    """Without the folder's hooks the first session sets everything up; its page has to be opened again."""
    config = tmp_path / "config.yaml"
    config.write_text(f"io: {{PU0: {{photons: {{file: {toys['photons', '0']}}}}}}}")
    command = ["-m", "panel", "serve", MAIN, "--port", "0"]
    server = Server(command, tmp_path / "log", BYE_SPLITS_CONFIG=str(config))
    try:
        assert server.get("/main")[0] == 200
        for _ in range(2):
            session = server.session("/main")
            assert {"messages", "shower"} <= {root.name for root in session.document.roots}
            session.close()
        assert "Traceback" not in server.said()
    finally:
        server.process.kill()
        server.process.wait()
