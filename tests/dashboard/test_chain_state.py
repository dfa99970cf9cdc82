"""What the chain makes of the event that is shown, and what follows from that in the state."""

from dataclasses import replace

import numpy as np
import pytest
from display_files import PHOTON, Made, both, cells, write, write_raw

from bye_splits.chain import ChainParameters, run
from bye_splits.chain.splits import NEAR
from bye_splits.dashboard.figures.cluster_colours import CLUSTER_COLOURS, SHADES, shaded
from bye_splits.dashboard.link import chain as chain_link
from bye_splits.dashboard.state.display import DisplayState


@pytest.fixture
def busy(catalogue):
    made = DisplayState(catalogue)
    assert made.show(("pions", "200"))
    return made


def test_the_result_is_the_chains(state):
    cells = state.shown.loaded.event.trigger_cells
    mine = cells[(cells.z > 0) == (state.shown.endcap == "+z")]
    expected = run(mine, ChainParameters(tc_threshold=0.5))
    assert np.array_equal(state.chain.chain_rows, mine.index)
    assert len(state.chain.result.clusters)
    assert state.chain.result.clusters.equals(expected.clusters)
    assert np.array_equal(state.chain.result.seed_of_cell, expected.seed_of_cell)
    state.change_chain(radius=0.012, association="max_energy")
    expected = run(mine, ChainParameters(radius=0.012, association="max_energy", tc_threshold=0.5))
    assert state.chain.result.clusters.equals(expected.clusters)


def test_the_chains_table_with_and_without_gaps(columns, show_file, tmp_path):
    """A view where the rows are one range, a copy where others lie between; the same cells either way."""
    mixed = both(both(cells(columns, [5]), cells(columns, [5, 9], side=-1)), cells(columns, [7]))
    state = show_file(write_raw(tmp_path / "raw.root", [Made(1, mixed, [PHOTON])]))
    table = state.shown.loaded.event.trigger_cells
    for endcap, rows, view in (("+z", [0, 3], False), ("-z", [1, 2], True)):
        state.turn(endcap)
        assert state.chain.chain_rows.tolist() == rows
        for name, column in state.chain.chain_table.items():
            assert np.array_equal(column, table[name].iloc[rows]), name
            assert np.shares_memory(column, table[name].to_numpy()) == view, name


def test_rows_that_no_cut_takes_away_are_kept_once(columns, show_file, tmp_path):
    one = cells(columns, [5, 6, 7], mip=np.array([4.0, 1.0, 3.0]))
    state = show_file(write(tmp_path / "one.root", [Made(1, one, [PHOTON])]), threshold=0.5)
    cuts = state.cuts
    assert all(
        rows is state.shown.in_endcap for rows in (state.chain.chain_rows, cuts.above, cuts.near, cuts.in_3d)
    )
    state.cuts.threshold = 2.0
    assert state.cuts.above.tolist() == [0, 2]
    assert state.cuts.in_3d is state.cuts.near is state.cuts.above


def test_of_many_seeds_the_nearest_one_has_another_colour(busy):
    seeds, colour = busy.chain.result.seeds, busy.colours.seed_palette
    assert len(seeds) > 2 * len(CLUSTER_COLOURS)
    place = seeds[["x_over_z", "y_over_z"]].to_numpy()
    order = np.argsort(-seeds["energy"].to_numpy(), kind="stable")
    assert colour[order[0]] == 0
    for n in range(1, len(order)):
        apart = np.hypot(*(place[order[:n]] - place[order[n]]).T)
        assert colour[order[n]] != colour[order[apart.argmin()]]


def test_the_display_threshold_is_not_the_chains(state):
    before = state.chain.result
    state.cuts.threshold = 5.0
    assert state.chain.result is before


def test_a_change_that_makes_no_sense_is_told(state):
    state.change_chain(radius=-1.0)
    assert state.message.level == "error"
    assert "radius" in state.message.text
    assert state.chain.parameters == state.chain.configured()


def test_the_controls_change_the_shown_set(state):
    state.compare_with({"radius": 0.01})
    assert state.chain.compare == "A | B"
    state.change_chain(seed_window=3)
    assert (state.chain.set_a.seed_window, state.chain.set_b.seed_window) == (3, 1)
    state.chain.compare = "B"
    state.change_chain(seed_window=2)
    assert (state.chain.set_a.seed_window, state.chain.set_b.seed_window) == (3, 2)
    assert state.chain.result is state.chain.shown_results["B"]
    state.compare_with(None)
    assert (state.chain.set_b, state.chain.compare) == (None, "A")


def test_b_without_parameters_shows_a(state):
    state.chain.compare = "B"
    assert state.chain.parameters is state.chain.set_a


def test_the_kernel_width_is_what_is_configured_and_more(state):
    assert state.chain.kernel_width == 0
    state.change_chain(**state.chain.widened(state.chain.parameters, 4))
    assert state.chain.kernel_width == 4
    configured = state.navigation.catalogue.config.smooth.bin_sums
    assert np.array_equal(state.chain.parameters.smooth.bin_sums, np.array(configured) + 4)
    state.change_chain(**state.chain.widened(state.chain.parameters, -20))
    assert set(state.chain.parameters.smooth.bin_sums) == {1}


def test_colours_stay_with_their_seeds(busy):
    colour = dict(
        zip(busy.chain.result.seeds.itertuples(index=False), busy.colours.seed_colours, strict=True)
    )
    assert len(set(list(colour.values())[: len(CLUSTER_COLOURS)])) > 1
    busy.change_chain(seed_threshold=60.0)
    fewer = busy.chain.result.seeds
    assert 0 < len(fewer) < len(colour)
    busy.change_chain(seed_threshold=20.0, radius=0.03)
    again = dict(zip(busy.chain.result.seeds.itertuples(index=False), busy.colours.seed_colours, strict=True))
    assert again == colour


def test_the_largest_seeds_have_colours_of_their_own(busy):
    largest = busy.chain.result.seeds["energy"].to_numpy().argsort()[::-1][: len(CLUSTER_COLOURS)]
    assert len({busy.colours.seed_colours[seed] for seed in largest}) == len(largest)


def test_a_cells_colour_is_its_clusters(busy):
    clusters = busy.chain.result.clusters
    row = int(clusters["pt"].to_numpy().argmax())
    seed = clusters["seed"].iat[row]
    mine = busy.chain.chain_rows[busy.chain.result.seed_of_cell == seed]
    assert set(busy.colours.cell_palette[mine]) == {busy.colours.seed_palette[seed]}
    loose = busy.chain.chain_rows[busy.chain.result.seed_of_cell < 0]
    assert (busy.colours.cell_palette[loose] == -1).all()


@pytest.mark.parametrize("colour_by", ["cluster", "mipT"])
def test_with_a_selected_cluster_the_others_have_no_colour(busy, colour_by):
    busy.colours.colour_by = colour_by
    scale = busy.colours.colour_range
    row = int(busy.chain.result.clusters["pt"].to_numpy().argmax())
    busy.selection.cluster = row
    mine = busy.chain.chain_rows[busy.chain.result.cluster_of_cell == row]
    assert np.array_equal(np.flatnonzero(np.isfinite(busy.colours.drawn_values)), mine)
    assert np.array_equal(busy.colours.drawn_values[mine], busy.colours.colour_values[mine])
    assert busy.colours.colour_range == scale
    near = np.intersect1d(mine, busy.cuts.near)
    assert busy.colours.sum_per_class.sum() == pytest.approx(
        busy.shown.loaded.value["mipPt"][near].sum(), rel=1e-5
    )
    busy.selection.cluster = -1
    assert busy.colours.drawn_values is busy.colours.colour_values


def test_a_pair_of_clusters_is_selected_in_both_sets(busy):
    busy.compare_with({"radius": 0.012})
    assert busy.colours.colour_by == "cluster"
    table = busy.chain.comparison.table
    busy.selection.cluster = int(np.flatnonzero((table["a"] >= 0) & (table["b"] >= 0))[0])
    a, b = table[["a", "b"]].iloc[busy.selection.cluster]
    inside = (busy.chain.result_a.cluster_of_cell == a) | (busy.chain.result_b.cluster_of_cell == b)
    assert np.array_equal(
        np.flatnonzero(np.isfinite(busy.colours.drawn_values)), busy.chain.chain_rows[inside]
    )


def test_a_click_takes_the_cells_cluster_where_one_is_selected(busy):
    cluster_of, rows = busy.chain.result.cluster_of_cell, busy.chain.chain_rows
    number = busy.shown.loaded.number
    first, second = (rows[np.flatnonzero(cluster_of == row)[0]] for row in (0, 1))
    busy.selection.select(int(number[first]))
    assert busy.selection.cluster == -1
    assert busy.selection.clusters_of(first) == {"A": 0}
    busy.selection.cluster = 0
    busy.selection.select(int(number[second]))
    assert (busy.selection.cluster, busy.selection.selected) == (1, number[second])
    busy.selection.select(int(number[rows[np.flatnonzero(cluster_of < 0)[0]]]))
    assert busy.selection.cluster == -1
    busy.compare_with({"seed_threshold": 60.0})
    busy.selection.cluster = 0
    busy.selection.select(int(number[second]))
    assert busy.chain.comparison.table["a"].iat[busy.selection.cluster] == 1


def test_a_cell_takes_the_place_of_a_bin(state):
    state.selection.select_part(20, 100)
    state.selection.select(int(state.shown.loaded.number[state.cuts.in_layer[0]]))
    assert state.selection.part is None
    assert state.selection.marked.tolist() == [state.selection.selected]


def test_another_chain_has_other_parts(state):
    state.selection.select_part(20, 100)
    state.change_chain(radius=0.02)
    assert state.selection.part == (20, 100)
    state.change_chain(chain="coarse_seeding")
    assert state.selection.part is None
    state.compare_with({"chain": "default"})
    state.selection.select_part("module", 3, 2)
    state.flip("B")
    assert (state.chain.compare, state.selection.part) == ("B", None)


def test_modules_and_points_select_their_cells(state):
    state.change_chain(chain="coarse_seeding")
    coarse, value = state.chain.result.stages, state.shown.loaded.value
    module = coarse.modules.loc[coarse.modules["chosen"]].iloc[0]
    state.selection.select_part("module", module.waferu, module.waferv)
    assert value["mipPt"][state.selection.part_rows].sum() == pytest.approx(module.mipPt, rel=1e-6)
    point = coarse.lattice.loc[coarse.lattice["mipPt"].idxmax()]
    state.selection.select_part("point", point.U, point.V)
    assert value["mipPt"][state.selection.part_rows].sum() == pytest.approx(point.mipPt, rel=1e-6)
    assert len(state.selection.marked) == len(state.selection.part_rows) > 0


def test_clusters_near_the_particle(state):
    eta, phi = state.shown.generated["exeta"], state.shown.generated["exphi"]
    near = []
    for row, cluster in state.chain.result.clusters.iterrows():
        d_phi = np.angle(np.exp(1j * (cluster.phi - phi)))
        if np.hypot(cluster.eta - eta, d_phi) < NEAR:
            near.append((-cluster.pt, row))
    assert near
    assert state.chain.near_particle.tolist() == [row for _, row in sorted(near)]


def test_a_bin_selects_its_cells_and_again_none(state):
    seed = state.chain.result.seeds.iloc[0]
    state.selection.select_part(seed.rz_bin, seed.phi_bin)
    value = state.shown.loaded.value
    rows = state.selection.part_rows
    assert value["mipPt"][rows].sum() == pytest.approx(
        state.chain.result.histogram[int(seed.rz_bin), int(seed.phi_bin)], rel=1e-6
    )
    assert np.array_equal(state.selection.marked, state.shown.loaded.number[rows])
    state.selection.select_part(seed.rz_bin, seed.phi_bin)
    assert state.selection.part is None
    assert len(state.selection.marked) == 0


def test_another_event_has_nothing_selected(state):
    state.update(part=(3, 4), cluster=0)
    state.step(1)
    assert (state.selection.part, state.selection.cluster) == (None, -1)


def test_both_sets_have_a_colour_each(state):
    assert [name for name, _, _ in state.colours.shown_sets] == ["A"]
    state.compare_with({"kernel": "flat_top"})
    (a, result, first), (b, other, second) = state.colours.shown_sets
    assert (a, b) == ("A", "B")
    assert result is state.chain.result_a
    assert other is state.chain.result_b
    assert len(set(first) | set(second)) == 2


def test_shades_end_in_the_colour():
    made = shaded(CLUSTER_COLOURS, "#11161d")
    assert made[SHADES - 1 :: SHADES] == list(CLUSTER_COLOURS)
    assert len(set(made)) == len(made) == SHADES * len(CLUSTER_COLOURS)


def test_seeds_without_a_shown_cell_have_no_line(busy):
    busy.cuts.cylinder = 5.0
    shown = np.flatnonzero(busy.colours.seeds_in_3d(busy.chain.result))
    assert len(shown) < len(busy.chain.result.seeds)
    in_3d = np.isin(busy.chain.chain_rows, busy.cuts.in_3d)
    assert set(shown) == set(busy.chain.result.seed_of_cell[in_3d]) - {-1}


def test_another_chain_brings_its_configured_threshold_but_not_over_the_users(state, monkeypatch):
    config = state.navigation.catalogue.config
    own = replace(config, cs=replace(config.cs, seed_threshold=35.0))
    monkeypatch.setattr(state.navigation.catalogue, "config", own)
    state.change_chain(chain="coarse_seeding")
    assert state.chain.parameters.seed_threshold == 35.0
    assert "seeds" not in chain_link.write(state.chain, state.selection)
    state.change_chain(chain="default")
    assert state.chain.parameters.seed_threshold == config.seed.threshold
    state.change_chain(seed_threshold=12.0)
    state.change_chain(chain="coarse_seeding")
    assert state.chain.parameters.seed_threshold == 12.0


def test_the_other_endcap_has_nothing_selected(state):
    state.update(part=(3, 4), cluster=0)
    state.turn("-z")
    assert (state.shown.endcap, state.selection.part, state.selection.cluster, state.selection.selected) == (
        "-z",
        None,
        -1,
        -1,
    )


def test_seeds_without_a_direction_leave_the_colours_of_the_others(busy):
    before = busy.colours.seed_palette.copy()
    busy.change_chain(legacy=True, kernel="flat_top")
    assert busy.chain.result.seeds["x_over_z"].isna().any()
    assert len(busy.colours.seed_palette) == len(busy.chain.result.seeds)
    known = len(busy.colours._coloured[1])
    busy.change_chain(legacy=False, kernel="default")
    assert (busy.colours.seed_palette == before).mean() > 0.9
    assert len(busy.colours._coloured[1]) <= known + 0.1 * len(before)


def test_a_few_seeds_have_a_colour_each(state):
    for kernel in ("flat_top", "default"):
        for threshold in (2.0, 20.0, 1.0, 5.0, 0.5, 3.0):
            state.change_chain(seed_threshold=threshold, kernel=kernel)
            if len(state.colours.seed_palette) <= len(CLUSTER_COLOURS):
                assert len(set(state.colours.seed_palette)) == len(state.colours.seed_palette)


@pytest.mark.parametrize(("compare", "changed"), [("A", "set_a"), ("A | B", "set_a"), ("B", "set_b")])
def test_the_set_that_is_shown_is_changed_though_both_are_the_same(state, compare, changed):
    same = state.chain.set_a
    state.update(set_b=same, compare=compare)
    state.change_chain(seed_threshold=77.0)
    found = {name: getattr(state.chain, name).seed_threshold for name in ("set_a", "set_b")}
    assert found == {"set_a": same.seed_threshold, "set_b": same.seed_threshold} | {changed: 77.0}
