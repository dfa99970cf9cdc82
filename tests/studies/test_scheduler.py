"""The same results from the workers of a dask.distributed scheduler, and what is said when it goes wrong."""

import hashlib
import os
import socket
import subprocess
import sys

import pytest
from worker_functions import NUMBERS, always_killed, killed_once, odd_ones_fail, squared, wait_for_file

from bye_splits.cli import main
from bye_splits.errors import ByeSplitsError
from bye_splits.geometry import Geometry
from bye_splits.samples import toy
from bye_splits.studies import scheduler as module
from bye_splits.studies import store
from bye_splits.studies.workers import WorkerLostError, results

PROGRAM = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    options = {"threads_per_worker": 1, "dashboard_address": ":0", "host": "127.0.0.1"}
    with LocalCluster(n_workers=int(sys.argv[1]), **options) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""


def start_cluster(folder, workers):
    """A scheduler and workers, in processes of their own."""
    path = folder / "cluster.py"
    path.write_text(PROGRAM)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONWARNINGS": "ignore"}
    environment["DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES"] = "0"  # to be fast
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, str(path), str(workers)],
        stdin=pipe,
        stdout=pipe,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    )


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Address of a scheduler with two workers, in processes of their own."""
    process = start_cluster(tmp_path_factory.mktemp("cluster"), 2)
    yield process.stdout.readline().strip()
    process.communicate("")
    assert process.returncode == 0


def test_the_same_tables(cluster, tmp_path, monkeypatch):
    """Here and on the scheduler's workers, to the last byte."""
    monkeypatch.setattr(store, "CELLS", 1000)
    toy.write_sample(tmp_path / "electrons.root", "electrons", 0, 40, 3, None, Geometry.v11())
    sums = []
    for number, where in enumerate(([], ["--scheduler", cluster])):
        out = tmp_path / f"{number}"
        options = ["--chain", "both", "--radii", "0.01,0.03", "--out", str(out), *where]
        assert main(["study", "radius", str(tmp_path / "electrons.root"), *options]) == 0
        tables = sorted(out.glob("*.parquet"))
        sums.append({path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in tables})
    assert len(sums[0]) == 2
    assert sums[0] == sums[1]


def test_in_the_order_of_the_chunks_and_a_failure_is_a_result(cluster):
    found = list(results(odd_ones_fail, NUMBERS, scheduler=cluster))
    assert found[::2] == NUMBERS[::2]
    assert [str(error) for error in found[1::2]] == [f"{number} is odd" for number in NUMBERS[1::2]]


def test_a_killed_worker_loses_nothing(cluster, tmp_path):
    assert list(results(killed_once, [(n, tmp_path) for n in NUMBERS], scheduler=cluster)) == NUMBERS


def test_a_chunk_that_always_ends_its_worker(cluster):
    found = list(results(always_killed, NUMBERS[:6], scheduler=cluster))
    assert found[:3] + found[4:] == [0, 1, 2, 4, 5]
    assert isinstance(found[3], WorkerLostError)
    assert "ended 2 times" in str(found[3])


def test_what_is_handed_out_is_bounded(cluster, monkeypatch):
    submitted, most = [], 0
    begin = module._Workers.begin
    monkeypatch.setattr(
        module._Workers, "begin", lambda self, number: submitted.append(number) or begin(self, number)
    )
    for number, _ in enumerate(results(squared, list(range(40)), scheduler=cluster)):
        most = max(most, submitted[-1] - number)
    assert most <= 2 * module.AHEAD
    assert submitted == list(range(40))


def test_asked_to_stop(cluster):
    taken = []
    found = results(squared, NUMBERS, scheduler=cluster, stop=lambda: len(taken) == 3)
    while (result := next(found, None)) is not None:
        taken.append(result)
    assert taken == [0, 1, 4]


def test_versions_that_differ(cluster, monkeypatch):
    mine = module.versions()
    monkeypatch.setattr(module, "versions", lambda: mine | {"numpy": "1.0"})
    with pytest.raises(ByeSplitsError, match=r"a worker with numpy \S+ in place of 1\.0"):
        list(results(squared, NUMBERS, scheduler=cluster))
    monkeypatch.setattr(module, "versions", lambda: mine | {"distributed": "1.0"})
    with pytest.raises(ByeSplitsError, match=r"distributed \S+ in place of 1\.0.*same environment"):
        list(results(squared, NUMBERS, scheduler=cluster))


def test_a_scheduler_that_is_lost(tmp_path):
    process = start_cluster(tmp_path, 1)
    address = process.stdout.readline().strip()
    assert address
    try:
        found = results(
            wait_for_file, [tmp_path / "cluster.py", *[tmp_path / "never"] * 3], scheduler=address
        )
        next(found)
        process.kill()
        with pytest.raises(ByeSplitsError, match="cannot be reached any more"):
            next(found)
    finally:
        (tmp_path / "never").touch()
        process.kill()
        process.communicate()


def test_a_port_where_nobody_answers(monkeypatch):
    """Or one that another service has, which takes the connection and says nothing."""
    monkeypatch.setattr(module, "PATIENCE", 0.5)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        for listens in (False, True):
            if listens:
                silent.listen()
            address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
            with pytest.raises(ByeSplitsError, match=r"scheduler tcp://\S+: .*no answer"):
                list(results(squared, NUMBERS, scheduler=address))


@pytest.mark.parametrize("address", ["nonsense", "tcp://127.0.0.1", "carrier://pigeon:1"])
def test_no_address(address):
    with pytest.raises(ByeSplitsError, match=r"expected the address of a dask.distributed scheduler"):
        list(results(squared, NUMBERS, scheduler=address))
