"""What leaves the display: tables with the cluster of each cell, what they are, captions of pictures."""

import io
import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from display_files import Made, both, cells, write

from bye_splits.chain import ChainParameters, run
from bye_splits.dashboard.state.display import DisplayState
from bye_splits.dashboard.views.display import downloads

NONE = -1


def files_of(state):
    return downloads.display_files(state).makers


def read_csv(file) -> pd.DataFrame:
    """The table as anyone reads it."""
    return pd.read_csv(io.BytesIO(file.content))


def read_parquet(file):
    return pq.read_table(io.BytesIO(file.content))


@pytest.fixture
def busy(state):
    """Limits on an event with pile-up, and a set B."""
    state.show(("pions", "200"), number=2, threshold=1.5, layers_3d=(5, 40))
    state.compare_with({"radius": 0.01})
    return state


def cluster_of(state, parameters: ChainParameters) -> np.ndarray:
    """Row of the chain's own table of clusters for each trigger cell of the event, by a run of its own."""
    cells = state.shown.loaded.event.trigger_cells
    used = cells[cells.z > 0]
    result = run(used.reset_index(drop=True), parameters)
    rows = {seed: row for row, seed in enumerate(result.clusters["seed"])}
    found = pd.Series(NONE, index=cells.index)
    found[used.index] = [rows.get(seed, NONE) for seed in result.seed_of_cell]
    return found.to_numpy()


def test_cells_are_what_3d_shows_with_their_clusters(busy):
    cells = busy.shown.loaded.event.trigger_cells
    rows = np.sort(busy.cuts.in_3d)
    assert 0 < len(rows) < len(busy.shown.in_endcap)
    expected = cells.iloc[rows].reset_index(drop=True)
    for name, parameters in (("cluster_a", busy.chain.set_a), ("cluster_b", busy.chain.set_b)):
        expected[name] = cluster_of(busy, parameters)[rows]
        assert len(set(expected[name])) > 2
    assert (expected.cluster_a != expected.cluster_b).any()
    files = files_of(busy)
    read = read_csv(files["cells.csv"]())
    assert read.columns.tolist() == expected.columns.tolist()
    pd.testing.assert_frame_equal(read.astype(expected.dtypes), expected, rtol=0, atol=0)
    table = read_parquet(files["cells.parquet"]())
    pd.testing.assert_frame_equal(table.to_pandas(), expected)
    units = {field.name: field.metadata.get(b"unit") for field in table.schema if field.metadata}
    assert {units[name] for name in ("x", "y", "z")} == {b"cm"}
    assert b"-1: none" in table.schema.field("cluster_a").metadata[b"description"]


@pytest.mark.parametrize("table", ["cells", "clusters"])
def test_csv_and_parquet_have_the_same_columns(busy, table):
    """With their units in the metadata of parquet, and beside the CSV."""
    files = files_of(busy)
    schema = read_parquet(files[f"{table}.parquet"]()).schema
    assert read_csv(files[f"{table}.csv"]()).columns.tolist() == schema.names
    assert "pt" in schema.names
    units = {field.name: (field.metadata or {}).get(b"unit", b"").decode() for field in schema}
    beside = json.loads(files["json"]().content)["units"]
    assert units == {name: beside.get(name, "") for name in schema.names}
    assert units["pt"] == "GeV"
    assert set(units) & {"mipPt", "seed_energy"} == {name for name in units if units[name] == "mipT"} != set()


def test_without_b_there_is_one_column_of_clusters(busy):
    busy.compare_with(None)
    assert [name for name in downloads.shown_cells(busy) if name.startswith("cluster")] == ["cluster_a"]


def test_clusters_of_both_sets(busy):
    files = files_of(busy)
    read = read_csv(files["clusters.csv"]())
    for name, result in (("A", busy.chain.result_a), ("B", busy.chain.result_b)):
        of_set = read[read.set == name].reset_index(drop=True)
        assert of_set.cluster.tolist() == list(range(len(result.clusters)))
        columns = result.clusters.columns
        pd.testing.assert_frame_equal(of_set[columns], result.clusters, check_dtype=False)
        assert of_set.seed_energy.tolist() == result.seeds.energy[result.clusters.seed].tolist()
    pd.testing.assert_frame_equal(read_parquet(files["clusters.parquet"]()).to_pandas(), read)
    cells = downloads.shown_cells(busy)
    assert set(cells.cluster_b) - {NONE} <= set(read[read.set == "B"].cluster)


def test_the_companion_says_what_they_are(busy):
    files = files_of(busy)
    said = json.loads(files["json"]().content)
    assert (said["event"], said["endcap"], said["geometry"]) == (2, "+z", "V11")
    assert said["sample"] == {"particle": "pions", "pile-up": "200", "file": "pions_PU200.root"}
    assert said["cells"]["limits"] == {
        "mipPt at least": 1.5,
        "layers": [5, 40],
        "within [cm] of the generated particle": 40.0,
    }
    assert said["data"].startswith("toy simulation")
    for name, parameters in (("A", busy.chain.set_a), ("B", busy.chain.set_b)):
        assert ChainParameters.from_yaml(json.dumps(said["parameters"][name])) == parameters
    assert "within 40 cm of the generated particle. Geometry: V11. toy" in said["cells"]["description"]
    metadata = read_parquet(files["cells.parquet"]()).schema.metadata
    assert metadata[b"description"].decode() == said["cells"]["description"]
    assert json.loads(metadata[b"about"]) == said
    assert ChainParameters.from_yaml(metadata[b"parameters.B"].decode()) == busy.chain.set_b


def test_names_of_the_files(busy, columns, show_file, tmp_path):
    names = {word: make().name for word, make in files_of(busy).items()}
    assert names == {
        "caption": "pions_200_event2_plus",
        "json": "pions_200_event2_plus.json",
        **{
            f"{table}.{kind}": f"pions_200_event2_plus_{table}.{kind}"
            for table in ("cells", "clusters", "shares")
            for kind in ("csv", "parquet")
        },
    }
    state = show_file(write(tmp_path / "mine.root", [Made(77, cells(columns, [5]))]))
    assert files_of(state)["cells.csv"]().name == "mine_event77_plus_cells.csv"


def test_no_two_downloads_have_the_same_name(columns, show_file, tmp_path):
    """Not of events with the same number, nor of the two endcaps of one."""
    two_sided = both(cells(columns, [5, 6]), cells(columns, [7], side=-1))
    events = [Made(number, two_sided) for number in (7, 3, 7)]
    state = show_file(write(tmp_path / "twins.root", events))
    said = {}
    for entry in range(3):
        for endcap in ("+z", "-z"):
            assert state.show(entry=entry, endcap=endcap)
            file = downloads.facts_file(state)
            said[file.name] = json.loads(file.content)["cells"]["description"]
    assert list(said) == [
        f"twins_event{event}_{side}.json" for event in ("7_1st", "3", "7_2nd") for side in ("plus", "minus")
    ]
    assert len(set(said.values())) == 6
    assert "event 7 (the 2nd of 2 with this number) of twins.root: " in said["twins_event7_2nd_minus.json"]
    assert "endcap -z" in said["twins_event7_2nd_minus.json"]
    assert "event 3 of twins.root: " in said["twins_event3_plus.json"]


def test_downloads_of_nothing(columns, show_file, tmp_path):
    files = files_of(show_file(write(tmp_path / "none.root", [Made(1, cells(columns, []))])))
    for table in ("cells", "clusters"):
        assert len(read_csv(files[f"{table}.csv"]())) == 0
        assert read_parquet(files[f"{table}.parquet"]()).num_rows == 0


def test_downloads_leave_out_what_is_not_drawn(columns, show_file, tmp_path):
    strange = cells(columns, [100], layer=10)
    state = show_file(write(tmp_path / "odd.root", [Made(1, both(cells(columns, [7]), strange))]))
    assert downloads.shown_cells(state)["layer"].tolist() == [1]


def test_a_download_outlives_its_file(columns, open_files, tmp_path):
    path = write(tmp_path / "gone.root", [Made(1, cells(columns, [5]))])
    state = DisplayState(open_files(path))
    state.show(("gone", ""))
    path.unlink()
    assert "event 1 of gone.root" in downloads.facts_file(state).content.decode()
    assert len(read_csv(downloads.csv(state, "cells"))) == 1


def test_captions_say_what_is_drawn(busy):
    busy.update(colour_by="pT", colour_scale="linear")
    of_event, limits, a, b, geometry, data = downloads.picture_caption(busy).content.decode().splitlines()
    assert of_event == "pions, pile-up 200 \u00b7 event 2 of pions_PU200.root \u00b7 +z endcap"
    _, high = busy.colours.colour_range
    scale = f"pT [GeV], linear scale from 0 to {high:.3g}"
    assert limits == f"trigger cells shown: mipT \u2265 1.5 \u00b7 their colours: {scale}"
    assert a.startswith("A: chain default, radius by layer, ")
    assert b.startswith("B: chain default, radius 0.01, ")
    assert "seed threshold 20 mipT" in b
    assert "TC threshold 0.5 mipT" in b
    assert (geometry, data) == ("Geometry: V11", "toy simulation, not CMS data")
    busy.flip("B")
    assert "A: " not in downloads.picture_caption(busy).content.decode()


def test_a_file_is_made_when_it_is_asked_for(busy):
    files = downloads.display_files(busy)
    files.channel.data = {"wanted": ["clusters.csv"]}
    answer = files.channel.data
    assert (answer["wanted"], answer["name"]) == (["clusters.csv"], ["pions_200_event2_plus_clusters.csv"])
    assert answer["content"][0].tobytes() == downloads.csv(busy, "clusters").content
    files.channel.data = {"wanted": []}  # as the browser does
    files.channel.data = {"wanted": ["something else"]}
    assert "content" not in files.channel.data
