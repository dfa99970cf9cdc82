"""CMSSW configurations of any form that are read as parameters, and those that are errors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bye_splits.chain import ChainParameters
from bye_splits.chain.cmssw import PRODUCER, to_cmssw
from bye_splits.chain.cmssw_source import LONGEST, MOST_VALUES
from bye_splits.errors import ConfigError
from bye_splits.settings import Clustering, Config, Histogram, Selection, XyHistogram

from_cmssw = ChainParameters.from_cmssw
DEFAULT = ChainParameters()
C3D = f"process.{PRODUCER}.ProcessorParameters.C3d_parameters"
SEEDING = f"{C3D}.histoMax_C3d_seeding_parameters"
CLUSTERING = f"{C3D}.histoMax_C3d_clustering_parameters"


CFI = """
import FWCore.ParameterSet.Config as cms
from L1Trigger.L1THGCal.egammaIdentification import egamma_identification_histomax, \\
    egamma_identification_drnn_cone
from Configuration.Eras.Modifier_phase2_hgcalV10_cff import phase2_hgcalV10
from Configuration.Eras.Modifier_phase2_hfnose_cff import phase2_hfnose

sums = cms.vuint32(13, 11, 11, 11, 9, 9, 9, 7, 7, 7, 7, 7, 7,
                   5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5,  # many
                   3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3)
GROUP = 7
LAST = 52
by_layer = ([0] + # no layer 0
    [0.01]*GROUP + [0.02]*GROUP +
    2*[0.03]*GROUP + [0.05]*(4*6))
first_params = cms.PSet(
    type_histoalgo=cms.string('HistoMaxC3d'),
    nBins_X1_histo_multicluster=cms.uint32(42), binSumsHisto=sums,
    threshold_histo_multicluster=cms.double(10.),
    seeds_norm_by_area=cms.bool(True),
)
around_params = cms.PSet(dR_multicluster=cms.double(0.03),
    dR_multicluster_byLayer_coefficientA=cms.vdouble(),
    dR_multicluster_byLayer_coefficientB=cms.vdouble(),
    shape_threshold=cms.double(1.),
    minPt_multicluster=cms.double(0.5),
    EGIdentification=egamma_identification_histomax.clone(),
)
cone_params = cms.PSet(type_multicluster=cms.string('dRC3d'), dR_multicluster=cms.double(0.01))
phase2_hgcalV10.toModify(first_params,
    threshold_histo_multicluster=8.5,
)
phase2_hfnose.toModify(first_params, threshold_histo_multicluster=99)
variable_params = around_params.clone(
    AlgoName = cms.string('HGCalHistoClusteringWrapper'),
    dR_multicluster = cms.double(0.),
    dR_multicluster_byLayer_coefficientA = cms.vdouble(by_layer),
    dR_multicluster_byLayer_coefficientB = cms.vdouble([0]*(LAST+1))
)
second_params = first_params.clone(type_histoalgo = cms.string('HistoSecondaryMaxC3d'))
c3d_params = cms.PSet(
    type_multicluster=cms.string('Histo'),
    histoMax_C3d_clustering_parameters = variable_params.clone(),
    histoMax_C3d_seeding_parameters = first_params.clone(),
    histoMax_C3d_sorting_truncation_parameters = cms.PSet(maxTCs=cms.uint32(80)),
)
em = cms.PSet(type = cms.string('EM'), dr_bylayer = cms.vdouble([0.015]*15))
be_proc = cms.PSet(ProcessorName = cms.string('HGCalBackendLayer2Processor3DClustering'),
                   C3d_parameters = c3d_params.clone(),
                   energy_interpretations = cms.VPSet(em))
l1tHGCalBackEndLayer2Producer = cms.EDProducer(
    "HGCalBackendLayer2Producer",
    InputCluster = cms.InputTag('l1tHGCalBackEndLayer1Producer:Processor'),
    ProcessorParameters = be_proc.clone()
)
l1tHGCalBackEndLayer2ProducerHFNose = l1tHGCalBackEndLayer2Producer.clone(
    ProcessorParameters = dict(C3d_parameters = dict(histoMax_C3d_seeding_parameters = dict(
        nBins_X1_histo_multicluster = 4, binSumsHisto = cms.vuint32(13,11,9,9))))
)
"""
OF_CFI = DEFAULT.changed(
    seed_threshold=8.5,
    norm_by_area=True,
    cluster=Clustering(radii=(0.01,) * 7 + (0.02,) * 7 + (0.03,) * 14 + (0.05,) * 24),
)

DUMP = f"""import FWCore.ParameterSet.Config as cms

process = cms.Process("DIGI")

process.source = cms.Source("PoolSource",
    fileNames = cms.untracked.vstring('file:a.root'),
    skipEvents = cms.untracked.uint32(0)
)
process.options.numberOfThreads = 4
process.maxEvents = cms.untracked.PSet(
    input = cms.untracked.int32(-1)
)
process.other = cms.EDProducer("Other", limit = cms.double(float('inf')), big = cms.uint64(18))

process.{PRODUCER} = cms.EDProducer("HGCalBackendLayer2Producer",
    InputCluster = cms.InputTag("l1tHGCalBackEndLayer1Producer","Processor"),
    ProcessorParameters = cms.PSet(
        C3d_parameters = cms.PSet(
            histoMax_C3d_clustering_parameters = cms.PSet(
                AlgoName = cms.string('HGCalHistoClusteringWrapper'),
                EGIdentification = cms.PSet(Inputs = cms.vstring('cl3d_hoe'), n = cms.vint32(0)),
                cluster_association = cms.string('EnergySplit'),
                dR_multicluster = cms.double(0.015),
                dR_multicluster_byLayer_coefficientA = cms.vdouble(),
                dR_multicluster_byLayer_coefficientB = cms.vdouble( ({"0.0, " * 53}) ),
                minPt_multicluster = cms.double(1.5)
            ),
            histoMax_C3d_seeding_parameters = cms.PSet(
                nBins_X1_histo_multicluster = cms.uint32(192),
                nBins_X2_histo_multicluster = cms.uint32(180),
                neighbour_weights = cms.vdouble(
                    -0.25, 0.5, -0.25, 0.5, 0,
                    0.5, -0.25, 0.5, -0.25
                ),
                seed_position = cms.string('BinCentre'),
                seeding_space = cms.string('XY'),
                threshold_histo_multicluster = cms.double(30),
                type_histoalgo = cms.string('HistoInterpolatedMaxC3d')
            ),
            type_multicluster = cms.string('Histo')
        ),
        ProcessorName = cms.string('HGCalBackendLayer2Processor3DClustering')
    )
)

process.task = cms.Task(process.{PRODUCER}, process.other)
process.path = cms.Path({"+".join(["process.other"] * 300)}+~process.veto, process.task)
process.schedule = cms.Schedule(*[ process.path, process.end ], tasks=[process.task])
"""
OF_DUMP = ChainParameters(
    chain="xy",
    radius=0.015,
    seeding="interpolated_max",
    neighbour_weights="second_order",
    seed_position="bin_centre",
    association="energy_split",
    seed_threshold=30.0,
    xy=XyHistogram(n_y=180),
    cluster=Clustering(min_pt=1.5),
)
CFI_IMPORT = f"from L1Trigger.L1THGCal.{PRODUCER}_cfi import"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CFI, OF_CFI),
        (DUMP, OF_DUMP),
        (f"{SEEDING}.threshold_histo_multicluster = 12", DEFAULT.changed(seed_threshold=12.0)),
        (f"{SEEDING}.threshold_histo_multicluster = cms.double(1e1)", DEFAULT.changed(seed_threshold=10.0)),
        ("cms.PSet(threshold_histo_multicluster = cms.double(5))", DEFAULT.changed(seed_threshold=5.0)),
        ("seeds = cms.PSet(seeds_norm_by_area = cms.bool(True))", DEFAULT.changed(norm_by_area=True)),
        (
            "a = cms.PSet(seed_position = cms.string('BinCentre'))\n"
            "b = cms.PSet(cluster_association = cms.string('EnergySplit'))\n",
            DEFAULT.changed(seed_position="bin_centre", association="energy_split"),
        ),
        ("histoSecondaryMax_C3d_params.clone()", DEFAULT.changed(seeding="secondary_max")),
        ("histoMaxXYVariableDR_C3d_params.clone()", DEFAULT.changed(chain="xy")),
        ("histoMax_C3d_clustering_params.clone()", DEFAULT.changed(radius=0.03)),
        (f"{CLUSTERING} = histoMax_C3d_clustering_params", DEFAULT.changed(radius=0.03)),
        (
            f"{CFI_IMPORT} histoThreshold_C3d_params as mine\n{SEEDING} = mine.clone()",
            DEFAULT.changed(seeding="threshold"),
        ),
        (
            f"{CFI_IMPORT} {PRODUCER}\n{PRODUCER}.ProcessorParameters = dict_ = be_proc.clone("
            "C3d_parameters = dict(histoMax_C3d_seeding_parameters = {'seed_position': 'BinCentre'}))",
            DEFAULT.changed(seed_position="bin_centre"),
        ),
        (
            f"process.{PRODUCER} = {PRODUCER}.clone(ProcessorParameters = dict(C3d_parameters = dict("
            "histoMax_C3d_clustering_parameters = dict(minPt_multicluster = 2))))",
            DEFAULT.changed(cluster=Clustering(min_pt=2.0)),
        ),
        (
            f"from FWCore.ParameterSet import Config as cms\nprocess.load('a.b')\np = {C3D}\n"
            "p.histoMax_C3d_seeding_parameters.neighbour_weights = neighbour_weights_2ndOrder\n",
            DEFAULT.changed(neighbour_weights="second_order"),
        ),
        (  # CMSSW does not use dR where radii by layer are given
            f"{CLUSTERING}.dR_multicluster = 0.02",
            DEFAULT,
        ),
        (
            f"{CLUSTERING}.dR_multicluster_byLayer_coefficientA = []\n"
            f"{CLUSTERING}.dR_multicluster = 0.03\n"
            f"{CLUSTERING}.dR_multicluster_byLayer_coefficientB = cms.vdouble([0.02] * 53)",
            DEFAULT.changed(cluster=Clustering(radii=(0.03,) * 52, slope=0.02)),
        ),
    ],
)
def test_the_forms_of_a_configuration(text, expected):
    assert from_cmssw(text) == expected


def test_what_cmssw_does_not_have_is_that_of_the_base():
    config = Config(selection=Selection(mip_threshold=0.8), base=Histogram(eta_min=1.8))
    read = from_cmssw(to_cmssw(DEFAULT.changed(seed_threshold=7.0)), config)
    assert read == ChainParameters.from_config(config, seed_threshold=7.0)
    assert (read.tc_threshold, read.base.eta_min) == (0.8, 1.8)
    strange = ChainParameters(kernel="flat_top", seed_window=3, legacy=True, tc_threshold=2.0)
    assert from_cmssw(to_cmssw(DEFAULT), strange) == ChainParameters(tc_threshold=2.0)


S, C = SEEDING, CLUSTERING
SEEDS = "cms.PSet(threshold_histo_multicluster = cms.double(5))"
LOOP = "a = cms.PSet(seed_position = 'BinCentre')\na.a = a\n"


@pytest.mark.parametrize(
    ("text", "line", "complaint"),
    [
        ("a = 1\nb = (", 2, "expected a Python configuration, found what is not ('(' was never closed)"),
        ("a = 1\0", 1, "expected a Python configuration"),
        ("x = " + "9" * 5000, 1, "expected a Python configuration"),
        ("a = 1\n__import__('os').system('touch x')", 2, "expected cms.TYPE(...)"),
        ("import os\nos.system('touch x')", 2, "found os.system('touch x')"),
        ("eval('1')", 1, "expected cms.TYPE(...)"),
        ("cms.double.__class__", 1, "expected a parameter of a parameter set"),
        (f"{SEEDS}.__class__", 1, "expected one of threshold_histo_multicluster, found __class__"),
        ("a = [0] * 10**9", 1, "expected sums and products"),
        ("\na = [0] * 1000000000", 2, f"not more than {MOST_VALUES} values"),
        ("a = [0] * 100000\nb = a + a", 2, f"not more than {MOST_VALUES} values"),
        ("a = [[0] * 100] * 100\nb = [a] * 100000\nc = [b] * 100000", 3, "not more than"),
        ("a = 'x' * 1000000000", 1, "expected sums and products"),
        ("a = 999999999999\nb = a * a * a", 2, "whole ones of at most 64 bits"),
        ("a = 1e999", 1, "expected finite numbers"),
        ("a = 1\nb = " + "[" * 70 + "]" * 70, 2, "not nested deeper than 60"),
        ("a = 1\nb = " + "(" * 5000 + ")" * 5000, 2, "too many nested parentheses"),
        ("a = 1\nb = " + "-" * 100000 + "1\n", 2, "not nested deeper than 60"),
        ("a = 1\nb = 1" + "+1" * 100000, 2, "not nested deeper than 60"),
        ("a = 1\nb = a" + ".b" * 500, 2, "not nested deeper than 60"),
        (f"{LOOP}b = a.clone()", 3, "not nested deeper than 60"),
        (
            "p = cms.PSet(seed_position = 'BinCentre')\n"
            + "p = cms.PSet(a = p.clone(), b = p.clone())\n" * 20,
            None,
            f"not more than {MOST_VALUES} values",
        ),
        (
            "d = dict(a = 1)\np = cms.PSet(a = 1)\n" + "d = dict(a = d)\np = cms.PSet(a = p)\n" * 3000
            + "q = cms.PSet(p.clone(), a = 1)",
            None,
            "not nested deeper than 60",
        ),
        ("for n in [1]: pass", 1, "expected assignments and imports, found for n in [1]: pass"),
        ("def customise(process):\n    return process", 1, "found def customise(process): return process"),
        ("a, b = 1, 2", 1, "expected assignments to a name or a parameter"),
        ("a = [1][0]", 1, "expected numbers, texts, lists and parameter sets, found [1][0]"),
        ("a = f'{1}'", 1, "expected numbers, texts"),
        ("a = 1j", 1, "expected numbers, texts"),
        ("a = 1 - 1", 1, "expected sums and products"),
        ("a = True + 1", 1, "expected sums and products"),
        ("a = not 1", 1, "expected + or - before a number"),
        ("a = {1: 2}", 1, "expected a dict with texts as keys"),
        ("a = cms.PSet(**{'a': 1})", 1, "expected arguments by name"),
        ("a = cms.PSet(1)", 1, "expected parameter sets and arguments by name"),
        ("a = cms.double(1, 2)", 1, "expected one value of a known type"),
        ("a = cms.dubble(1)", 1, "expected one value of a known type (FileInPath, PSet, bool, double"),
        ("a = cms.double('1')", 1, "expected a number in cms.double, found cms.double('1')"),
        ("a = cms.uint32(1.5)", 1, "expected a whole number in cms.uint32"),
        ("a = cms.vuint32(3, 3.0)", 1, "expected a whole number in cms.vuint32"),
        ("a = cms.bool(1)", 1, "expected True or False in cms.bool"),
        ("\nprocess.x = wrong.clone()", 2, "expected a name that was assigned before, found wrong"),
        ("a = 1\na.b = 2", 2, "expected a parameter of a parameter set or a module, found a.b"),
        (
            f"from Eras import phase2_hgcalV99\nphase2_hgcalV99.toModify({PRODUCER}, a = 1)",
            2,
            "by one of phase2_hgcalV10, phase2_hgcalV11, phase2_hfnose",
        ),
        (f"{C3D}.histoMax_C3d_seeding.seed_position = 1", 1, "expected one of type_multicluster, "),
        (f"{S}.thresholds_histo_multicluster = 1", 1, "Did you mean threshold_histo_multicluster?"),
        (f"{S}.type_histoalgo = 'HistoMinC3d'", 1, "expected one of HistoMaxC3d, HistoSecondaryMaxC3d"),
        (f"\n\n{S}.seeding_space = cms.string('UV')", 3, "seeding_space: expected one of RPhi, XY"),
        (f"{S}.seed_position = 3", 1, "seed_position: expected a text"),
        (f"{S}.seed_position = 'Mean'", 1, "expected one of TCWeighted, BinCentre"),
        (f"{S}.threshold_histo_multicluster = '5'", 1, "expected a finite number, found the text '5'"),
        (f"{S}.threshold_histo_multicluster = -5", 1, "expected a number not below 0"),
        (f"{S}.threshold_histo_multicluster = process.a.b", 1, "found process.a.b, which is not read"),
        (f"{S}.seeds_norm_by_area = 1", 1, "expected true or false"),
        (f"{S}.binSumsHisto = cms.vuint32(3, 5)", 1, "binSumsHisto: expected 42, as for nBins_X1"),
        (f"{S}.nBins_X1_histo_multicluster = 36", 1, "expected 42, as for binSumsHisto, found 36"),
        (f"{S}.binSumsHisto = cms.vuint32([4] * 42)", 1, "binSumsHisto: expected odd numbers"),
        (f"{S}.nBins_X1_histo_multicluster = 1.5", 1, "nBins_X1_histo_multicluster: expected a whole number"),
        (f"{S} = histoMaxXYVariableDR_C3d_params.clone(nBins_X1_histo_multicluster = 2)", 1, "not below 3"),
        (f"{S}.nBins_X2_histo_multicluster = 3", 1, "expected a number of bins not below 4"),
        (f"{S}.kROverZMax = 0.01", 1, "kROverZMax: expected a number above"),
        (f"{S}.seed_smoothing_ecal = [1.0] * 4", 1, "seed_smoothing_ecal: expected weights of a square"),
        (f"{S}.neighbour_weights = cms.vdouble([0.5] * 9)", 1, "0.0] (first_order) or ["),
        (f"{S}.neighbour_weights = neighbour_weights_1stOrder + [0]", 1, "neighbour_weights: expected"),
        (f"{C}.cluster_association = 'Nearest'", 1, "expected one of NearestNeighbour, EnergySplit"),
        (f"{C}.dR_multicluster = -1", 1, "dR_multicluster: expected a number not below 0"),
        (f"{C}.minPt_multicluster = -1", 1, "minPt_multicluster: expected a number not below 0"),
        (f"{C}.dR_multicluster_byLayer_coefficientA = [0.02] * 47", 1, "no numbers, or at least 48"),
        (f"{C}.dR_multicluster_byLayer_coefficientA = [0.02] * 50", 1, "expected 53, as for dR_multicluster"),
        (f"{C}.dR_multicluster_byLayer_coefficientB = [0.0] * 50", 1, "expected 53, as for dR_multicluster"),
        (
            f"{C}.dR_multicluster_byLayer_coefficientB = [0.02] * 20 + [0.03] * 33",
            1,
            "expected the same number for all layers",
        ),
        (f"{C3D}.type_multicluster = 'DBSCANC3d'", 1, "multicluster: expected 'Histo', found 'DBSCANC3d'"),
        (f"{C3D} = 5", 1, "C3d_parameters: expected a parameter set, found 5"),
        (f"{S} = process.other.seeding", 1, "expected a parameter set, found process.other.seeding"),
        (f"process.{PRODUCER} = cms.EDProducer('Another', a = cms.int32(1))", None, "found Another"),
        (f"process.{PRODUCER} = process.other.clone()", None, f"{PRODUCER} = process.other"),
        ("process.hgcal = cms.EDProducer('X', a = cms.int32(1))", 1, "found other modules: hgcal (line 1)"),
        (f"a = 1\n{PRODUCER}HFNose = {PRODUCER}.clone()", 2, f"other modules: {PRODUCER}HFNose (line 2)"),
        ("", None, f"expected parameters of {PRODUCER}, found none"),
        ("a = cms.PSet(b = cms.int32(1))", None, f"expected parameters of {PRODUCER}, found none"),
        (f"a = {SEEDS}\nb = a.clone(seed_position = 'BinCentre')", 2, "found 2: a (line 1), b (line 2)"),
        ("#" * (LONGEST + 1), 1, f"expected not more than {LONGEST} characters, found {LONGEST + 1}"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_error_with_its_line(text, line, complaint, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as raised:
        from_cmssw(text)
    message = str(raised.value)
    assert complaint in message
    assert "\n" not in message
    where = "CMSSW configuration" + (f", line {line}:" if line else "")
    assert message.startswith(where), message
    assert list(tmp_path.iterdir()) == []


@given(st.text(alphabet="a.=()[]*+-1'\n,: {}", max_size=40) | st.text(max_size=20))
def test_any_text_is_parameters_or_an_error(text):
    """Nothing else, whatever it is."""
    with pytest.raises(ConfigError):
        from_cmssw(text)


def test_a_file_is_named_in_its_errors(tmp_path):
    file = tmp_path / "cfi.py"
    with pytest.raises(ConfigError, match=r"cfi\.py: expected a CMSSW configuration, found no such file"):
        from_cmssw(file)
    file.write_text("a = 1\nb = c")
    with pytest.raises(ConfigError, match=r"cfi\.py, line 2: expected a name"):
        ChainParameters.from_file(file)
    file.write_text("#" * (LONGEST + 1))
    with pytest.raises(ConfigError, match=r"cfi\.py: expected not more than"):
        from_cmssw(file)
    file.write_text(to_cmssw(OF_DUMP))
    assert ChainParameters.from_file(file) == OF_DUMP
    yaml = tmp_path / "p.yaml"
    yaml.write_text(OF_DUMP.to_yaml())
    assert ChainParameters.from_file(yaml) == OF_DUMP
