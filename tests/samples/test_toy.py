"""The toy simulation: reproducible, in the skim's schema, readable by the data and geometry floors."""

import numpy as np
import pytest
import uproot

from bye_splits.chain import run
from bye_splits.data import open_source
from bye_splits.errors import ByeSplitsError
from bye_splits.geometry import Geometry
from bye_splits.samples import events, toy, write_toy, writing

TREE = f"{writing.DIRECTORY}/{writing.TREE}"


def arrays(path):
    with uproot.open(path) as file:
        return {name: branch.array() for name, branch in file[TREE].items()}


def same(first, second, events=slice(None)):
    return first.keys() == second.keys() and all(
        first[name][events].tolist() == second[name].tolist() for name in first
    )


@pytest.fixture(scope="module", params=list(toy.PARTICLES))
def sample(request, tmp_path_factory, geometry):
    """Particle, and the paths of 60 events of it."""
    folder = tmp_path_factory.mktemp(request.param)
    return request.param, write_toy(folder, request.param, 0, 60, 7, geometry=geometry)


def test_the_same_seed_gives_the_same_events_and_a_short_sample_starts_a_long_one(sample, tmp_path, geometry):
    particle, (path, _) = sample
    long = arrays(path)
    made = {}
    for name, n, seed in (("again", 60, 7), ("short", 13, 7), ("other", 13, 8)):
        toy.write_sample(tmp_path / name, particle, 0, n, seed, None, geometry)
        made[name] = arrays(tmp_path / name)
    assert same(long, made["again"])
    assert same(long, made["short"], slice(13))
    for name in ("good_genpart_pt", "good_genpart_exphi"):
        assert not np.any(np.isclose(made["short"][name][:, 0], made["other"][name][:, 0]))


def test_baskets_do_not_change_the_events(tmp_path, geometry):
    blocks = list(toy.blocks("photons", 0, 70, 3, geometry))
    paths = [tmp_path / f"{n}.root" for n in (1, 32, 500)]
    for path, n in zip(paths, (1, 32, 500), strict=True):
        assert writing.write(path, iter(blocks), title="t", events_per_basket=n) == 70
        with uproot.open(path) as file:
            assert file[TREE]["good_tc_layer"].num_baskets == -(-70 // n)
    assert same(arrays(paths[0]), arrays(paths[1]))
    assert same(arrays(paths[0]), arrays(paths[2]))


def test_the_file_has_the_skims_branches(sample):
    _, (path, _) = sample
    with uproot.open(path) as file:
        tree = file[TREE]
        assert "toy simulation, not CMS data" in tree.title
        types = {name: str(branch.interpretation.numpy_dtype) for name, branch in tree.items()}
        jagged = {name: str(branch.array(entry_stop=1).type.content) for name, branch in tree.items()}
    assert types["event"] == "int32"
    for prefix, names in {
        "good_genpart_": {"pid": "int32", "exeta": 0, "exphi": 0, "pt": 0, "energy": 0},
        "good_tc_": {
            **dict.fromkeys(("layer", "waferu", "waferv", "cellu", "cellv"), "int32"),
            **dict.fromkeys(("mipPt", "pt", "energy", "x", "y", "z", "eta", "phi")),
            "multicluster_id": "uint32",
        },
        "good_cl3d_": {"id": "uint32", "pt": 0, "energy": 0, "eta": 0, "phi": 0, "clusters_n": "int32"},
        "": {"deltaR": 0, "matches": "int32"},
    }.items():
        for name, kind in names.items():
            assert jagged[prefix + name] == f"var * {kind or 'float32'}"


def test_the_data_floor_reads_what_was_simulated(sample, geometry):
    particle, (path, _) = sample
    source = open_source(path)
    assert "toy simulation" in source.description
    np.testing.assert_array_equal(source.event_numbers, toy.FIRST_EVENT + np.arange(60))
    pid, low, high = toy.PARTICLES[particle]
    with_cluster = 0
    for number in source.event_numbers[::6]:
        event = source.event(number)
        assert event.notices == ()
        cells, generated = event.trigger_cells, event.generated
        assert len(generated) == 1
        assert abs(generated.pid[0]) == pid
        assert low <= generated.pt[0] <= high
        assert (cells.mipPt > 0.5).all()
        tc = geometry.find(cells.layer, cells.waferu, cells.waferv, cells.cellu, cells.cellv)
        assert (tc >= 0).all()
        assert len(np.unique(tc)) == len(tc)
        np.testing.assert_allclose(cells.x, geometry.trigger_cells.x.to_numpy()[tc])
        np.testing.assert_allclose(cells.energy, cells.pt * np.cosh(cells.eta), rtol=1e-4)
        np.testing.assert_allclose(np.sinh(cells.eta), cells.z / np.hypot(cells.x, cells.y), rtol=1e-5)
        if len(event.clusters):
            with_cluster += 1
            cluster = event.clusters.iloc[0]
            assert cluster.pt <= cells.pt.sum() * 1.0001
            assert np.hypot(cluster.eta - generated.exeta[0], 0) < 0.2
    assert with_cluster >= 9


def test_the_clusters_are_those_that_the_chain_finds_in_the_file(sample):
    _, (path, _) = sample
    source, branches = open_source(path), arrays(path)
    for entry in range(len(source)):
        event = source.event_at(entry)
        made = run(event.trigger_cells)
        for name in ("pt", "energy", "eta", "phi"):
            np.testing.assert_allclose(event.clusters[name], made.clusters[name], rtol=1e-6)
        assert branches["good_cl3d_id"][entry].tolist() == list(range(1, len(made.clusters) + 1))
        assert branches["good_tc_multicluster_id"][entry].tolist() == (made.cluster_of_cell + 1).tolist()
        particle = event.generated.iloc[0]
        turn = (event.clusters.phi - particle.exphi + np.pi) % (2 * np.pi) - np.pi
        distance = np.hypot(event.clusters.eta - particle.exeta, turn)
        np.testing.assert_allclose(branches["deltaR"][entry], distance, atol=1e-5)
        assert branches["matches"][entry].tolist() == (branches["deltaR"][entry] <= 0.05).tolist()
    assert "cl3d: default stage-2 chain" in source.description


def test_pileup_is_added_to_the_particle(tmp_path, geometry):
    path = tmp_path / "three"
    toy.write_sample(path, "electrons", 200, 3, 7, None, geometry)
    source = open_source(path)
    assert len(source.event_numbers) == 3
    for number in source.event_numbers:
        cells = source.event(number).trigger_cells
        assert 15_000 < (cells.layer <= 28).sum() < 35_000
        assert len(source.event(number).clusters) > 20
        assert len(np.unique(cells.layer)) > 30
    again = tmp_path / "again"
    toy.write_sample(again, "electrons", 200, 2, 7, None, geometry)
    assert same(arrays(path), arrays(again), slice(2))


def test_a_lower_threshold_adds_trigger_cells_to_the_same_events(tmp_path, geometry):
    for name, options in (("usual", {}), ("all", {"mip_threshold": 0.0})):
        toy.write_sample(tmp_path / name, "photons", 0, 5, 7, None, geometry, **options)
    usual, everything = arrays(tmp_path / "usual"), arrays(tmp_path / "all")
    assert usual["good_genpart_pt"].tolist() == everything["good_genpart_pt"].tolist()
    for few, many in zip(usual["good_tc_mipPt"], everything["good_tc_mipPt"], strict=True):
        assert (np.asarray(many) <= 0.5).any()
        assert few.tolist() == many[many > 0.5].tolist()
    energy = np.array([np.sum(event) for event in everything["good_tc_energy"]])
    assert energy == pytest.approx(np.concatenate(everything["good_genpart_energy"]), rel=0.1)


def test_progress_counts_every_event(tmp_path, geometry):
    done = []
    toy.write_sample(tmp_path / "events", "photons", 0, 120, 1, done.append, geometry)
    assert sum(done) == 120
    assert len(done) > 1


def test_events_whose_track_leaves_nothing_are_kept(columns):
    numbers = np.array([5, 6])
    nothing = events.measured(2, np.zeros(0, int), np.zeros(0, int), np.zeros(0), columns)
    one = np.ones(2)
    made = events.with_clusters(numbers, nothing, one.astype(int) * 211, 2 * one, 0 * one, one, one)
    assert made.trigger_cells.counts.tolist() == [0, 0]
    assert made.clusters.counts.tolist() == [0, 0]


def test_the_geometry_file_is_read_back_as_it_was(tmp_path, geometry):
    _, path = write_toy(tmp_path, "photons", 0, 1, 7, geometry=geometry)
    back = Geometry.from_root(path)
    assert back.notices == ()
    keys = ["layer", "waferu", "waferv", "cellu", "cellv"]
    ours = geometry.trigger_cells.sort_values(keys, ignore_index=True)
    theirs = back.trigger_cells.sort_values(keys, ignore_index=True)
    for name in (*keys, "subdet", "x", "y", "z"):
        np.testing.assert_array_equal(ours[name], theirs[name])
    assert (ours.part.astype(str) == theirs.part.astype(str)).all()
    with uproot.open(path) as file:
        rows = file[f"{writing.GEOMETRY_DIRECTORY}/{writing.GEOMETRY_TREE}"].arrays(library="np")
    assert len(rows["x"]) == 2 * len(geometry.trigger_cells)
    tile = rows["subdet"] == 10
    for name in ("waferu", "waferv", "triggercellu", "triggercellv"):
        assert (rows[name][tile] == 0).all()
    assert (rows["waferpart"][tile] == -1).all()
    assert rows["layer"][rows["subdet"] == 2].max() == 22
    assert rows["layer"][tile].min() == 9
    assert (rows["triggercellieta"][~tile] == 0).all()
    np.testing.assert_array_equal(np.sign(rows["z"]), rows["zside"])


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"particle": "muons"}, "one of photons, electrons, pions"),
        ({"pileup": 140}, "0 or 200"),
        ({"pileup": "200"}, "'200'"),
        ({"events": 0}, "at least 1"),
        ({"events": 2.5}, "an integer"),
        ({"seed": -1}, "at least 0"),
        ({"mip_threshold": -0.5}, "at least 0 mipT"),
    ],
)
def test_wrong_arguments_are_said(tmp_path, geometry, change, text):
    arguments = {"particle": "photons", "pileup": 0, "events": 1, "seed": 1} | change
    with pytest.raises(ByeSplitsError, match=text):
        write_toy(tmp_path, **arguments, geometry=geometry)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_said(tmp_path, geometry):
    (tmp_path / "file").write_text("")
    with pytest.raises(ByeSplitsError, match="a folder to write the sample into"):
        write_toy(tmp_path / "file", "photons", 0, 1, 1, geometry=geometry)


def test_nothing_half_written_stays_after_an_interruption(tmp_path, geometry):
    def interrupt(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_toy(tmp_path, "photons", 0, 60, 1, progress=interrupt, geometry=geometry)
    assert list(tmp_path.iterdir()) == []
