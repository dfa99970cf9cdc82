"""The examples that are scripts, run as they are."""

from pathlib import Path

import pytest
from servers import Server

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def run(toys, tmp_path):
    """Function that starts an example with a configuration of its own: its name -> server."""
    started = []

    def of(name):
        config = tmp_path / "config.yaml"
        config.write_text(f"io: {{PU0: {{photons: {{file: {toys['photons', '0']}}}}}}}")
        command = [EXAMPLES / name, "--config", config, "--port", "0"]
        started.append(Server(command, tmp_path / "log"))
        return started[-1]

    yield of
    for server in started:
        server.stop()
        assert "Traceback" not in server.said(), server.said()


@pytest.mark.parametrize(
    ("name", "root"), [("serve.py", "bye_splits \u00b7 display"), ("flask_join.py", "Shower of the day")]
)
def test_a_script_serves_what_it_says(run, name, root):
    server = run(name)
    assert f"<title>{root}</title>" in server.get("/")[1]
    assert "<title>bye_splits \u00b7 display</title>" in server.get("/display")[1]
    assert "<title>bye_splits \u00b7 map</title>" in server.get("/panes?show=map")[1]
    assert server.get("/static/js/bokeh.min.js")[0] == 200, "not Flask's"
    assert server.get("/nothing")[0] == 404
