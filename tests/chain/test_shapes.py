"""Shapes of clusters: agreement with CMSSW's own C++, and cases by hand."""

import cmssw_events as cmssw
import numpy as np
import pandas as pd
import pytest
from chain_events import at, several_events
from reference_events import events

from bye_splits.chain import ChainParameters, run, run_many
from bye_splits.chain.running import CHUNK
from bye_splits.chain.shapes import SHAPES
from bye_splits.geometry.versions import families

every_setting = pytest.mark.parametrize("setting", cmssw.SETTINGS)
V11, V15 = families()
WHOLE = ["showerlength", "coreshowerlength", "firstlayer", "maxlayer"]
WIDE = ChainParameters(radius=0.05, seed_threshold=0.5)


def as_in_cmssw(shapes, theirs):
    """The tolerance of spreads is a few times the last digit of a direction or of R/z in single precision."""
    assert list(shapes) == list(SHAPES)
    assert [name for name, shape in SHAPES.items() if shape.whole] == WHOLE
    for name in SHAPES:
        if SHAPES[name].whole:
            assert shapes[name].tolist() == theirs[name].tolist(), name
        else:
            np.testing.assert_allclose(shapes[name], theirs[name], rtol=1e-4, atol=1e-7, err_msg=name)


@cmssw.needs_cmssw
@every_setting
def test_every_event(setting):
    for number, cells in events().items():
        theirs = cmssw.expected("clusters", setting, number).sort_values("seed_idx")
        as_in_cmssw(run(cells, cmssw.SETTINGS[setting]).shapes, theirs)


@cmssw.needs_cmssw
@every_setting
def test_all_events_at_once(setting):
    """In reverse, so that the events' rows are not in order."""
    numbers = list(events())
    cells = pd.concat([events()[number] for number in reversed(numbers)], ignore_index=True)
    of_row = np.repeat(range(len(numbers))[::-1], [len(events()[number]) for number in reversed(numbers)])
    many = run_many(cells, of_row, cmssw.SETTINGS[setting])
    alone = [run(events()[number], cmssw.SETTINGS[setting]).shapes for number in numbers]
    pd.testing.assert_frame_equal(many.shapes, pd.concat(alone, ignore_index=True), rtol=0, atol=0)


@pytest.mark.parametrize("tc_threshold", [0.0, 3.0])
@pytest.mark.parametrize("association", ["min_distance", "energy_split"])
def test_toy_events_at_once(association, tc_threshold):
    """Some of them without clusters or trigger cells, and rows that are left out."""
    parameters = ChainParameters(association=association, tc_threshold=tc_threshold)
    table, of_row = several_events(3, [(2, 60), (0, 5), (0, 0), *[(1, 9)] * CHUNK, (3, 40)])
    table = table.copy()
    table.loc[::7, "x"] = np.nan
    n_events = CHUNK + 4
    many = run_many(table, of_row, parameters, n_events)
    alone = [run(table[np.asarray(of_row) == n], parameters).shapes for n in range(n_events)]
    assert len(many.shapes) == len(many.clusters) > CHUNK / 2
    pd.testing.assert_frame_equal(many.shapes, pd.concat(alone, ignore_index=True), rtol=0, atol=0)


def test_both_endcaps_are_alike():
    table, _ = several_events(3, [(2, 60)])
    mirrored = table.assign(z=-table.z)
    shapes = run(table).shapes
    assert len(shapes) >= 1
    pd.testing.assert_frame_equal(run(mirrored).shapes, shapes)


def cells_of(family, rows):
    """Trigger cells at given directions from lists of (layer, R/z, phi, mipPt, pt)."""
    layer, rz, phi, mip, pt = map(np.array, zip(*rows, strict=True))
    z = family.layer_z[layer]
    return pd.DataFrame(
        {"x": z * rz * np.cos(phi), "y": z * rz * np.sin(phi), "z": z, "mipPt": mip, "pt": pt, "layer": layer}
    ).astype(dict.fromkeys(("x", "y", "z", "mipPt", "pt"), np.float32))


def only(result):
    """The shapes of the only cluster."""
    (row,) = result.shapes.to_dict("records")
    return row


ROWS = [
    (5, 0.250, 0.0, 10.0, 1.0),
    (5, 0.252, 0.0, 20.0, 2.0),
    (5, 0.254, 0.0, 10.0, 1.0),
    (9, 0.252, 0.0, 40.0, 4.0),
    (29, 0.252, 0.0, 20.0, 2.0),
    (11, 0.252, 0.0, 1.0, 5.0),  # not above the threshold
    (13, 0.280, 0.0, 2.0, 0.01),  # too far away
]


def test_a_cluster_by_hand():
    result = run(cells_of(V11, ROWS), WIDE)
    row = only(result)
    assert (row["firstlayer"], row["showerlength"], row["maxlayer"]) == (5, 25, 5)
    assert row["coreshowerlength"] == 1  # trigger layers 3, 5 and 15
    assert row["hoe"] == pytest.approx(2 / (1 + 2 + 1 + 4 + 5 + 0.01))  # of all trigger cells
    # pt of trigger layers: 4 in 3, 4 in 5, 2 in 15; tenths of it are reached within these.
    assert row["layer10"] == pytest.approx(2 + 1 / 4)
    assert row["layer50"] == pytest.approx(4 + 1 / 4)
    assert row["layer90"] == pytest.approx(14 + 1 / 2)
    # 4, 2 and 1, as equal ones count once, but all of them in the sum: 67 % are 6.7, 90 % are 9.
    assert row["ntc67"] == pytest.approx(2 + 0.7)
    assert row["ntc90"] == pytest.approx(2 + 3.0)
    r, z = np.array([0.250, 0.252, 0.254, 0.252, 0.252]), V11.layer_z[[5, 5, 5, 9, 29]]
    energy = np.array([1, 2, 1, 4, 2]) * np.sqrt(1 + 1 / r**2)
    assert row["srrtot"] == pytest.approx(spread(r, energy), rel=1e-4)
    assert row["srrmax"] == pytest.approx(spread(r[:3], energy[:3]), rel=1e-4)
    # All three are within 5 cm of the second one.
    mean_square = np.sum(energy[:3]) * spread(r[:3], energy[:3]) ** 2 / np.sum(energy)
    assert row["srrmean"] == pytest.approx(np.sqrt(mean_square), rel=1e-4)
    assert row["szz"] == pytest.approx(spread(z, energy), rel=1e-5)
    assert row["meanz"] == pytest.approx(np.average(z, weights=energy))
    assert row["spptot"] == row["sppmax"] == 0
    assert row["emaxe"] == pytest.approx(energy[:3].sum() / result.clusters.energy[0], rel=1e-5)
    away = np.arcsinh(1 / r) - result.clusters.eta[0]
    assert row["seetot"] == pytest.approx(np.sqrt(np.average(away**2, weights=energy)), rel=1e-4)


def spread(values, weight):
    return np.sqrt(np.average((values - np.average(values, weights=weight)) ** 2, weights=weight))


def test_only_what_is_near_the_highest_is_in_the_core():
    """Three trigger cells of a layer, all close to the cluster, the last one 5.9 cm from the highest one."""
    r, pt = np.array([0.250, 0.252, 0.2645]), np.array([1.0, 2.0, 1.0])
    table = cells_of(V11, [(45, r[0], 0.0, 10.0, 1.0), (45, r[1], 0.0, 60.0, 2.0), (45, r[2], 0.0, 1.5, 1.0)])
    row = only(run(table, WIDE))
    energy = pt * np.sqrt(1 + 1 / r**2)
    assert row["srrmax"] == pytest.approx(spread(r, energy), rel=1e-4)
    assert row["srrmean"] == pytest.approx(spread(r[:2], energy[:2]), rel=1e-4)


def test_phi_goes_around():
    """Two trigger cells on both sides of phi = pi, at the same distance from the cluster."""
    rows = [(9, 0.25, np.pi - 0.01, 10.0, 1.0), (9, 0.25, -np.pi + 0.01, 10.0, 1.0)]
    row = only(run(cells_of(V11, rows), WIDE))
    assert row["spptot"] == pytest.approx(0.01, rel=1e-4)
    assert row["sppmax"] == pytest.approx(0.01, rel=1e-4)


def test_one_trigger_cell():
    row = only(run(cells_of(V11, [(7, 0.25, 1.0, 50.0, 4.0)]), WIDE))
    assert [row[name] for name in WHOLE] == [1, 1, 7, 7]
    assert row["emaxe"] == pytest.approx(1)
    assert row["meanz"] == pytest.approx(V11.layer_z[7])
    assert row["hoe"] == 0
    assert [row[name] for name in ("layer10", "layer50", "layer90")] == pytest.approx([3.1, 3.5, 3.9])
    assert [row[name] for name in ("ntc67", "ntc90")] == pytest.approx([0.67, 0.9])
    for name in SHAPES:
        if name.startswith("s") and name != "showerlength":
            assert row[name] == pytest.approx(0, abs=1e-4 if name == "szz" else 3e-7)


@pytest.mark.parametrize("family", [V11, V15], ids=["V11", "V15"])
def test_no_trigger_cell_counts(family):
    """They are at exactly the threshold."""
    rows = [(9, 0.25, 0.0, 1.0, 1.0), (11, 0.25, 0.0, 1.0, 1.0)]
    row = only(run(cells_of(family, rows), ChainParameters(radius=0.05, seed_threshold=0.01)))
    assert [row[name] for name in WHOLE] == [-1997, 0, 999, 0]
    assert [row[name] for name in ("layer10", "layer50", "layer90")] == [family.n_layers] * 3
    assert [row[name] for name in ("ntc67", "ntc90")] == [-1, -1]
    zero = set(SHAPES) - {*WHOLE, "layer10", "layer50", "layer90", "ntc67", "ntc90"}
    assert {name: row[name] for name in zero} == dict.fromkeys(zero, 0)


def test_a_cluster_without_cee():
    row = only(run(cells_of(V11, [(29, 0.25, 0.0, 50.0, 4.0), (30, 0.25, 0.0, 50.0, 4.0)]), WIDE))
    assert row["hoe"] == -1
    assert (row["firstlayer"], row["coreshowerlength"]) == (29, 2)
    assert row["layer50"] == pytest.approx(15)


def test_trigger_layers_are_those_of_the_geometry():
    """Layer 29 is the first one of CE-H and trigger layer 15 in V11, the third one and 16 from V15 on."""
    rows = [(27, 0.25, 0.0, 50.0, 4.0), (28, 0.25, 0.0, 50.0, 4.0), (29, 0.25, 0.0, 50.0, 4.0)]
    assert only(run(cells_of(V15, rows), WIDE))["layer90"] == pytest.approx(13 + 2.7)
    odd = [rows[0], rows[2]]
    assert only(run(cells_of(V11, odd), WIDE))["layer90"] == pytest.approx(13 + 1.8)


def test_no_clusters():
    shapes = run(at(0.25, 0.0, [1.0])).shapes
    assert list(shapes) == list(SHAPES)
    assert len(shapes) == 0
    nothing = at(np.zeros(0), 0.0, 1.0)
    assert list(run_many(nothing, np.zeros(0, dtype=int), n_events=3).shapes) == list(SHAPES)


def test_the_table_is_like_any_other():
    """It is built of blocks (`create_dataframe_from_blocks`), which pandas does not check."""
    shapes = run(at(0.25, [0.0, 0.5, 1.0], [900.0, 800.0, 700.0])).shapes
    assert len(shapes) == 3
    columns = {name: shapes[name].to_numpy(copy=True) for name in shapes}
    assert [str(column.dtype) for column in columns.values()] == ["int64"] * 4 + ["float64"] * 16
    pd.testing.assert_frame_equal(shapes, pd.DataFrame(columns))
    changed = shapes.copy()
    changed.loc[1, ["firstlayer", "szz"]] = 7
    columns["firstlayer"][1], columns["szz"][1] = 7, 7
    pd.testing.assert_frame_equal(changed, pd.DataFrame(columns))
    pd.testing.assert_frame_equal(shapes[::-1].sort_index(), shapes)


@pytest.mark.parametrize("layer", [-3, 0, 51, 900])
def test_layers_that_no_geometry_has(layer):
    """They are in no trigger layer."""
    table = at(0.25, 0.0, [50.0, 50.0], layer=[9, 9], pt=4.0).assign(layer=[9, layer])
    row = only(run(table, WIDE))
    assert row["coreshowerlength"] == 1
    assert row["layer90"] == pytest.approx(4.9)
    assert {row["firstlayer"], row["firstlayer"] + row["showerlength"] - 1} == {9, layer}
