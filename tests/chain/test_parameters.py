"""What the chain can be told, and what it cannot."""

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from bye_splits.chain import ChainParameters
from bye_splits.config import load_config
from bye_splits.errors import ChainError, ConfigError
from bye_splits.settings import (
    Clustering,
    CoarseSeeding,
    Config,
    GeometrySettings,
    Seeding,
    Selection,
    Smoothing,
)

WRONG = {
    "chain": ["", "cs", None, 1],
    "kernel": ["flat", None],
    "association": ["nearest", 0],
    "seed_window": [0, -1, 108, 1.0, "1", None, True],
    "tc_threshold": [-0.5, np.nan, np.inf, "0.5", None, True],
    "seed_threshold": [-0.1, np.nan, np.inf, "20", None, True],
    "radius": [-0.001, np.nan, np.inf, "0.02", False],
    "legacy": ["no", None, 1],
    "norm_by_area": ["yes", 0],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in WRONG.items() for value in values]
)
def test_a_wrong_value_is_named(name, value):
    with pytest.raises(ChainError, match=f"^ChainParameters: {name}: expected .*, found {value!r}\\."):
        ChainParameters(**{name: value})
    with pytest.raises(ChainError, match=name):
        ChainParameters().changed(**{name: value})


@pytest.mark.parametrize(
    "right",
    [
        {"chain": "coarse_seeding"},
        {"kernel": "flat_top"},
        {"association": "max_energy"},
        {"seed_window": 107},
        {"seed_threshold": 0},
        {"tc_threshold": 0.5},
        {"radius": 0},
        {"radius": 0.02, "legacy": True, "norm_by_area": True},
    ],
)
def test_describe_has_what_is_not_the_default(right):
    assert ChainParameters(**right).describe() == right


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"cs": CoarseSeeding(first_layer=28)}, "28"),
        ({"cs": CoarseSeeding(first_layer=28), "chain": "coarse_seeding"}, "28"),
        ({"cs": CoarseSeeding(first_layer=60)}, "60"),
    ],
)
def test_a_first_layer_behind_which_there_is_none_to_sum_is_said(changes, found):
    message = f"^ChainParameters: cs.firstLayer: expected a layer from 1 to 27, .* found {found}\\."
    with pytest.raises(ChainError, match=message):
        ChainParameters(**changes)
    config = Config(
        cs=CoarseSeeding(first_layer=28), geometry=GeometrySettings(n_layers_cee=28), selection=Selection()
    )
    with pytest.raises(ChainError, match=r"cs\.firstLayer"):
        ChainParameters.from_config(config)
    for text in ("cs: {firstLayer: 28}", "{chain: coarse_seeding, cs: {firstLayer: 28}}"):
        with pytest.raises(
            ConfigError, match=r"^chain parameters: cs\.firstLayer: expected a layer .* found 28"
        ):
            ChainParameters.from_yaml(text)


@pytest.mark.parametrize("layers", [(), (0,), (-3, 7), (7.0,), 7, "7"])
def test_layers_that_are_none_are_said(layers):
    with pytest.raises(
        ChainError, match=r"^ChainParameters: coarse_layers: expected a tuple of one or more layers"
    ):
        ChainParameters(coarse_layers=layers)


def test_layers_that_are_those_of_v11_are_not_layers_of_ones_own():
    assert ChainParameters(coarse_layers=(7, 9, 11, 13)) == ChainParameters()
    assert ChainParameters(cs=CoarseSeeding(n_layers=2), coarse_layers=(7, 9)).coarse_layers is None


def test_the_defaults():
    assert ChainParameters().describe() == {}
    assert ChainParameters(cluster=Clustering(min_pt=3.0)).describe() == {}
    assert ChainParameters().summed_layers == (7, 9, 11, 13)


def test_numbers_of_numpy_become_those_of_python():
    given = ChainParameters(seed_window=np.int32(2), seed_threshold=np.float32(12.5), radius=np.float64(0.02))
    assert given == ChainParameters(seed_window=2, seed_threshold=12.5, radius=0.02)
    assert [type(v) for v in given.describe().values()] == [float, float, int]


def test_they_do_not_change_and_can_be_keys():
    parameters = ChainParameters()
    with pytest.raises(FrozenInstanceError):
        parameters.radius = 0.1
    assert len({parameters, parameters.changed(radius=0.1), ChainParameters(radius=0.1)}) == 2


def test_from_the_shipped_configuration():
    assert (
        ChainParameters.from_config(load_config())
        == ChainParameters.from_config(Config())
        == ChainParameters(tc_threshold=0.5)
    )


def test_from_a_configuration():
    plain = Config()
    config = replace(
        plain,
        seed=Seeding(7.5),
        cs=replace(plain.cs, seed_threshold=33.0, first_layer=9, n_layers=2),
        cluster=Clustering(min_pt=1.0),
        smooth=Smoothing(norm_by_area=True),
        selection=Selection(disconnected_layers=(10, 11), mip_threshold=1.5),
    )
    default = ChainParameters.from_config(config, radius=0.03)
    assert default.describe() == {
        **{"seed_threshold": 7.5, "radius": 0.03, "norm_by_area": True},
        "tc_threshold": 1.5,
    }
    assert default.cluster.min_pt == 1.0
    assert default.summed_layers == (9, 12)
    coarse = ChainParameters.from_config(config, chain="coarse_seeding")
    assert coarse.seed_threshold == 33.0
    assert (
        ChainParameters.from_config(config, chain="coarse_seeding", seed_threshold=1.0).seed_threshold == 1.0
    )


def test_changed_coarse_seeding_brings_its_layers_and_threshold():
    own = CoarseSeeding(first_layer=1, n_layers=2, seed_threshold=44.0)
    made = ChainParameters.from_config(Config(), chain="coarse_seeding", cs=own)
    assert made.summed_layers == (1, 3)
    assert made.seed_threshold == 44.0
