"""`python -m benchmarks.load`: many people at one server, while pages open.

Each user has a page of their own, thinks, acts, and waits until the page says that the answer is complete.
The users are tasks of one process, which takes part of the processor's time, as browsers there would.
"""

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import count

import numpy as np

from . import machine
from .proxy import CountingProxy
from .server import Server
from .session import Session

THINKS = 2.0, 3.0  # s between two actions of a user
OPENS = 5.0  # s between two pages that are opened meanwhile
LOST = 20.0  # s after which an answer counts as lost
AT_ONCE = 8  # pages that are opened at the same time before the measurement
WARM = 3  # actions of each kind before, not counted

ACTIONS: dict[str, tuple[str, Callable[[], Iterator[float]]]] = {
    "layer": ("Layer", lambda: (9 + 2 * (step % 8) for step in count())),
    "radius": ("Radius", lambda: (0.010 + 0.001 * (step % 20) for step in count())),
}
"""What users do, by name: the widget's label, and its values one after the other."""
MANY = {"BYE_SPLITS_MAX_SESSIONS": "300"}  # environment of the server
GOALS = {(20, "layer"): 300, (20, "radius"): 500, (50, "layer"): 1000, (100, "layer"): 2000}
"""Limit of the 95th percentile [ms], by users and action."""


@dataclass
class Load:
    """What users have seen.

    Attributes
    ----------
    users, action : how many, and what they do
    ms : from each action to the end of its answer
    pages_ms : from the request of a page to its document
    errors : what went wrong
    lost : answers that did not come
    rss : resident memory of the server, MB
    """

    users: int
    action: str
    ms: list[float] = field(default_factory=list)
    pages_ms: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    lost: int = 0
    rss: float = 0.0

    def percentile(self, share: float) -> float:
        """Of the times of the answers, ms; NaN without any."""
        return float(np.percentile(self.ms, share)) if self.ms else float("nan")

    def row(self) -> str:
        """As a row of a table in Markdown."""
        goal = GOALS.get((self.users, self.action))
        times = " | ".join(f"{self.percentile(share):.0f}" for share in (50, 95, 99))
        page = f"{np.median(self.pages_ms):.0f}" if self.pages_ms else "-"
        counts = f"{len(self.errors)} | {self.lost} of {len(self.ms) + self.lost}"
        return (
            f"| {self.users} | {self.action} | {times} | {goal or '-'} | {page} | {counts} | {self.rss:.0f} |"
        )


COLUMNS = (
    "users",
    "action",
    "p50 [ms]",
    "p95",
    "p99",
    "goal of p95",
    "page [ms]",
    "errors",
    "lost",
    "RSS [MB]",
)
HEAD = f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|"


async def load(server: Server, users: int, action: str, seconds: float, opens: float | None = OPENS) -> Load:
    """Let `users` act for `seconds`; a further page is opened, and closed, every `opens` s (None: none)."""
    seen = Load(users, action)
    async with CountingProxy(server.port) as proxy, AsyncExitStack() as pages:
        sessions = await _open(pages, proxy, server, users)
        end = time.perf_counter() + seconds
        tasks = [
            _use(session, action, random.Random(user), end, seen) for user, session in enumerate(sessions)
        ]
        if opens is not None:
            tasks.append(_keep_opening(proxy, server, opens, end, seen))
        await asyncio.gather(*tasks)
        seen.rss = server.memory()
    return seen


async def crowd(server: Server, pages: int) -> tuple[int, float, float]:
    """Open pages at once: how many came, s until the last one, and the worst answer of `/healthz`."""
    worst, opened = 0.0, asyncio.Event()

    async def look() -> None:
        nonlocal worst
        while not opened.is_set():
            start = time.perf_counter()
            await asyncio.to_thread(server.healthy)
            worst = max(worst, time.perf_counter() - start)
            await asyncio.sleep(0.5)

    async with CountingProxy(server.port) as proxy, AsyncExitStack() as stack:
        watching = asyncio.create_task(look())
        start = time.perf_counter()
        opening = (stack.enter_async_context(Session(proxy, server.url)) for _ in range(pages))
        results = await asyncio.gather(*opening, return_exceptions=True)
        taken = time.perf_counter() - start
        opened.set()
        await watching
    return sum(isinstance(result, Session) for result in results), taken, worst


async def _open(stack: AsyncExitStack, proxy: CountingProxy, server: Server, pages: int) -> list[Session]:
    turn = asyncio.Semaphore(AT_ONCE)

    async def one() -> Session:
        async with turn:
            return await stack.enter_async_context(Session(proxy, server.url))

    return await asyncio.gather(*(one() for _ in range(pages)))


async def _use(session: Session, action: str, thinking: random.Random, end: float, seen: Load) -> None:
    label, values = ACTIONS[action]
    await asyncio.sleep(thinking.uniform(0, THINKS[1]))
    for number, value in enumerate(values(), 1):
        start = time.perf_counter()
        if start > end:
            return
        await session.say(label, value)
        await session.ask(number)
        try:
            await session.complete(number, LOST)
        except TimeoutError:
            seen.lost += 1
        except (ConnectionError, RuntimeError) as error:
            seen.errors.append(str(error))
            return
        else:
            if number > WARM:
                seen.ms.append(1e3 * (time.perf_counter() - start))
        await asyncio.sleep(thinking.uniform(*THINKS))


async def _keep_opening(proxy: CountingProxy, server: Server, every: float, end: float, seen: Load) -> None:
    while time.perf_counter() < end:
        start = time.perf_counter()
        try:
            async with Session(proxy, server.url) as session:
                seen.pages_ms.append(session.opened.ms)
        except (ConnectionError, RuntimeError) as error:
            seen.errors.append(str(error))
        await asyncio.sleep(max(0.0, every - (time.perf_counter() - start)))


def main() -> int:
    """Measure and print the table; the exit code is 1 if an answer was lost or went wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--users", type=int, nargs="*", default=[20, 50, 100])
    parser.add_argument("--actions", choices=ACTIONS, nargs="+", default=list(ACTIONS))
    parser.add_argument("--seconds", type=float, default=40.0, help="of each line (default: %(default)s)")
    parser.add_argument("--crowd", type=int, default=100, help="pages opened at once (default: %(default)s)")
    parser.add_argument(
        "--prepared", type=int, nargs="+", default=[4, 100], help="of those pages (default: %(default)s)"
    )
    parser.add_argument("--quiet", action="store_true", help="open no pages meanwhile")
    parser.add_argument(
        "--waves", type=int, metavar="N", help="instead: memory after each of N waves of users, who all leave"
    )
    options = parser.parse_args()
    print(machine.described())
    print(f"load before: {machine.load()}\n" + ("" if options.waves else f"\n{HEAD}"), flush=True)
    failed = False
    with Server(environment=MANY) as server:
        server.first_page()
        if options.waves:
            from .waves import table  # which uses this module

            sound = [table(server, users, options.waves, options.seconds) for users in options.users]
            return 0 if all(sound) else 1
        for users in options.users:
            for action in options.actions:
                server.rest()
                opens = None if options.quiet else OPENS
                seen = asyncio.run(load(server, users, action, options.seconds, opens))
                failed |= bool(seen.errors or seen.lost)
                print(seen.row(), flush=True)
                for error in sorted(set(seen.errors)):
                    print(error, file=sys.stderr)
    for prepared in options.prepared if options.crowd else ():
        with Server(environment={**MANY, "BYE_SPLITS_PREPARED_PAGES": str(prepared)}) as server:
            server.first_page()
            server.wait_until_prepared(prepared)
            rss = server.memory()
            came, taken, worst = asyncio.run(crowd(server, options.crowd))
            failed |= came < options.crowd
            print(
                f"\n{came} of {options.crowd} pages at once, {prepared} of them prepared ({rss:.0f} MB): "
                f"{taken:.1f} s; /healthz at worst {worst:.2f} s"
            )
    print(f"load after: {machine.load()}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
