"""Tables of a sample that are made from pieces of its file, and what is made of them."""

import numpy as np
import pandas as pd
import pytest

from bye_splits.chain import ChainParameters
from bye_splits.geometry import Geometry
from bye_splits.samples import toy
from bye_splits.studies.phase_average import average_in_bins, averages, by_phase, more_showers, phase_average
from bye_splits.studies.phase_chunk import unpacked
from bye_splits.studies.piece_tables import over_positions, over_seedings, pieces, seedings_of
from bye_splits.studies.survey import Chunk
from bye_splits.studies.wafer_position import in_rhombus, rhombus

EVENTS = 8


@pytest.fixture(scope="module")
def piece(tmp_path_factory):
    path = tmp_path_factory.mktemp("pieces") / "electrons.root"
    toy.write_sample(path, "electrons", 0, EVENTS, 1, None, Geometry.v11())
    return Chunk(0, 0, str(path), 0, EVENTS)


def test_pieces_are_all_entries():
    chunks = [Chunk(0, 0, "a", 0, 10), Chunk(1, 0, "a", 10, 13), Chunk(2, 1, "b", 0, 2)]
    found = pieces(chunks, 4)
    assert [(one.location, one.start, one.stop) for one in found] == [
        *(("a", 0, 4), ("a", 4, 8), ("a", 8, 10)),
        *(("a", 10, 13), ("b", 0, 2)),
    ]
    assert [one.number for one in found] == list(range(5))
    assert [one.start for one in pieces(chunks, 4, 8)] == [0, 4, 0]


def test_positions(piece):
    table = over_positions(piece, ChainParameters())
    split = unpacked(table, 20, 20)
    np.testing.assert_allclose(split.mean(axis=(1, 2)), table["p_split"])
    assert unpacked(table[:0], 20, 20).shape == (0, 20, 20)
    rate = phase_average(table)["rate"].iat[0]
    for axis in ("phi", "rz"):
        found = by_phase(split, axis)
        assert found["rate"].mean() == pytest.approx(rate)
        assert (found["n"] == EVENTS).all()
        some = split[split.any(axis=(1, 2))]
        pd.testing.assert_frame_equal(by_phase(some, axis, EVENTS), found)
    energy = table["gen_energy"].to_numpy()
    (row,) = average_in_bins(
        energy, table["p_split"].to_numpy(), energy[[energy.argmin(), energy.argmax()]]
    ).to_dict("records")
    assert row["rate"] == pytest.approx(rate)
    assert (over_positions(piece, ChainParameters(chain="coarse_seeding"))["n_phases"] == 1).all()


def test_errors_of_averages():
    values = np.array([0.5, 0.1, 0.0, 0.0])
    assert averages(values)["rate_error"] == pytest.approx(values.std(ddof=1) / 2)
    never = averages(np.zeros(20))  # a Clopper-Pearson limit
    assert never["rate"] == 0
    assert never["rate_error"] == pytest.approx(1 - 0.15865 ** (1 / 20), rel=1e-3)
    assert more_showers(0.0, 0.1, 10, 0.1) == -1


def test_seedings(piece):
    table = over_seedings(piece, ChainParameters())
    assert seedings_of(table) == [
        (kernel, window) for kernel in ("default", "flat_top") for window in (1, 2, 3)
    ]
    assert table["split_default_1"].tolist() == over_positions(piece, ChainParameters())["split"].tolist()
    coarse = over_seedings(piece, ChainParameters(chain="coarse_seeding"))
    assert len(seedings_of(coarse)) == 3


def test_the_rhombus_is_a_third_of_a_wafer():
    """Its borders are those of the trigger cells of the geometry."""
    geometry = Geometry.v11()
    wafers = geometry.wafers
    one = wafers[(wafers["layer"] == 9) & (wafers["part"] == "full") & (wafers["turn"] == 0)].iloc[0]
    cells = geometry.trigger_cells
    mine = cells[
        (cells["layer"] == 9) & (cells["waferu"] == one["waferu"]) & (cells["waferv"] == one["waferv"])
    ]
    corners = geometry.corners(mine.index.to_numpy()) - np.array([one["x"], one["y"]])
    x, y = in_rhombus(*corners.mean(axis=1).T)
    places = pd.DataFrame({"x": x.round(1), "y": y.round(1)}).value_counts()
    assert len(places) == 16
    assert (places == 3).all()
    lines = rhombus(geometry.wafer_size)
    ends = np.array([[line_x[0], line_y[0]] for line_x, line_y in lines])
    apart = np.hypot(*(ends[:, None] - corners.reshape(1, -1, 2)).T).min(axis=0)
    assert apart.max() < 0.02
