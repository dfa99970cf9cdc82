"""A table of hits where a file of events is expected: each way to open one says what it is and what to do."""

import gzip

import pandas as pd
import pytest

from bye_splits import cli
from bye_splits.data import open_source
from bye_splits.errors import SourceError

SAID = (
    "expected a file of events, found a table of hits. "
    "Group the hits into trigger cells first: bye-splits from-hits"
)
HITS = pd.DataFrame(
    {"event": [1, 1], "x": [40.0, 41], "y": [30.0, 31], "z": [322.1, 322.1], "energy": [1.0, 2]}
)


@pytest.fixture(params=["hits.parquet", "index.parquet", "layers.parquet", "hits.csv", "x.CSV", "spaces.txt",
                        "packed.csv.gz", "header.csv", "no_suffix"])  # fmt: skip
def table(request, tmp_path):
    path = tmp_path / request.param
    text = HITS.to_csv(index=False)
    if request.param == "index.parquet":
        HITS.set_index("event").to_parquet(path)
    elif request.param == "layers.parquet":
        HITS.assign(layer=9, time=0.1).to_parquet(path)
    elif request.param == "hits.parquet":
        HITS.to_parquet(path)
    elif request.param == "spaces.txt":
        path.write_text("# " + text.replace(",", " "))
    elif request.param == "packed.csv.gz":
        path.write_bytes(gzip.compress(text.encode()))
    elif request.param == "header.csv":
        path.write_text(text.split("\n")[0])
    else:
        path.write_text(text)
    return path


def test_it_is_said_by_every_way_to_open_it(table, tmp_path, capsys):
    with pytest.raises(SourceError, match=SAID) as caught:
        open_source(table)
    assert str(table) in str(caught.value)
    assert cli.main(["check", str(table)]) == 1
    assert f"cannot be read: {table}: {SAID}" in capsys.readouterr().out
    assert cli.main(["chain", str(table), "--out", str(tmp_path / "c")]) == 2
    assert SAID in capsys.readouterr().err


@pytest.mark.parametrize(
    "content", [b"event,x,y\n1,2,3\n", b"\x1f\x8b\x08 not packed", b"\xff\xfe\x00text", b"PKzip"]
)
def test_other_text_is_something_else(tmp_path, content):
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(SourceError, match="expected a ROOT or parquet file"):
        open_source(tmp_path / "x.csv")
