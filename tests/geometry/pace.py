"""CPU times in seconds of a machine of normal speed: bounds on them hold in a machine's slow hours too."""

import time

NORMAL = 0.075  # s, for the sum of 10^6 squares on a machine of the speed that the bounds are for


def cpu_seconds(work) -> float:
    """CPU time of `work()`: what others do on a busy machine is not counted."""
    start = time.process_time()
    work()
    return time.process_time() - start


def paced_seconds(work) -> float:
    """CPU time of `work()`, less the machine's slowness just before and after it."""
    paces = []

    def pace():
        paces.append(min(cpu_seconds(lambda: sum(i * i for i in range(10**6))) for _ in range(2)))

    pace()
    seconds = cpu_seconds(work)
    pace()
    return seconds / max(1.0, sum(paces) / len(paces) / NORMAL)
