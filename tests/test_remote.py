"""Files on other machines: addresses stay as they are written, and are read through fsspec."""

import asyncio
import sys
import threading

import fsspec
import numpy as np
import pandas as pd
import pytest
from aiohttp import web

from bye_splits import cli
from bye_splits.config import check_files, load_config
from bye_splits.dashboard.catalogue import Catalogue
from bye_splits.data import open_source
from bye_splits.data.inspect import inspect
from bye_splits.errors import GeometryError, SourceError
from bye_splits.geometry import Geometry
from bye_splits.remote import RemoteFile, file_of
from bye_splits.samples import toy, writing

HITS = pd.DataFrame({"event": [1], "x": [40.0], "y": [30.0], "z": [322.1], "energy": [1.0]})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Files of events and a geometry on this machine."""
    path = tmp_path_factory.mktemp("remote")
    toy.write_sample(path / "photons.root", "photons", 0, 20, 5, None, Geometry.v11())
    writing.write_geometry(path / "geometry.root", Geometry.v11())
    with open_source(path / "photons.root") as source:
        events = [source.event_at(entry) for entry in range(5)]
    pd.concat([e.trigger_cells.assign(event=e.number) for e in events]).to_parquet(path / "flat.parquet")
    HITS.to_csv(path / "hits.csv", index=False)
    (path / "text.root").write_text("something else")
    (path / "cut.root").write_bytes((path / "photons.root").read_bytes()[:20_000])
    return path


@pytest.fixture(scope="module")
def memory(folder):
    """Address of a folder with the same files, in fsspec's memory."""
    system = fsspec.filesystem("memory")
    for path in folder.iterdir():
        system.pipe(f"/store//{path.name}", path.read_bytes())
    yield "memory:///store/"
    system.store.clear()


def same_events(address, local):
    with open_source(address) as there, open_source(local) as here:
        assert there.event_numbers.tolist() == here.event_numbers.tolist()
        assert (there.title, there.missing, str(there.path)) == (here.title, here.missing, address)
        for entry in (0, len(here) - 1):
            one, other = there.event_at(entry), here.event_at(entry)
            pd.testing.assert_frame_equal(one.trigger_cells, other.trigger_cells)
            pd.testing.assert_frame_equal(one.generated, other.generated)
        rows = [np.concatenate([b.trigger_cells["x"] for b in s.batches(["x"])]) for s in (there, here)]
        np.testing.assert_array_equal(*rows)


@pytest.mark.parametrize("name", ["photons.root", "flat.parquet"])
def test_events_are_those_of_the_same_file_here(folder, memory, name):
    same_events(f"{memory}/{name}", folder / name)


def test_generated_particles_beside_a_remote_table(folder, memory):
    beside = pd.DataFrame(
        {"event": [1, 2], "gen_eta": [1.5, 2.5], "gen_phi": [0.1, 0.2], "gen_en": [10.0, 20.0]}
    )
    address = f"{memory}/flat.generated.parquet"
    beside.to_parquet(address)
    with open_source(f"{memory}/flat.parquet") as source:
        assert source.event(2).generated["energy"].tolist() == [20.0]
    fsspec.filesystem("memory").rm("/store//flat.generated.parquet")


def test_check_and_chain_take_addresses(memory, tmp_path, capsys):
    config = tmp_path / "c.yaml"
    config.write_text(
        f"io: {{PU0: {{photons: {{file: '{memory}/photons.root'}}}}}}\n"
        f"geometry: {{file: '{memory}/geometry.root'}}"
    )
    assert check_files(load_config(config)) == {}
    assert cli.main(["check", "--config", str(config)]) == 0
    text = capsys.readouterr().out
    assert f"photons PU0: {memory}/photons.root\n    skim" in text
    assert f"geometry: {memory}/geometry.root\n    tree" in text
    assert cli.main(["check", f"{memory}/photons.root", f"{memory}/gone.root", f"{memory}/hits.csv"]) == 1
    text = capsys.readouterr().out
    assert f"{memory}/photons.root\n    skim" in text
    assert f"{memory}/gone.root: expected a ROOT or parquet file, found no such file." in text
    assert f"{memory}/hits.csv: expected a file of events, found a table of hits" in text
    out = tmp_path / "c.parquet"
    assert cli.main(["chain", f"{memory}/photons.root", f"{memory}/photons.root", "--out", str(out)]) == 0
    assert f"{memory}/photons.root is given more than once" in capsys.readouterr().err
    assert pd.read_parquet(out)["file"].unique().tolist() == [f"{memory}/photons.root"]


def test_hits_may_be_remote_and_outputs_not(folder, memory, tmp_path, capsys):
    HITS.to_parquet(folder / "hits.parquet")
    fsspec.filesystem("memory").pipe("/store//hits.parquet", (folder / "hits.parquet").read_bytes())
    for name in ("hits.csv", "hits.parquet"):
        out = tmp_path / "out.root"
        assert cli.main(["from-hits", f"{memory}/{name}", "--out", str(out)]) == 0
        assert "1 event and 1 trigger cell" in capsys.readouterr().out
    assert cli.main(["from-hits", f"{memory}/gone.csv", "--out", str(out)]) == 2
    assert f"{memory}/gone.csv: expected a parquet or CSV table" in capsys.readouterr().err
    for command in (["from-hits", str(folder / "hits.csv")], ["chain", f"{memory}/photons.root"], ["toy"]):
        assert cli.main([*command, "--out", "root://host.example//out"]) == 2
        said = capsys.readouterr().err
        assert (
            "root://host.example//out: expected a file that can be written, found the address of another"
            in said
        )


def test_the_display_shows_them(memory, tmp_path):
    config = tmp_path / "c.yaml"
    config.write_text(f"io: {{PU0: {{photons: {{file: '{memory}/photons.root'}}}}}}")
    catalogue = Catalogue(load_config(config))
    source = catalogue.source(("photons", "0"))
    assert catalogue.first_event(("photons", "0"), source)[0].number == 1
    assert catalogue.source(("photons", "0")) is source
    assert source.path.name == "photons.root"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("text.root", "something else, with the first bytes"),
        ("cut.root", "the file was cut short"),
        ("", "a directory"),
    ],
)
def test_what_is_wrong_with_them_is_said(memory, name, found):
    what = inspect(f"{memory}/{name}")
    assert not what.ok
    assert found in what.problem
    assert f"{memory}/{name}" in what.problem


@pytest.fixture
def server(folder):
    """Address of the same folder on an HTTP server of this machine that gives ranges of bytes."""
    started, loop_and_end = threading.Event(), []

    def run():
        async def serve():
            app = web.Application()
            app.router.add_static("/", folder)
            runner = web.AppRunner(app, access_log=None)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            end = asyncio.Event()
            loop_and_end.extend([asyncio.get_running_loop(), end, site._server.sockets[0].getsockname()[1]])
            started.set()
            await end.wait()
            await runner.cleanup()

        asyncio.run(serve())

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert started.wait(20)
    loop, end, port = loop_and_end
    yield f"http://127.0.0.1:{port}"
    loop.call_soon_threadsafe(end.set)
    thread.join(20)


def test_over_http(folder, server):
    same_events(f"{server}/photons.root", folder / "photons.root")
    with pytest.raises(SourceError, match="found no such file"):
        open_source(f"{server}/gone.root")
    with pytest.raises(SourceError, match="found no answer"):
        open_source("http://127.0.0.1:1/gone.root")


@pytest.mark.parametrize("protocol", ["root", "xrootd", "xroot", "ROOT"])
def test_a_package_that_is_missing_is_named(protocol, monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(sys.modules, "fsspec_xrootd", None)
    known = sys.modules["fsspec.registry"].known_implementations
    monkeypatch.setitem(known, "root", {"class": "fsspec_xrootd.XRootDFileSystem"})
    address = f"{protocol}://host.example:1094//store/user//x.root"
    config = tmp_path / "c.yaml"
    config.write_text(f"io: {{PU0: {{photons: {{file: '{address}'}}}}}}\ngeometry: {{file: '{address}'}}")
    assert cli.main(["check", "--config", str(config)]) == 1
    text = capsys.readouterr().out
    said = f"{address}: expected an address that can be read here (http://, https://, root://, s3://, "
    assert text.count(said) == 2
    assert text.count("Install it with pip install 'bye_splits[xrootd]', or copy the file here.") == 2
    assert f"{config}: io.PU0.photons: {said}" in text
    assert cli.main(["check", address]) == 1
    assert said in capsys.readouterr().out
    assert cli.main(["chain", address, "--out", str(tmp_path / "c")]) == 2
    assert said in capsys.readouterr().err
    with pytest.raises(GeometryError, match="an address that can be read here"):
        Geometry.from_root(address)


def test_an_unknown_protocol_is_said():
    with pytest.raises(SourceError, match="the protocol carrier://, which is unknown"):
        open_source("carrier://pigeon/x.root")


def test_an_address_is_a_file_with_a_name_beside_others():
    file = file_of("root://host:1094//store//a.b.root?x=1")
    assert (file.name, file.stem, str(file)) == ("a.b.root", "a.b", "root://host:1094//store//a.b.root?x=1")
    assert str(file.with_name("c")) == "root://host:1094//store//c?x=1"
    assert file == RemoteFile("root://host:1094//store//a.b.root?x=1")
    assert file_of("xrootd://h//x").for_fsspec == "root://h//x"


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (OSError("File stat request failed: [ERROR] [3011] Unable to locate /x"), FileNotFoundError),
        (
            OSError(
                "Failed to submit <bound method stat of <object at 0x7f>> request: [FATAL] Invalid address"
            ),
            OSError,
        ),
        (RuntimeError("what\never"), OSError),
    ],
)
def test_failures_of_other_machines_are_one_line(monkeypatch, raised, kind):
    def failing(*_, **__):
        raise raised

    file = RemoteFile("memory://x")
    monkeypatch.setattr(fsspec.filesystem("memory"), "info", failing)
    with pytest.raises(kind) as caught:
        file.stat()
    assert "\n" not in str(caught.value)
    assert "0x7f" not in str(caught.value)
