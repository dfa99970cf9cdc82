"""Generated particles and the file's clusters of many events at once, and the chunks of a file."""

import numpy as np
import pandas as pd
import pytest
from event_files import make_event, write_flat, write_lists, write_records, write_root, write_skim

from bye_splits.data import open_source
from bye_splits.data.schema import TRIGGER_CELLS
from bye_splits.errors import SourceError

COUNTS = [(5, 1, 2), (0, 0, 0), (40, 3, 0), (1, 2, 1), (7, 0, 5), (12, 1, 1), (90, 1, 4), (3, 2, 2)]
WRITERS = {
    "skim": write_skim,
    "raw": write_root,
    "lists": lambda path, events: write_lists(path, events, rows=3),
    "records": write_records,
    "flat": lambda path, events: write_flat(path, events, rows=17),
}


@pytest.fixture(scope="module", params=list(WRITERS))
def source(request, tmp_path_factory):
    events = [make_event(100 + 3 * i, *counts) for i, counts in enumerate(COUNTS)]
    suffix = "root" if request.param in ("skim", "raw") else "parquet"
    path = tmp_path_factory.mktemp("particles") / f"events.{suffix}"
    with open_source(WRITERS[request.param](path, events)) as opened:
        yield opened


@pytest.mark.parametrize(("start", "stop"), [(0, None), (2, 5), (7, 99), (4, 4)])
def test_the_tables_are_those_of_the_events(source, start, stop):
    tables = source.particles(start, stop)
    wanted = range(start, min(len(source) if stop is None else stop, len(source)))
    assert set(tables[0]["entry"]) | set(tables[1]["entry"]) <= set(wanted)
    for entry in wanted:
        event = source.event_at(entry)
        for table, single in zip(tables, (event.generated, event.clusters), strict=True):
            mine = table[table["entry"] == entry].drop(columns="entry").reset_index(drop=True)
            pd.testing.assert_frame_equal(mine, single.reset_index(drop=True))
    assert all((np.diff(table["entry"]) >= 0).all() for table in tables)


@pytest.mark.parametrize("cells", [1, 30, 10**6])
def test_chunks_are_the_whole_file(source, cells):
    chunks = source.chunks(cells)
    assert chunks[0][0] == 0
    assert chunks[-1][1] == len(source)
    assert [stop for _, stop in chunks[:-1]] == [start for start, _ in chunks[1:]]
    assert all(start < stop for start, stop in chunks)
    if cells == 10**6:
        assert len(chunks) == 1
    if cells == 1:
        assert len(chunks) > 1


def test_a_file_without_trigger_cells_has_no_chunks(tmp_path):
    cells = [f"tc_{name}" for name in TRIGGER_CELLS]
    path = write_root(tmp_path / "clusters.root", [make_event(1), make_event(2)], drop=cells)
    with open_source(path) as source, pytest.raises(SourceError, match="written without them"):
        source.chunks()
