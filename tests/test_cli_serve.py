"""`bye-splits serve`: IPv6, what browsers may show in their address bar, and files that cannot be read."""

import contextlib
import signal
import socket
import subprocess
from pathlib import Path

import pytest
import serving
from forking import PYTHON

from bye_splits import cli, dashboard
from bye_splits.cli.origins import origin
from bye_splits.errors import ByeSplitsError
from bye_splits.geometry import Geometry
from bye_splits.samples import toy


def _has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


ROOT = Path(__file__).parents[1]
needs_ipv6 = pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6")


@pytest.fixture(scope="module")
def skim(tmp_path_factory):
    path = tmp_path_factory.mktemp("serve") / "photons.root"
    toy.write_sample(path, "photons", 0, 3, 5, None, Geometry.v11())
    return path


@contextlib.contextmanager
def served(*arguments):
    """The process, the address that it prints, and a list that holds what it said on stderr in the end."""
    command = [*PYTHON, "-m", "bye_splits", "serve", "--port", "0", *map(str, arguments)]
    said = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process, process.stdout.readline().split(" at ")[1].split()[0], said
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=30) == 0  # a compilation that is under way is finished first
            said += process.stderr.read().splitlines()
        finally:
            process.kill()


@pytest.fixture
def asked_for(monkeypatch):
    """Function that gives what the dashboard is asked to serve, which is announced and not served."""

    def options_of(*arguments):
        asked = {}

        def announced(config, *, announce, **options):
            announce()
            asked.update(options)

        monkeypatch.setattr(dashboard, "serve", announced)
        assert cli.main(["serve", *map(str, arguments)]) == 0
        return asked

    return options_of


@needs_ipv6
def test_an_ipv6_number_may_be_in_brackets(skim, asked_for, capsys):
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as free:
        port = free.getsockname()[1]
    asked, told = zip(
        *(
            (asked_for(skim, "--address", address, "--port", port), capsys.readouterr())
            for address in ("::1", "[::1]")
        ),
        strict=True,
    )
    assert asked[0] == asked[1]
    assert asked[0]["address"] == "::1"
    assert told[0] == told[1]
    assert told[0].out.startswith("bye_splits ")
    assert f"http://[::1]:{port} " in told[0].out


@needs_ipv6
def test_an_ipv6_number_as_address(skim):
    with served(skim, "--address", "[::1]") as (process, url, said):
        port = url.rpartition(":")[2]
        assert url == f"http://[::1]:{port}"
        process.stdout.readline()
        assert process.stdout.readline().split()[3] == f"{port}:[::1]:{port}"
        page = serving.opened(url, process)
        assert "bye_splits" in page
        for origin_, status in ((url, 101), (f"http://localhost:{port}", 101), ("http://[::2]:1", 403)):
            assert serving.websocket_status(f"{url}/ws", page, origin_) == status
    assert "Traceback" not in "\n".join(said)


@needs_ipv6
def test_every_network_has_ipv4_and_ipv6(skim):
    with served(skim, "--address", "::") as (process, url, said):
        port = url.rpartition(":")[2]
        assert url == f"http://{socket.gethostname()}:{port}"
        for host in ("[::1]", "127.0.0.1"):
            here = f"http://{host}:{port}"
            page = serving.opened(here, process)
            assert serving.websocket_status(f"{here}/ws", page, here) == 101
    assert "Traceback" not in "\n".join(said)


def test_an_ipv6_number_in_the_address_bar_and_files_that_cannot_be_read(skim, tmp_path):
    """Files that are there and cannot be read are said, and the others are served."""
    cut, text = tmp_path / "cut.root", tmp_path / "text.root"
    cut.write_bytes(skim.read_bytes()[:5000])
    text.write_text("something else")
    allowed = [
        "--allow-websocket-origin",
        "[::1]:5999",
        "--allow-websocket-origin",
        "https://Display.example/",
    ]
    with served(skim, cut, text, *allowed) as (process, url, said):
        page = serving.opened(url, process)
        assert "bye_splits" in page
        for shown, status in (
            ("http://[::1]:5999", 101),
            ("https://display.example", 101),
            (url, 101),
            ("http://[::1]:5998", 403),
        ):
            assert serving.websocket_status(f"{url}/ws", page, shown) == status
    assert sum(line.startswith(f"bye-splits: warning: {cut}: expected") for line in said) == 1
    assert (
        sum(line.startswith(f"bye-splits: warning: {text}: expected a ROOT or parquet") for line in said) == 1
    )
    assert not [line for line in said if str(skim) in line]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("localhost:5006", "localhost:5006"),
        ("http://host:5006", "host:5006"),
        ("https://host:5006/display?layer=3", "host:5006"),
        ("http://Host", "host"),
        ("http://host:80/", "host"),
        ("https://host:443", "host"),
        ("http://host:443", "host:443"),
        ("*", "*"),
        ("*.example:5006", "*.example:5006"),
        ("10.0.*.*:5006", "10.0.*.*:5006"),
        ("[::1]:5006", "[::1]:5006"),
        ("http://[::1]", "[::1]"),
        ("[2001:DB8:0:0::7]:80", "[2001:db8::7]:80"),
        ("b\u00fccher.example", "xn--bcher-kva.example"),
        (" localhost:5006 ", "localhost:5006"),
    ],
)
def test_what_an_address_bar_shows(text, expected):
    assert origin(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", " ", ":", ":5006", "a:b", "a:", "a:0", "a:65536", "a:1:2", "::1", "::1:5006", "[::1", "[x]:1", "http://",
     "ftp://host", "file:///x", "user@host", "two words", "a,b", "http://a://b", "\u2126\u2126\u2126..x"],
)  # fmt: skip
def test_what_no_address_bar_shows_is_refused_before_anything_is_announced(text, capsys):
    with pytest.raises(ByeSplitsError, match="HOST or HOST:PORT"):
        origin(text)
    assert cli.main(["serve", "--port", "0", "--allow-websocket-origin", text]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("bye-splits: --allow-websocket-origin: expected HOST or HOST:PORT")
    assert told.err.count("\n") == 1


@pytest.mark.parametrize("address", ["::g", "a..b", "1.2.3.4.5", "x" * 70])
def test_an_address_that_no_machine_has(address, capsys):
    assert cli.main(["serve", "--port", "0", "--address", address]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert f"address {address}: expected a name or number of this machine" in told.err


@pytest.mark.parametrize(
    "command",
    [
        ("-m", "bye_splits", "serve", "--num-procs", "2"),
        ("-m", "panel", "serve", "bye_splits/dashboard", "--port", "0", "--num-procs=2"),
    ],
    ids=["bye-splits serve", "panel serve"],
)
def test_several_processes_are_refused_with_a_reason(command):
    done = subprocess.run(
        [*PYTHON, *command], capture_output=True, text=True, check=False, timeout=100, cwd=ROOT
    )
    assert done.returncode != 0
    assert "--num-procs: expected 1" in done.stderr
    assert "Traceback" not in done.stderr


def test_configured_files_are_said_with_their_key(skim, tmp_path):
    (tmp_path / "text.root").write_text("something else")
    config = tmp_path / "c.yaml"
    config.write_text(
        f"io: {{PU0: {{pions: {{file: {skim}, tree: Absent}}, photons: {{file: {skim}}}, "
        "taus: {file: gone.root}}, "
        "PU140: {jets: {file: text.root}}, fileelectrons: gone.root}"
    )
    with served("--config", config) as (process, url, said):
        assert "bye_splits" in serving.opened(url, process)
    assert [line for line in said if line.startswith(f"bye-splits: warning: {config}: io.PU0.pions: {skim}")]
    assert [
        line for line in said if line.startswith(f"bye-splits: warning: {config}: io.PU140.jets: {tmp_path}")
    ]
    assert [
        line for line in said if line.startswith(f"bye-splits: warning: {config}: io.fileelectrons: expected")
    ]
    missing = f"bye-splits: warning: {config}: io.PU0.taus.file: expected an existing file"
    assert [line for line in said if line.startswith(missing)]
    assert not [line for line in said if "photons:" in line]
