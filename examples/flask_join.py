"""A Flask application and the display's panes from one server, on one port.

    pip install '.[flask]'
    python examples/flask_join.py --port 5006

`http://localhost:5006/` is Flask's page: a form that chooses event and layer, the layer map and the profile
as parts of that page (`server_document`), and the shower in a frame. Every request passes the dashboard's
gate first, those for Flask's pages too: under a name that the server does not know, nothing is answered.
"""

import argparse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import flask
import panel as pn
from bokeh.embed import server_document
from tornado.web import FallbackHandler
from tornado.wsgi import WSGIContainer

from bye_splits.config import load_config
from bye_splits.dashboard import routes

THREADS = 4  # Flask's pages are made beside the event loop of the dashboard
OF_FLASK = r"/(?!static/).*"  # what is no page of the dashboard; static files are those of Bokeh and Panel

application = flask.Flask(__name__, static_url_path="/files")


@application.get("/")
def joined() -> str:
    """The page with a form and the panes of the chosen event and layer."""
    chosen = {"event": flask.request.args.get("event", ""), "layer": flask.request.args.get("layer", "")}
    link = {name: value for name, value in chosen.items() if value} | {"theme": "light"}
    panes = f"{flask.request.host_url}panes"
    return flask.render_template_string(
        PAGE,
        chosen=chosen,
        map=server_document(panes, arguments={"show": "map", **link}),
        profile=server_document(panes, arguments={"show": "profile", **link}),
        shower=f"/panes?{urlencode({'show': '3D', **link})}",
    )


@application.after_request
def safe(response: flask.Response) -> flask.Response:
    """Add the headers that the dashboard's own pages have."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def serve(config: Path | None = None, **options: Any) -> pn.io.server.Server:
    """Serve both.

    Parameters
    ----------
    config : configuration file; None: the shipped one, with the toy sample
    options : of `panel.serve`
    """
    pages = routes(load_config(config))
    del pages["/"]  # Flask's
    flask_pages = WSGIContainer(application, ThreadPoolExecutor(THREADS))
    patterns = [(OF_FLASK, FallbackHandler, {"fallback": flask_pages})]
    return pn.serve(pages, extra_patterns=patterns, show=False, **options)


PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Shower of the day</title>
<style>
  body { font: 15px/1.4 system-ui, sans-serif; margin: 1em 2em; }
  form { margin-bottom: 1em; }
  input { width: 6em; }
  .panes { display: grid; grid-template: 300px 220px / 1fr 1fr; gap: 12px; }
  .panes > * { border: 1px solid #ccc; display: grid; min-width: 0; }
  iframe { grid-row: 1 / 3; grid-column: 2; width: 100%; height: 100%; }
</style>
<h1>Shower of the day</h1>
<form>
  <label>Event <input name="event" type="number" value="{{ chosen.event }}"></label>
  <label>Layer <input name="layer" type="number" min="1" max="50" value="{{ chosen.layer }}"></label>
  <button>Show</button>
</form>
<div class="panes">
  <div>{{ map | safe }}</div>
  <iframe src="{{ shower }}" title="Shower in 3D"></iframe>
  <div>{{ profile | safe }}</div>
</div>
</html>
"""


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, help="configuration file (default: the toy sample)")
    parser.add_argument("--port", type=int, default=5006)
    arguments = parser.parse_args()
    serve(arguments.config, address="localhost", port=arguments.port)


if __name__ == "__main__":
    main()
