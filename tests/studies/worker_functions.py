"""Work for processes: they import this file, and nothing that is slow to import."""

import os
import signal
import threading
import time
from multiprocessing.connection import Connection
from pathlib import Path

NUMBERS = list(range(12))


def squared(number):
    return number * number


def large(number):
    """A result that takes a while to be sent."""
    return bytes(60_000_000)


def odd_ones_fail(number):
    """The first ones take longest."""
    time.sleep(0.1 / (1 + number))
    if number % 2:
        raise ValueError(f"{number} is odd")
    return number


def killed_once(task):
    """Number 5 ends its own process the first time."""
    number, folder = task
    mark = folder / f"{number}"
    if number == 5 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


class KillsOnce:
    """It ends the process that pickles it, unless a file marks that it has done so."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        if not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return KillsOnce, (self.mark,)


def killed_once_in_a_large_result(task):
    """Number 5 ends its own process the first time, when half of the result is pickled."""
    number, folder = task
    return [number, *([large(number), KillsOnce(folder / "killed"), large(number)] if number == 5 else [])]


class NotReadable:
    """It can be pickled, but not be made anew."""

    def __reduce__(self):
        return int, ("no number",)


def not_handed_over(number):
    """Numbers 3 and 5 have results that only their own process knows."""
    return {3: threading.Lock(), 5: NotReadable()}.get(number, number)


def always_killed(number):
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def twice(chunk):
    return 2 * chunk.number


def fails_once(chunk):
    if chunk.number == 2:
        raise OSError("the disk is gone")
    return chunk.number


def kills_its_process(chunk):
    if chunk.number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return chunk.number


def kills_its_process_while_sending(chunk):
    """The process that works on number 1 ends when half of the result is sent."""

    def send_half(to, data):
        os.write(to.fileno(), data[: len(data) // 2])
        os.kill(os.getpid(), signal.SIGKILL)

    if chunk.number != 1:
        return chunk.number
    Connection._send = send_half
    return bytes(10_000)  # one that is sent in one piece


def waits(chunk):
    time.sleep(0.05)
    return chunk.number


def works_for_long(chunk):
    (Path(chunk.location) / str(os.getpid())).touch()
    time.sleep(60)


def begin_and_end(folder):
    """A program that ends while its background is at work; it prints nothing."""
    from bye_splits.studies.background import Background
    from bye_splits.studies.survey import Chunk

    Background().run("long", [Chunk(0, 0, folder, 0, 10)], works_for_long)
    while not list(Path(folder).iterdir()):
        time.sleep(0.01)


def work_for_long(folder):
    """A program whose two processes are at work until somebody ends it."""
    from bye_splits.studies.survey import Chunk
    from bye_splits.studies.workers import results

    list(results(works_for_long, [Chunk(number, 0, folder, 0, 10) for number in range(4)], 2))


def wait_for_file(path):
    while not path.exists():
        time.sleep(0.02)
