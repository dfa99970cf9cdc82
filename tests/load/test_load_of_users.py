"""People at one server while pages open: every answer comes, and nobody waits long; see `benchmarks.load`."""

import asyncio

import pytest

from benchmarks.load import crowd, load
from benchmarks.server import Server
from bye_splits.geometry import Geometry
from bye_splits.samples import toy

USERS, SECONDS, OPENS = 8, 15.0, 4.0
SLACK = 6000  # ms for 95 % of the answers on a machine that is busy with other tests; alone it takes 100


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    photons = tmp_path_factory.mktemp("photons") / "photons.root"
    toy.write_sample(photons, "photons", 0, 20, 7, None, Geometry.v11())
    with Server([photons]) as made:
        made.first_page()
        yield made


@pytest.mark.parametrize("action", ["layer", "radius"])
def test_every_answer_comes_while_pages_open(server, action):
    seen = asyncio.run(load(server, USERS, action, SECONDS, OPENS))
    assert (seen.errors, seen.lost) == ([], 0)
    assert len(seen.ms) >= USERS
    assert seen.pages_ms
    assert seen.percentile(95) < SLACK


def test_a_server_answers_while_a_crowd_comes(server):
    came, _, worst = asyncio.run(crowd(server, USERS))
    assert came == USERS
    assert worst < 5
