"""Python looks for garbage in what pages have made, and less often.

A page makes some 200 000 objects, and Python's collector looks at all young ones after each 700, at those of
all modules again and again: a fifth of the time to build a page. What is there before the first page is never
garbage; it is set aside (`gc.freeze`), which also leaves memory shared with processes that were forked.

This patch can be removed once Python's collector works incrementally.
"""

import gc
from functools import cache

LIMITS = 50_000, 10, 5
"""New objects until the youngest are looked at; as many such looks until the next older ones are. Whatever a
closed page leaves behind is found after some ten further pages."""


@cache
def apply() -> None:
    """Set the collector of this process, once."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*LIMITS)
