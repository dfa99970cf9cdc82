"""Chain parameters as YAML: what is written is read back, and what is wrong is said with its key."""

from dataclasses import replace

import numpy as np
import pytest
import yaml
from chain_events import quick
from hypothesis import given
from hypothesis import strategies as st

from bye_splits.chain import ChainParameters
from bye_splits.chain.chains import CHAINS
from bye_splits.config import load_config, shipped_path
from bye_splits.errors import ConfigError
from bye_splits.settings import (
    Clustering,
    CoarseSeeding,
    Config,
    Histogram,
    Seeding,
    Selection,
    Smoothing,
    Triangles,
)

numbers = st.floats(0, 1e6, allow_subnormal=False)


@quick(60)
@given(
    st.builds(
        ChainParameters,
        chain=st.sampled_from(list(CHAINS)),
        kernel=st.sampled_from(["default", "flat_top"]),
        seed_window=st.integers(1, 107),
        seed_threshold=numbers,
        tc_threshold=numbers,
        association=st.sampled_from(["min_distance", "max_energy"]),
        radius=st.none() | numbers,
        legacy=st.booleans(),
        norm_by_area=st.booleans(),
        base=st.builds(Histogram, rz_max=st.floats(0.08, 9), eta_max=st.floats(2, 3)),
        smooth=st.builds(Smoothing, norm_by_area=st.booleans(), area_per_trigger_cell=st.floats(1e-9, 1)),
        cluster=st.builds(
            Clustering, radii=st.lists(numbers, min_size=50, max_size=53).map(tuple), min_pt=numbers
        ),
        cs=st.builds(
            CoarseSeeding,
            first_layer=st.integers(1, 27),
            nearby=st.booleans(),
            cells=st.sampled_from(["all", "CE-E"]),
            seed_threshold=numbers,
            hexagonal=st.booleans(),
        ),
        coarse_layers=st.none() | st.lists(st.integers(1, 28), min_size=1, max_size=4).map(tuple),
    )
)
def test_what_is_written_is_read_back(parameters):
    assert ChainParameters.from_yaml(parameters.to_yaml()) == parameters


def test_all_keys_are_there():
    content = yaml.safe_load(ChainParameters().to_yaml())
    shipped = yaml.safe_load(shipped_path().read_text())
    assert content["coarse_layers"] == [7, 9, 11, 13]
    for name in ("base", "smooth", "xy", "triangular", "cluster", "cs", "seed_cs"):
        for key, value in content[name].items():
            close = value if isinstance(value, str) else pytest.approx(value, rel=1e-6)
            assert shipped[name][key] == close
    names = (
        "chain radius seeding neighbour_weights seed_position association kernel seed_threshold seed_window"
    )
    assert list(content)[:13] == [*names.split(), "tc_threshold", "legacy", "norm_by_area", "coarse_layers"]
    changed = ChainParameters(radius=0.02, cs=CoarseSeeding(n_layers=3, hexagonal=False))
    content = yaml.safe_load(changed.changed(cluster=Clustering(min_pt=1.0)).to_yaml())
    assert content["radius"] == 0.02
    assert content["cluster"]["PtC3dThreshold"] == 1.0
    assert (content["cs"]["nLayers"], content["coarse_layers"]) == (3, [7, 9, 11])
    assert content["seed_cs"] == {"histoThreshold": 20.0, "hexDist": False}


OTHER = Config(
    base=Histogram(rz_max=0.6, eta_max=2.9),
    smooth=Smoothing(bin_sums=(3,) * 42, norm_by_area=True),
    seed=Seeding(7.5),
    triangular=Triangles(0.02),
    cluster=Clustering(radii=(0.01,) * 52, min_pt=2.0, slope=0.1),
    cs=CoarseSeeding(
        first_layer=9,
        n_layers=2,
        eta_edges=(1.6, 2.0),
        mip_thresholds=(9.0,),
        nearby=True,
        cells="CE-E",
        seed_threshold=35.0,
        hexagonal=False,
    ),
    selection=Selection(disconnected_layers=(2, 4, 6, 8, 10, 11)),
)


@pytest.mark.parametrize(
    "parameters",
    [
        ChainParameters(),
        ChainParameters(chain="coarse_seeding", radius=0.02),
        ChainParameters.from_config(OTHER),
        ChainParameters.from_config(OTHER, chain="coarse_seeding"),
        ChainParameters.from_config(OTHER, chain="triangular"),
    ],
    ids=range(5),
)
@pytest.mark.parametrize("config", [None, Config(), OTHER], ids=["alone", "shipped", "other"])
def test_what_is_written_is_the_same_under_any_configuration(parameters, config, tmp_path):
    file = tmp_path / "p.yaml"
    file.write_text(parameters.to_yaml())
    assert ChainParameters.from_yaml(file, config) == parameters


def test_two_sets_in_one_file_are_one_too_many():
    text = f"{ChainParameters().to_yaml()}---\n{ChainParameters().to_yaml()}"
    with pytest.raises(ConfigError, match="a single document in the stream but found another document"):
        ChainParameters.from_yaml(text)


def test_the_shipped_configuration_gives_the_defaults():
    config = load_config(shipped_path())
    shipped = ChainParameters(tc_threshold=config.selection.mip_threshold)
    assert ChainParameters.from_config(config) == ChainParameters.from_yaml("", config) == shipped


def test_numpy_numbers_are_written_as_numbers():
    parameters = ChainParameters(seed_threshold=np.float64(12.5), radius=np.float64(0.01))
    assert ChainParameters.from_yaml(parameters.to_yaml()) == parameters


def test_what_is_left_out_is_the_configurations(tmp_path):
    config = Config(
        seed=Seeding(15.0),
        cluster=Clustering(min_pt=2.0, slope=0.1),
        cs=CoarseSeeding(seed_threshold=7.0),
        selection=Selection(disconnected_layers=(2, 4, 6, 8, 9, 10)),
    )
    file = tmp_path / "p.yaml"
    file.write_text("kernel: flat_top\ncluster: {CoeffB: 0}\n")
    read = ChainParameters.from_yaml(file, config)
    assert (read.kernel, read.seed_threshold) == ("flat_top", 15.0)
    assert read.cluster == Clustering(min_pt=2.0)
    assert read.summed_layers == (7, 11, 12, 13)
    # the other chain has a threshold of its own
    assert ChainParameters.from_yaml("chain: coarse_seeding", config).seed_threshold == 7.0
    other = ChainParameters.from_yaml("{chain: coarse_seeding, seed_cs: {histoThreshold: 9}}", config)
    assert other.seed_threshold == 9.0
    assert ChainParameters.from_yaml("{chain: coarse_seeding, seed_threshold: 1}", config).seed_threshold == 1
    with pytest.raises(ConfigError, match=r"chain parameters: coarse_layers: expected a list of layers"):
        ChainParameters.from_yaml("cs: {nLayers: 5}", config)
    layers = ChainParameters.from_yaml("{cs: {nLayers: 2}, coarse_layers: [7, 11]}", config).summed_layers
    assert layers == (7, 11)


def test_a_configuration_of_other_layers_is_no_obstacle():
    config = replace(Config(), cluster=Clustering(radii=(0.02,) * 47))
    text = ChainParameters.from_config(config).to_yaml()
    assert ChainParameters.from_yaml(text, config).cluster.radii == (0.02,) * 47


def test_the_smoothings_own_key_for_the_area_is_heard():
    assert ChainParameters.from_yaml("smooth: {SeedsNormByArea: true}").norm_by_area
    assert not ChainParameters.from_yaml(
        "{norm_by_area: false, smooth: {SeedsNormByArea: true}}"
    ).norm_by_area


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("kernel: round", "kernel: expected one of default, flat_top, found 'round'"),
        ("kernal: default", r"kernal: expected a key out of chain, .* Did you mean kernel"),
        ("seed_window: 0", "seed_window: expected a whole number from 1 to 107, found 0"),
        ("seed_window: 1.5", "seed_window: expected a whole number, found the number 1.5"),
        ("seed_threshold: -1", "seed_threshold: expected a number of mipT not below 0, found -1"),
        ("seed_threshold: .nan", "seed_threshold: expected a finite number"),
        ("radius: wide", "radius: expected a number in .* or the text 'by layer', found the text 'wide'"),
        ("radius: -0.1", "radius: expected a number not below 0"),
        ("legacy: 1", "legacy: expected true or false, found the number 1"),
        ("cluster: {CoefA: 1}", "cluster.CoefA: expected a key out of CoeffA, .* Did you mean CoeffA"),
        ("cluster: {CoeffA: [0.1]}", "cluster.CoeffA: expected at least 47 numbers, .* found 1"),
        ("cluster: {PtC3dThreshold: high}", "cluster.PtC3dThreshold: expected a finite number"),
        ("base: {NbinsRz: 10}", "smooth.BinSums: expected 10 numbers"),
        ("cs: {mipThresholds: [1]}", "cs.mipThresholds: expected 3 numbers"),
        ("seed_cs: {hexDist: 3}", "seed_cs.hexDist: expected true or false"),
        ("cluster: 3", "cluster: expected a mapping of keys to values, found the number 3"),
        ("[1, 2]", "expected a mapping"),
        ("radius: 1\nradius: 2", r"expected each key once, found twice: radius \(line 2\)"),
        ("kernel: {", "expected a YAML file, found what is not"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_key(text, complaint, tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=complaint) as caught:
        ChainParameters.from_yaml(file)
    assert str(caught.value).startswith(str(file))
    with pytest.raises(ConfigError, match=f"chain parameters.*{complaint}"):
        ChainParameters.from_yaml(text)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ConfigError, match="expected a YAML file, found no such file"):
        ChainParameters.from_yaml(tmp_path / "absent.yaml")
