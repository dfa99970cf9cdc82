"""Links from a catalogue's rows to the display, at the particle and under the same parameters."""

from collections.abc import Iterator
from urllib.parse import quote, urlencode

import numpy as np

from ...data import EventSource
from ..state.matches import particle_rank
from ..state.sample import SampleState
from . import chain as chain_link
from .matches import write_selection

COLUMNS = ("entry", "event", "endcap", "peak_layer")
SIDES = {1: "plus", -1: "minus"}  # words of the display's `endcap`


def event_links(
    state: SampleState, source: EventSource, rows: np.ndarray, address: str, selection: tuple[str, str, bool]
) -> Iterator[str]:
    """Address of the display for each of some rows.

    Parameters
    ----------
    state : with the table
    source : the open file of the sample
    rows : of the table, int64
    address : of the display, perhaps with a query
    selection : expression, order and whether it is descending, which the display follows
    """
    particle, pileup = state.sample
    same = {"particle": particle} | ({"pileup": pileup} if pileup else {})
    same |= chain_link.write_sets(state, "A | B")
    same |= write_selection(*selection) | {"theme": state.theme}
    common = urlencode(same, quote_via=quote)
    before = f"{address}{'&' if '?' in address else '?'}{common}"
    table = state.table
    column = {name: table[name].to_numpy() for name in COLUMNS}
    for row in rows:
        number, entry = int(column["event"][row]), int(column["entry"][row])
        place: dict[str, int | str] = {"event": number, "endcap": SIDES[int(column["endcap"][row])]}
        if occurrence := int(np.searchsorted(source.entries(number), entry)):
            place["occurrence"] = occurrence
        if rank := particle_rank(table, int(row)):
            place["generated"] = rank + 1
        if column["peak_layer"][row] >= 0:
            place["layer"] = int(column["peak_layer"][row])
        yield f"{before}&{urlencode(place)}"
