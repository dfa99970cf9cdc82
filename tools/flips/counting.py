"""Flip single bits of a file, and count what its reader makes of it."""

import hashlib
from collections import Counter
from pathlib import Path

import numpy as np

from bye_splits.data import open_source
from bye_splits.errors import SourceError

RAISED, SAME, DIFFERENT = "raised", "same", "silently different"
OUTCOMES = (RAISED, SAME, DIFFERENT)


def digest(path: Path) -> str:
    """Of all events of a file, as the program reads them."""
    found = hashlib.sha256()
    with open_source(path) as source:
        found.update(source.event_numbers.tobytes())
        for entry in range(len(source)):
            event = source.event_at(entry)
            for table in (event.trigger_cells, event.generated, event.clusters):
                for name in table:
                    found.update(f"{name} {len(table)}".encode() + table[name].to_numpy().tobytes())
    return found.hexdigest()


def count(sound: Path, work: Path, flips: int, rng: np.random.Generator) -> Counter[str]:
    """Outcomes of reading a file with one random bit of it flipped, `flips` times.

    Parameters
    ----------
    sound : the file
    work : file for the flipped ones
    """
    content, expected, outcomes = sound.read_bytes(), digest(sound), Counter[str]()
    for bit in rng.integers(0, 8 * len(content), flips).tolist():
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        work.unlink(missing_ok=True)
        work.write_bytes(flipped)
        try:
            outcomes[SAME if digest(work) == expected else DIFFERENT] += 1
        except SourceError:
            outcomes[RAISED] += 1
    return outcomes
