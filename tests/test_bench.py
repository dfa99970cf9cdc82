"""The pieces that measure speed and traffic, and what an action may send: bytes and counts, no timings."""

import asyncio
import runpy
import sys

import aiohttp
import pytest
from aiohttp import web
from forking import PYTHON

from benchmarks import chain, openings, samples, scans
from benchmarks.geometries import turned
from benchmarks.inprocess import Page, catalogue_of
from benchmarks.proxy import CountingProxy
from benchmarks.server import RESTS, Server, free_port
from benchmarks.session import MAP_SIZE, Session
from benchmarks.table import Line, table
from bye_splits.dashboard.figures import raster
from bye_splits.data import open_source

pytestmark = pytest.mark.filterwarnings(
    "ignore:.* is deprecated and will be removed:PendingDeprecationWarning"
)  # panel 2
CELLS_IN_MESH = 20_000


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("samples")
    return samples.make(folder, pu0_events=50, busy_events=3)


@pytest.fixture(scope="module")
def catalogue(files):
    return catalogue_of([files["photons_PU0"], files["busy20"]])


class TestTable:
    def test_a_line_has_medians_and_maxima_with_their_numbers(self):
        (head, rule, row) = table([Line("layer change", "ms", 20, [3, 1, 2], [4.0])]).splitlines()
        assert row.split("  ")[0] == "layer change"
        assert "2.00 (3.00) ms  3" in row
        assert "4.00 ms  1" in row
        assert row.endswith("ok")
        assert len(rule) >= len(head)

    @pytest.mark.parametrize(
        ("process", "server", "verdict"),
        [
            ([1, 2], [3], "ok"),
            ([1, 2, 30], [3], "ok, max over"),
            ([1], [21, 22], "over"),
            ([21], [], "over"),
            ([], [], ""),
        ],
    )
    def test_one_median_over_target_is_over(self, process, server, verdict):
        assert Line("work", "ms", 20, process, server).verdict == verdict

    @pytest.mark.parametrize(
        ("values", "verdict", "text"),
        [
            ([30, 31, 40], "ok", "31.0 (30.0) events/s"),
            ([29, 31, 40], "ok, min under", "(29.0)"),
            ([1, 2, 40], "under", "2.00 (1.00)"),
        ],
    )
    def test_a_rate_has_a_lower_limit(self, values, verdict, text):
        line = Line("work", "events/s", 30, values, at_least=True)
        assert line.verdict == verdict
        assert ">= 30 events/s" in table([line])
        assert text in table([line])

    def test_without_a_target_there_is_no_verdict(self):
        assert Line("work", "ms", None, [1e9]).verdict == ""
        assert "work" in table([Line("work", "ms")])


def test_the_chain_is_measured_with_and_without_compiling(files, monkeypatch):
    monkeypatch.setattr(chain, "REPEATS", 1)
    lines = chain.measure(files)
    assert [line.target for line in lines] == [1.5, 25, 25, 4, None, 3, 0.3, 0.3, 3000, None]
    assert all(line.process for line in lines)
    assert "50 PU0 events in one batch" in lines[8].work
    assert "cold" in lines[-1].work


def test_a_scan_is_measured_from_the_file_and_from_the_store(monkeypatch):
    monkeypatch.setattr(scans, "REPEATS", 1)
    monkeypatch.setattr(scans, "PYTHON", PYTHON)
    lines = scans.measure(events=20, points=2)
    assert [(line.unit, line.target) for line in lines] == [("s", 15), ("MB", 1000), ("s", 1)]
    assert all(line.process[0] > 0 for line in lines)


class TestCountingProxy:
    def test_it_counts_bytes_both_ways_as_they_travel(self):
        async def run():
            received = 0

            async def answer(reader, writer):
                nonlocal received
                while data := await reader.read(1 << 16):
                    received += len(data)
                    writer.write(b"x" * 3 * len(data))
                writer.close()

            port = free_port()
            async with await asyncio.start_server(answer, "127.0.0.1", port), CountingProxy(port) as proxy:
                reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
                writer.write(b"y" * 100_000)
                got = await reader.readexactly(300_000)
                counted = proxy.sent, proxy.received
                writer.close()
                await writer.wait_closed()
            return received, len(got), counted

        assert asyncio.run(run()) == (100_000, 300_000, (100_000, 300_000))

    def test_a_compressed_websocket_travels_in_fewer_bytes_than_it_holds(self):
        async def echo(request):
            socket = web.WebSocketResponse(compress=True)
            await socket.prepare(request)
            async for message in socket:
                await socket.send_str(message.data)
            return socket

        async def run(compress):
            application = web.Application()
            application.router.add_get("/ws", echo)
            runner = web.AppRunner(application)
            await runner.setup()
            port = free_port()
            await web.TCPSite(runner, "127.0.0.1", port).start()
            async with CountingProxy(port) as proxy, aiohttp.ClientSession() as client:
                url = f"http://127.0.0.1:{proxy.port}/ws"
                async with client.ws_connect(url, compress=compress) as socket:
                    before = proxy.received
                    await socket.send_str("trigger cell " * 10_000)
                    text = await socket.receive_str()
                    travelled = proxy.received - before
            await runner.cleanup()
            return len(text), travelled

        held, compressed = asyncio.run(run(15))
        assert held == 130_000
        assert compressed < held / 50
        assert asyncio.run(run(0))[1] >= held

    def test_a_server_that_is_not_there_closes_the_connection(self):
        async def run():
            async with CountingProxy(free_port()) as proxy:
                reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
                got = await reader.read()
                writer.close()
                return got

        assert asyncio.run(run()) == b""


def test_busy_events_have_the_trigger_cells_that_their_name_says(files):
    for name, (_, cells) in samples.BUSY.items():
        with open_source(files[name]) as source:
            event = source.event_at(1)
        assert len(event.trigger_cells) == cells
        assert not event.trigger_cells.duplicated(["layer", "waferu", "waferv", "cellu", "cellv"]).any()
        assert len(event.generated) == 1


def test_the_other_geometrys_events_are_in_its_47_layers(tmp_path):
    made = samples.make_other(tmp_path, pu0_events=50, busy_events=3)
    assert {*made} | {"photons_PU0", "busy20"} == set(openings.SUBJECTS)
    geometry = turned()
    assert (geometry.n_layers, len(geometry.layers)) == (47, 34)
    for path in made.values():
        with open_source(path) as source:
            cells = source.event_at(1).trigger_cells
        number = geometry.find(*(cells[name] for name in ("layer", "waferu", "waferv", "cellu", "cellv")))
        assert geometry.agrees(number, cells.x, cells.y, cells.z).all()
    assert len(cells) == 20_000


class TestWhatIsSent:
    """Bounds on the messages to the browser, in process: the same every time, whatever the machine does."""

    def test_a_layer_change_in_the_same_section_sends_no_raster(self, catalogue):
        page = Page(catalogue)
        page.set("Layer", 9)
        raster = page.set("Layer", 35).payload
        page.set("Layer", 11)
        same = [page.set("Layer", layer) for layer in (13, 15, 17)]
        assert max(answer.payload for answer in same) < 40_000
        assert raster > 1.5 * max(answer.payload for answer in same)

    def test_a_layer_change_never_sends_the_mesh(self, catalogue):
        page = Page(catalogue)
        page.set("Particle", "busy20")
        mesh = 4 * 3 * 4 * CELLS_IN_MESH
        assert max(page.set("Layer", layer).payload for layer in (1, 9, 29, 41, 50)) < mesh / 4

    def test_an_event_costs_120_bytes_a_cell(self, catalogue):
        page = Page(catalogue)
        assert page.set("Particle", "busy20").payload < 120 * CELLS_IN_MESH
        assert page.click("Next").payload < 120 * CELLS_IN_MESH

    def test_a_threshold_sends_the_less_the_fewer_cells_there_are(self, catalogue):
        page = Page(catalogue)
        page.set("Particle", "busy20")
        sent = [page.set("Display threshold [mipT]", threshold).payload for threshold in (0.9, 2.0, 5.0)]
        assert sent == sorted(sent, reverse=True)

    def test_the_widget_that_was_moved_is_not_told_its_own_value(self, catalogue):
        page = Page(catalogue)
        model = page.document.select_one({"title": "Display threshold [mipT]"})
        assert page.set("Colour scale", "linear").changed
        assert model.id not in page.set("Colour by", "energy").changed


def test_a_server_rests_only_once_its_compilation_has_begun():
    assert RESTS > raster.OPENING


def test_a_client_of_a_running_server_sees_what_its_widgets_do(files):
    """The whole way: process, page, token, compressed websocket, document, patches."""

    async def run(server):
        async with CountingProxy(server.port) as proxy, Session(proxy, server.url) as session:
            opened = session.opened
            raster = await session.look()
            stepped = await session.click("Next")
            number = session.attribute("Event", "value")
            layer = await session.set("Layer", 11 if session.attribute("Layer", "value") != 11 else 13)
            await session.say("Event", "5")
            await session.click("Next")  # before the number was acted upon
            await session.until(lambda: session.attribute("Event", "value") == "6")
            return opened, raster, stepped, number, layer, session

    with Server([files["photons_PU0"]]) as server:
        server.first_page()
        opened, raster, stepped, number, layer, session = asyncio.run(run(server))
        wire = session.source("codes")
        assert server.memory() > 100
    assert 50_000 < opened.payload < 1_000_000
    assert opened.wire < opened.payload
    assert wire in raster.changed
    assert raster.payload > MAP_SIZE[0] * MAP_SIZE[1] / 4
    assert number == "2"
    assert wire in stepped.changed
    assert wire in layer.changed
    assert layer.wire < 30_000
    assert session.attribute("Event", "value") == "6"


def test_the_program_says_what_it_can_measure(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--help"])
    with pytest.raises(SystemExit, match="0"):
        runpy.run_module("benchmarks", run_name="__main__")
    printed = capsys.readouterr().out
    assert "--large" in printed
    assert "--only" in printed
