"""Parameters that go to CMSSW's configuration and come back, and what is not one."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bye_splits.chain import ChainParameters
from bye_splits.chain.cmssw import CHOICES, PRODUCER, TYPES, settings_of, to_cmssw
from bye_splits.chain.interpolated_maxima import NEIGHBOUR_WEIGHTS
from bye_splits.chain.parameters import DECLARED
from bye_splits.settings import Clustering, Histogram, Smoothing, XyHistogram

from_cmssw = ChainParameters.from_cmssw
DEFAULT = ChainParameters()
C3D = f"process.{PRODUCER}.ProcessorParameters.C3d_parameters"

positive = st.floats(0, 1e4, allow_subnormal=False)
radii = st.lists(st.floats(0, 0.2), min_size=50, max_size=60).map(tuple)
slopes = st.floats(-0.1, 0.1)


@st.composite
def known_to_cmssw(draw):
    """Any parameters that CMSSW can have."""
    choices = {field: draw(st.sampled_from(list(names))) for field, names in CHOICES.values()}
    n_rz = draw(st.integers(1, 60))
    sums = draw(st.lists(st.integers(0, 9).map(lambda n: 2 * n + 1), min_size=n_rz, max_size=n_rz))
    base = Histogram(n_rz=n_rz, rz_min=draw(st.floats(0, 0.1)), rz_max=draw(st.floats(0.2, 1)))
    xy = XyHistogram(ecal=tuple(draw(st.lists(st.floats(0.1, 9), min_size=9, max_size=9))))
    if choices["chain"] == "xy":
        xy = replace(xy, n_x=draw(st.integers(3, 300)), n_y=draw(st.integers(3, 300)))
    else:
        base = replace(base, n_phi=draw(st.integers(4, 300)))
    radius = draw(st.none() | st.floats(0, 0.2))
    cluster = Clustering(min_pt=draw(positive))
    if radius is None:
        cluster = replace(cluster, radii=draw(radii), slope=draw(slopes))
    return ChainParameters(
        **choices,
        radius=radius,
        neighbour_weights=draw(st.sampled_from(list(NEIGHBOUR_WEIGHTS))),
        seed_threshold=draw(positive),
        norm_by_area=draw(st.booleans()),
        base=base,
        smooth=Smoothing(bin_sums=tuple(sums)),
        xy=xy,
        cluster=cluster,
    )


@settings(deadline=None)
@given(known_to_cmssw())
def test_what_cmssw_knows_comes_back_as_it_was(parameters):
    text = to_cmssw(parameters)
    assert "differs" not in text
    assert from_cmssw(text) == parameters
    assert from_cmssw(text, parameters.changed(kernel="flat_top", seed_window=1)) == parameters


@pytest.mark.parametrize("chain", CHOICES["seeding_space"][1])
@pytest.mark.parametrize("seeding", CHOICES["type_histoalgo"][1])
@pytest.mark.parametrize("weights", NEIGHBOUR_WEIGHTS)
def test_every_combination_of_names_comes_back(chain, seeding, weights):
    for position in CHOICES["seed_position"][1]:
        for association in CHOICES["cluster_association"][1]:
            for radius in (None, 0.015):
                parameters = ChainParameters(
                    chain=chain,
                    seeding=seeding,
                    neighbour_weights=weights,
                    seed_position=position,
                    association=association,
                    radius=radius,
                )
                assert from_cmssw(to_cmssw(parameters)) == parameters


def test_every_declared_name_of_cmssw_is_written():
    written = {name for types in TYPES.values() for name in types}
    assert {one.cmssw for one in DECLARED.values() if one.cmssw} <= written
    assert {name for group in settings_of(DEFAULT).values() for name in group} == written


def test_the_defaults_are_those_of_cmssws_file():
    seeding, clustering = settings_of(DEFAULT).values()
    assert seeding["threshold_histo_multicluster"] == 20.0
    assert seeding["seeds_norm_by_area"] is False
    assert (seeding["kROverZMin"], seeding["kROverZMax"]) == (0.076, 0.58)
    assert (seeding["nBins_X1_histo_multicluster"], seeding["nBins_X2_histo_multicluster"]) == (42, 216)
    assert (seeding["type_histoalgo"], seeding["seed_position"]) == ("HistoMaxC3d", "TCWeighted")
    assert (seeding["seeding_space"], clustering["cluster_association"]) == ("RPhi", "NearestNeighbour")
    by_layer = clustering["dR_multicluster_byLayer_coefficientA"]
    assert (len(by_layer), by_layer[:2], by_layer[-1]) == (53, [0.0, 0.015], 0.05)
    assert clustering["dR_multicluster_byLayer_coefficientB"] == [0.0] * 53
    assert (clustering["dR_multicluster"], clustering["minPt_multicluster"]) == (0.0, 0.5)


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"chain": "coarse_seeding"}, ["chain = coarse_seeding"]),
        ({"chain": "triangular"}, ["chain = triangular"]),
        ({"association": "max_energy"}, ["association = max_energy"]),
        ({"kernel": "flat_top"}, ["kernel = flat_top"]),
        ({"kernel": "flat_top", "chain": "xy"}, []),
        ({"seed_window": 3}, ["seed_window = 3"]),
        ({"tc_threshold": 0.5}, ["tc_threshold = 0.5"]),
        ({"legacy": True}, ["legacy = True"]),
        ({"smooth": Smoothing(area_per_trigger_cell=5e-5)}, ["smooth.AreaPerTriggerCell = 5e-05"]),
        ({"cluster": Clustering(mid_radius=2.0)}, []),
        ({"cluster": Clustering(mid_radius=2.0, slope=0.02)}, ["cluster.MidRadius = 2.0"]),
        ({"cluster": Clustering(mid_radius=2.0, slope=0.02), "radius": 0.02}, []),
        ({"cluster": Clustering(radii=(0.02,) * 47)}, ["cluster.CoeffA = 47 numbers"]),
        ({"xy": XyHistogram(limit=0.7)}, []),
        ({"xy": XyHistogram(limit=0.7), "chain": "xy"}, ["xy.MaxXYOverZ = 0.7"]),
        (
            {"kernel": "flat_top", "seed_window": 2, "legacy": True},
            ["kernel = flat_top", "seed_window = 2", "legacy = True"],
        ),
    ],
)
def test_what_cmssw_cannot_is_said_in_a_line_each(changes, names):
    text = to_cmssw(ChainParameters(**changes))
    said = re.findall(r"^# - (.*?): .+$", text, re.MULTILINE)
    assert said == names
    assert ("CMSSW differs in:" in text) == bool(names)
    read = from_cmssw(text)
    assert (read.seed_window, read.kernel, read.legacy) == (1, "default", False)
    if "cluster" not in changes and "xy" not in changes:
        assert read == DEFAULT.changed(chain="xy" if changes.get("chain") == "xy" else "default")
