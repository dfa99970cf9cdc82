"""Which pages may talk to a server: those of the named hosts, under whatever name they have found it."""

from pathlib import Path

import pytest
import serving
from servers import Server

ROOT = Path(__file__).parents[2]
HOST = "display.example:8443"
EVIL = "evil.example"
SERVE = """
from bye_splits.dashboard import serve

server = serve(port=0, websocket_origin=["display.example:8443"], start=False)
server.start()
print(f"http://localhost:{server.port}")
server.io_loop.start()
"""
COMMANDS = {
    "serve": ["-c", SERVE],
    "panel serve": [
        *("-m", "panel", "serve", ROOT / "bye_splits" / "dashboard", "--port", "0"),
        *("--allow-websocket-origin", HOST),
    ],
}


@pytest.fixture(scope="module")
def servers(geometry, toys, tmp_path_factory):
    """Both ways to serve, for pages of HOST; they start at once."""
    folder = tmp_path_factory.mktemp("servers")
    config = folder / "config.yaml"
    config.write_text(f"io: {{PU0: {{photons: {{file: {toys['photons', '0']}}}}}}}")
    made = {
        name: Server(command, folder / name, BYE_SPLITS_CONFIG=str(config))
        for name, command in COMMANDS.items()
    }
    yield made
    for server in made.values():
        server.process.kill()
        server.process.wait()


@pytest.fixture(params=[("serve", "/display"), ("panel serve", "/dashboard")], ids=lambda way: way[0])
def handshake(servers, request):
    """Function that opens a websocket: origin, further headers -> status of the answer."""
    name, path = request.param
    status, page = servers[name].get(path)
    assert status == 200
    return lambda origin, **more: serving.websocket_status(
        f"{servers[name].url}{path}/ws", page, origin, {key.replace("_", "-"): more[key] for key in more}
    )


def test_a_page_of_the_named_host_gets_in(handshake):
    assert handshake(f"https://{HOST}") == 101
    assert handshake(f"https://{HOST}", Host=HOST) == 101
    assert handshake(f"https://{HOST}", Host=HOST, Sec_Fetch_Site="same-origin") == 101


def test_a_page_of_another_host_does_not(handshake):
    assert handshake(f"http://{EVIL}") == 403


@pytest.mark.parametrize("more", [{}, {"Sec_Fetch_Site": "same-origin"}], ids=["", "same-origin"])
def test_nor_does_one_whose_host_was_made_to_lead_here(handshake, more):
    """DNS rebinding: the browser takes the server for a part of evil.example, and says so in Host too."""
    assert handshake(f"http://{EVIL}", Host=EVIL, **more) == 403
