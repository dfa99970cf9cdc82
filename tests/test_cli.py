"""The command line: what it prints, its exit codes, and no traceback that nobody asked for."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import serving
from forking import PYTHON

from bye_splits import __version__, cli, samples
from bye_splits.config import load_config, shipped_path

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def toys(tmp_path_factory) -> Path:
    """A folder with a toy sample and its geometry file, made through the command line."""
    folder = tmp_path_factory.mktemp("toys")
    options = ["--particle", "pions", "--pileup", "0", "--events", "12", "--seed", "3"]
    assert cli.main(["toy", *options, "--out", str(folder)]) == 0
    return folder


def complaint(capsys) -> str:
    """The one paragraph on stderr."""
    text = capsys.readouterr().err
    assert text.startswith("bye-splits: ")
    assert text.count("\n") == 1
    assert "Traceback" not in text
    return text


def test_the_version_and_the_help(capsys):
    for arguments, expected in (
        (["--version"], f"bye_splits {__version__}"),
        (["--help"], "Exit codes: 0 fine, 1 the work failed or is partial, 2 wrong use or bad input."),
        (["serve", "--help"], "--allow-websocket-origin HOST:PORT"),
        (["check", "--help"], "--config"),
        (["toy", "--help"], "--particle"),
        (["chain", "--help"], "--parameters P.yaml"),
        (["from-hits", "--help"], "HITS.parquet"),
    ):
        with pytest.raises(SystemExit) as left:
            cli.main(arguments)
        assert left.value.code == 0
        assert expected in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["frobnicate"],
        ["serve", "--port", "high"],
        ["serve", "--port", "65536"],
        ["toy"],
        ["toy", "--particle", "muons", "--out", "x"],
        ["toy", "--pileup", "140", "--out", "x"],
        ["toy", "--events", "0", "--out", "x"],
        ["toy", "--seed", "-1", "--out", "x"],
        ["from-hits", "hits.parquet"],
    ],
)
def test_wrong_use(arguments, capsys):
    with pytest.raises(SystemExit) as left:
        cli.main(arguments)
    assert left.value.code == 2
    assert "usage: bye-splits" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["serve", "absent.root"], "absent.root: expected an event file"),
        (["serve", "--config", "absent.yaml"], "absent.yaml: expected a YAML file, found no such file"),
        (["check", "--config", "absent.yaml"], "absent.yaml: expected a YAML file, found no such file"),
        (["serve", "--address", "no.such.host.invalid"], "address no.such.host.invalid"),
        (["serve", "--address", "203.0.113.7"], "port 5006 of 203.0.113.7"),
        (["from-hits", "absent.parquet", "--out", "x.root"], "absent.parquet"),
    ],
)
def test_bad_input_is_one_paragraph(arguments, text, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(arguments) == 2
    assert text in complaint(capsys)


def test_a_port_that_is_taken(capsys):
    with socket.create_server(("localhost", 0)) as other:
        port = other.getsockname()[1]
        assert cli.main(["serve", "--port", str(port)]) == 2
    text = complaint(capsys)
    assert f"port {port} of localhost: expected a free port, found it is taken" in text
    assert f"--port {port % 65535 + 1}" in text


def test_unknown_keys_are_a_line_on_stderr(capsys, tmp_path):
    (tmp_path / "c.yaml").write_text("geometri: {}")
    assert cli.main(["check", "--config", str(tmp_path / "c.yaml")]) == 0
    text = capsys.readouterr().err
    assert text.startswith("bye-splits: warning: ")
    assert "geometri (did you mean geometry?)" in text
    assert text.count("\n") == 1


def test_a_fault_of_ours_is_told_with_the_way_to_its_traceback(capsys, monkeypatch, tmp_path):
    def broken(*_, **__):
        raise ZeroDivisionError("division\nby zero")

    monkeypatch.setattr(samples, "write_toy", broken)
    monkeypatch.delenv("BYE_SPLITS_DEBUG", raising=False)
    assert cli.main(["toy", "--out", str(tmp_path)]) == 1
    text = capsys.readouterr().err
    assert "unexpected ZeroDivisionError: division by zero." in text
    assert "BYE_SPLITS_DEBUG=1" in text
    assert "Traceback" not in text

    monkeypatch.setenv("BYE_SPLITS_DEBUG", "1")
    assert cli.main(["toy", "--out", str(tmp_path)]) == 1
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_an_interrupted_work_is_not_fine(capsys, monkeypatch, tmp_path):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(samples, "write_toy", interrupted)
    assert cli.main(["toy", "--out", str(tmp_path)]) == 1
    assert "bye-splits: interrupted." in capsys.readouterr().err


def test_toy_writes_the_sample_and_its_geometry(toys):
    assert sorted(path.name for path in toys.iterdir()) == ["geometry.root", "pions_PU0.root"]


def test_the_same_seed_makes_the_same_events(toys, tmp_path, capsys):
    from bye_splits.data import open_source

    options = ["--particle", "pions", "--events", "12", "--seed", "3"]
    assert cli.main(["toy", *options, "--out", str(tmp_path)]) == 0
    assert capsys.readouterr().out.split() == [
        str(tmp_path / "pions_PU0.root"),
        str(tmp_path / "geometry.root"),
    ]
    with open_source(tmp_path / "pions_PU0.root") as again, open_source(toys / "pions_PU0.root") as first:
        assert len(first) == 12
        pd.testing.assert_frame_equal(first.event_at(7).trigger_cells, again.event_at(7).trigger_cells)


def test_check_of_a_configuration(toys, tmp_path, capsys):
    config = tmp_path / "c.yaml"
    config.write_text(
        f"io: {{PU0: {{pions: {{file: {toys}/pions_PU0.root}}}}}}\ngeometry: {{file: {toys}/geometry.root}}"
    )
    assert cli.main(["check", "--config", str(config)]) == 0
    text = capsys.readouterr().out
    assert f"pions PU0: {toys}/pions_PU0.root" in text
    assert "HGCalTriggerNtuple, 12 events" in text
    assert "toy simulation, not CMS data" in text
    assert "geometry: " in text
    assert "trigger cells in an endcap" in text

    # one missing file: the other is told all the same
    config.write_text(
        f"io: {{PU0: {{pions: {{file: {toys}/pions_PU0.root}}, photons: {{file: gone.root}}}}}}\n"
        "geometry: {file: also_gone.root}"
    )
    assert cli.main(["check", "--config", str(config)]) == 1
    text = capsys.readouterr().out
    assert "12 events" in text
    assert (
        f"photons PU0: {tmp_path}/gone.root\n    cannot be read: {config}: io.PU0.photons.file: "
        f"expected an existing file, found {tmp_path}/gone.root, which does not exist. "
    ) in text
    assert (
        f"geometry: {tmp_path}/also_gone.root\n    cannot be read: {config}: geometry.file: "
        f"expected an existing file, found {tmp_path}/also_gone.root, which does not exist. "
    ) in text

    # a file that is there, and not as it should be
    config.write_text(
        f"io: {{PU0: {{pions: {{file: {toys}/pions_PU0.root, tree: Absent}}}}}}\n"
        f"geometry: {{file: {toys}/pions_PU0.root}}"
    )
    assert cli.main(["check", "--config", str(config)]) == 1
    text = capsys.readouterr().out
    assert f"cannot be read: {config}: io.PU0.pions: {toys}/pions_PU0.root: expected a tree 'Absent'" in text
    assert f"cannot be read: {config}: geometry: {toys}/pions_PU0.root:" in text


def test_check_of_files(toys, tmp_path, capsys):
    fine = toys / "pions_PU0.root"
    cut = tmp_path / "cut.root"
    cut.write_bytes(fine.read_bytes()[: fine.stat().st_size // 2])
    assert cli.main(["check", str(fine)]) == 0
    assert cli.main(["check", str(cut), str(fine), str(tmp_path / "absent.root")]) == 1
    text = capsys.readouterr().out
    assert text.count("12 events") >= 2
    assert f"{cut}\n" in text
    assert f"{tmp_path}/absent.root\n    cannot be read: " in text


def test_check_says_what_the_shipped_configuration_means(capsys):
    assert load_config(shipped_path()).toy
    assert cli.main(["check", "--config", str(shipped_path())]) == 0
    text = capsys.readouterr().out
    assert "the embedded toy sample is shown" in text
    assert "geometry: V11, from its rules" in text


def test_from_hits_accounts_for_every_hit(tmp_path, capsys):
    hits = tmp_path / "hits.parquet"
    pd.DataFrame({
        "event": [0, 0, 0, 1],
        "x": [60.0, 60.0, 0.0, -70.0],
        "y": [0.0, 0.0, 0.0, 5.0],
        "z": [322.103, 100.0, 322.103, -325.073],
        "energy": [1.0, 1.0, 1.0, 2.0],
    }).to_parquet(hits)  # fmt: skip
    assert cli.main(["from-hits", str(hits), "--out", str(tmp_path / "out.root")]) == 0
    text = capsys.readouterr().out
    assert "4 hits read" in text
    assert "+z endcap: 2 hits in trigger layers, 1 found a cell" in text
    assert "-z endcap: 1 hit in trigger layers, 1 found a cell" in text
    assert cli.main(["check", str(tmp_path / "out.root")]) == 0


def test_the_module_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "bye_splits", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == f"bye_splits {__version__}"


@pytest.mark.parametrize("there", [False, True])
def test_serve_names_no_address_where_the_geometry_is_bad(there, tmp_path, capsys):
    if there:
        (tmp_path / "geometry.root").write_text("something else")
    config = tmp_path / "c.yaml"
    config.write_text("geometry: {file: geometry.root}\nio: {PU0: {photons: {file: gone.root}}}")
    assert cli.main(["serve", "--port", "0", "--config", str(config)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert f"{config}: geometry" in told.err
    assert f"{tmp_path}/geometry.root" in told.err
    assert told.err.count("\n") == 1


def test_serve_answers_at_the_address_that_it_prints(toys):
    command = [*PYTHON, "-m", "bye_splits", "serve", str(toys / "pions_PU0.root"), "--port", "0"]
    command += ["--allow-websocket-origin", "display.example:8443"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            url = process.stdout.readline().split(" at ")[1].split()[0]
            process.stdout.readline()
            tunnel = process.stdout.readline().split()
            port = url.rpartition(":")[2]
            assert url == f"http://localhost:{port}"
            assert tunnel[:4] == ["ssh", "-N", "-L", f"{port}:localhost:{port}"]
            assert tunnel[4].endswith(f"@{socket.gethostname()}")

            page = serving.opened(url, process)
            assert serving.websocket_status(f"{url}/ws", page, f"http://localhost:{port}") == 101
            assert serving.websocket_status(f"{url}/ws", page, f"http://127.0.0.1:{port}") == 101
            assert serving.websocket_status(f"{url}/ws", page, "https://display.example:8443") == 101
            assert serving.websocket_status(f"{url}/ws", page, "https://evil.example") == 403
            rebound = {"Host": "evil.example"}
            assert serving.websocket_status(f"{url}/ws", page, "https://evil.example", rebound) == 403

            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=10) == 0
            assert "Traceback" not in process.stderr.read()
        finally:
            process.kill()
