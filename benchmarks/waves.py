"""Whether pages leave memory behind: waves of users who open a page, act and leave; `--waves` of `load`."""

import asyncio
import re
import time
import urllib.request
from collections.abc import Iterator

from .load import Load, load
from .server import Server

FORGOTTEN = 60.0  # s within which the server discards the pages of a wave; their sessions live for 15 s
COLUMNS = ("wave", "answers", "errors", "lost", "RSS with all pages [MB]", "after [MB]", "difference")
HEAD = f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|"


def waves(server: Server, users: int, number: int, seconds: float) -> Iterator[tuple[Load, float]]:
    """What the users of each wave have seen, and the server's memory in MB once all of them are gone.

    They change the layer in one wave, the radius in the next.
    """
    for wave in range(number):
        seen = asyncio.run(load(server, users, ("layer", "radius")[wave % 2], seconds, opens=None))
        until_forgotten(server)
        yield seen, server.memory()


def until_forgotten(server: Server, seconds: float = FORGOTTEN) -> None:
    """Wait until the server has discarded the sessions of all pages, and rests."""
    end = time.monotonic() + seconds
    while sessions(server):
        if time.monotonic() > end:
            raise RuntimeError(f"{sessions(server)} sessions are still there after {seconds} s")
        time.sleep(0.5)
    server.rest()


def sessions(server: Server) -> int:
    """Number of pages that the server has, those included that were closed a moment ago."""
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=60) as answer:
        (number,) = re.findall(r"^bye_splits_sessions (\S+)$", answer.read().decode(), flags=re.MULTILINE)
    return round(float(number))


def table(server: Server, users: int, number: int, seconds: float) -> bool:
    """Print a row for each wave; whether all answers came."""
    print(HEAD)
    before, sound = server.memory(), True
    for wave, (seen, after) in enumerate(waves(server, users, number, seconds), 1):
        counts = f"{len(seen.ms)} | {len(seen.errors)} | {seen.lost}"
        print(f"| {wave} | {counts} | {seen.rss:.0f} | {after:.0f} | {after - before:+.1f} |", flush=True)
        before, sound = after, sound and not (seen.errors or seen.lost)
    return sound
