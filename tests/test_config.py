"""The configuration: existing files load as they are, and every fault is told with file, key and remedy."""

import math
import os
from dataclasses import FrozenInstanceError, fields, is_dataclass, replace
from pathlib import Path

import pytest
import yaml

from bye_splits.chain.splits import NEAR
from bye_splits.config import (
    Config,
    ConfigError,
    ConfigWarning,
    load_config,
    shipped_path,
)
from bye_splits.geometry import constants
from bye_splits.settings import PARTICLES

# The structure of the files that people have: the same keys and kinds of values, with paths of nobody.
EXISTING = """
io:
  production:
    photons: {dir: ntuple, tree: HGCalTriggerNtuple, infile: /data/in.root, outfile: skim.root}
  PU0:
    photons:
      dir: FloatingpointMixedbcstcrealsig4DummyHistomaxxydr015GenmatchGenclustersntuple
      tree: HGCalTriggerNtuple
      file: /data/PU0/photons.root #/data/old/photons.root
    electrons: {dir: ntuple, tree: HGCalTriggerNtuple, file: PU0/electrons.root}
    pions: {dir: hgcalTriggerNtuplizer, tree: HGCalTriggerNtuple, file: ~/pions.root}
  PU200:
    photons: {dir: ntuple, tree: HGCalTriggerNtuple, file: $SKIMS/photons_200PU.root}
    electrons: {dir: ntuple, tree: HGCalTriggerNtuple, file: root://eos.example//store/electrons.root}

geometry:
    dir: L1THGCaltriggergeomtester
    tree: TreeTriggerCells
    file: /data/geometry.root
    waferSize: 16.64408
    sensorSeparation: 0.1
    nlayersCEE: 28
    nlayersCEH: 22

selection:
    particles: photons
    pileup: False
    disconnectedTriggerLayers: [2,4,6,8,10,12,14,16,18,20,22,24,26,28]
    reachedEE: 2
    deltarThreshold: 0.05
    mipThreshold: 0.5

defaultEvents:
    PU0:
      photons: [170032, 170044]
      pions: [9102, 9148]
    PU200:
      photons: [62878, 55896]

varEvents:
  gen: {event: 'event', geta: 'good_genpart_exeta'}
  tc:
    wu: 'good_tc_waferu'
    cv: 'good_tc_cellu'
    cu: 'good_tc_cellv'
varGeometry: {wu: 'waferu', cu: 'triggercellu', c: 'color'}

3Ddisplay:
  PU0: {photons: 'photons_0PU_cluster'}
  PU200: {photons: 'photons_200PU_cluster'}
  reprocess: False
  coefs: [0.010, 0.015, 0.020, 0.025]

job:
  user: somebody
  arguments: {radius: [0.001, 0.002], particles: pions}

clusterStudies: {local: False, coeffs: [0.0, 0.5, 50]}

base:
  NbinsRz: 42
  NbinsPhi: 216
  MinROverZ: 0.076
  MaxROverZ: 0.58
  MinPhi: -3.14159
  MaxPhi: +3.14159
  EtaMin: 1.7
  EtaMax: 2.8
  EtaMinStrict: 2.0
  EtaMaxStrict: 2.6
  EnResSplits: -0.35
  EnResNoSplits: -0.2
  FesAlgo: 'ThresholdDummyHistomaxnoareath20'

fill: {FillOut: 'fill'}

smooth:
  BinSums: [13, 11, 11, 11, 9, 9, 9, 7, 7, 7, 7, 7, 7, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5,
            3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3]
  SeedsNormByArea: False
  AreaPerTriggerCell: 4.91E-05
  SmoothIn: 'fill'
  SmoothOut: 'smooth'

seed: {SeedIn: 'smooth', SeedOut: 'seed', histoThreshold: 20.}

cluster:
    ClusterInTC: 'fill'
    ClusterInTCCSCylinder: 'cscylinder'
    CSCylinder: False
    ClusterOutPlot: 'cluster_plot'
    CoeffA: [0.015, 0.015, 0.015, 0.015, 0.015, 0.015, 0.015, 0.020, 0.020, 0.020, 0.020, 0.020, 0.020, 0.020,
             0.030, 0.030, 0.030, 0.030, 0.030, 0.030, 0.030, 0.040, 0.040, 0.040, 0.040, 0.040, 0.040, 0.040,
             0.040, 0.040, 0.040, 0.040, 0.040, 0.040, 0.050, 0.050, 0.050, 0.050, 0.050, 0.050,
             0.050, 0.050, 0.050, 0.050, 0.050, 0.050, 0.050, 0.050, 0.050, 0.050, 0.050, 0.050]
    CoeffB: 0
    MidRadius: 2.3
    PtC3dThreshold: 0.5

valid_cluster: {CSclOut: 'cs3d', tcDeltaRthresh: []}

cs: {CSclOut: 'cs3d', CSgenOut: 'csgen', CStcOut: 'cstc', NoCStcOut: 'nocs', CScylinderOut: 'cscylinder'}
seed_cs: {InputName: CStcOut, SeedOut: 'seed_cs', histoThreshold: 20., hexDist: True}
"""


def test_the_shipped_file_holds_the_documented_defaults():
    shipped = load_config(shipped_path())
    assert replace(shipped, path=None, default_events={}) == Config()
    assert shipped.toy
    made = {"0": 200, "200": 10}  # events of the embedded sample, numbered from 1
    assert set(shipped.default_events) == {(particle, pileup) for particle in PARTICLES for pileup in made}
    for (_, pileup), numbers in shipped.default_events.items():
        assert all(1 <= number <= made[pileup] for number in numbers)
    assert shipped.samples == {}
    assert shipped.base.n_rz == 42
    assert shipped.base.n_phi == 216
    assert (shipped.base.rz_max - shipped.base.rz_min) / shipped.base.n_rz == pytest.approx(0.012)
    assert (shipped.base.phi_min, shipped.base.phi_max) == (-math.pi, math.pi)
    counts = [shipped.smooth.bin_sums.count(n) for n in (13, 11, 9, 7, 5, 3)]
    assert counts == [1, 3, 3, 6, 15, 14]
    radii = shipped.cluster.radii
    assert [radii[layer - 1] for layer in (1, 7, 8, 14, 15, 21, 22, 34, 35, 50)] == [
        0.015, 0.015, 0.020, 0.020, 0.030, 0.030, 0.040, 0.040, 0.050, 0.050,
    ]  # fmt: skip
    assert shipped.seed.threshold == 20
    assert shipped.cs.mip_thresholds == (170, 180, 200)


def test_every_value_of_the_shipped_file_is_written_out():
    """The example shows each key that has a meaning: a reader need not look into the code."""
    content = yaml.safe_load(shipped_path().read_text())
    sections = {"base": "base", "smooth": "smooth", "seed": "seed", "cluster": "cluster", "cs": "cs"}
    sections |= {"geometry": "geometry", "selection": "selection", "display": "3Ddisplay"}
    for attribute, section in sections.items():
        keys = [f.metadata["key"] for f in fields(getattr(Config(), attribute)) if "key" in f.metadata]
        assert keys
        assert set(keys) <= set(content[section]), section


def test_nothing_is_given_means_the_defaults(write_config):
    assert replace(load_config(write_config("")), path=None) == Config()
    assert replace(load_config(write_config("io:\nbase:\ngeometry:\n  file:\n")), path=None) == Config()


def test_the_environment_names_the_file(write_config, monkeypatch):
    monkeypatch.setenv("BYE_SPLITS_CONFIG", str(write_config("seed: {histoThreshold: 7}")))
    assert load_config().seed.threshold == 7
    monkeypatch.delenv("BYE_SPLITS_CONFIG")
    assert load_config().path == shipped_path()


def test_all_of_it_is_frozen():
    config = load_config(shipped_path())
    for part in (config, *(v for v in vars(config).values() if is_dataclass(v))):
        name = fields(part)[0].name
        with pytest.raises(FrozenInstanceError):
            setattr(part, name, None)


def test_an_existing_file_loads_as_it_is(write_config, monkeypatch):
    monkeypatch.setenv("SKIMS", "/skims")
    path = write_config(EXISTING)
    with pytest.warns(ConfigWarning) as caught:
        config = load_config(path)
    assert len(caught) == 1
    assert config.unknown_keys == ("job", "clusterStudies", "fill", "valid_cluster", "io.production")
    for name in config.unknown_keys:
        assert name in str(caught[0].message)

    assert not config.toy
    paths = {key: sample.path for key, sample in config.samples.items()}
    assert paths == {
        ("photons", "0"): Path("/data/PU0/photons.root"),
        ("electrons", "0"): path.parent / "PU0/electrons.root",
        ("pions", "0"): Path.home() / "pions.root",
        ("photons", "200"): Path("/skims/photons_200PU.root"),
        ("electrons", "200"): "root://eos.example//store/electrons.root",
    }
    sample = config.samples["pions", "0"]
    assert (sample.particle, sample.pileup) == ("pions", "0")
    assert (sample.directory, sample.tree) == ("hgcalTriggerNtuplizer", "HGCalTriggerNtuple")
    assert config.geometry.path == Path("/data/geometry.root")
    assert config.default_events == {
        ("photons", "0"): (170032, 170044),
        ("pions", "0"): (9102, 9148),
        ("photons", "200"): (62878, 55896),
    }
    # what stage 2 does is what the defaults do, a rounded pi included
    assert (config.base, config.smooth, config.seed) == (Config().base, Config().smooth, Config().seed)
    assert (config.cluster, config.cs, config.selection) == (
        Config().cluster,
        Config().cs,
        Config().selection,
    )


def test_default_events_without_a_pileup_are_those_of_the_sample_without(write_config):
    config = load_config(write_config("defaultEvents: {photons: [4681, 4677], electrons: [92243]}"))
    assert config.default_events == {("photons", "0"): (4681, 4677), ("electrons", "0"): (92243,)}


def test_numbers_may_be_written_in_any_usual_way(write_config):
    config = load_config(write_config("smooth: {AreaPerTriggerCell: 5e-5}\nseed: {histoThreshold: 10}"))
    assert config.smooth.area_per_trigger_cell == 5e-5
    assert config.seed.threshold == 10
    assert isinstance(config.seed.threshold, float)


def test_unknown_keys_are_listed_with_the_nearest_known_one(write_config):
    path = write_config("geometry: {waferSise: 16}\nextra: {a: 1}\n'17': 3")
    with pytest.warns(ConfigWarning, match=r"geometry\.waferSise \(did you mean waferSize\?\)"):
        config = load_config(path)
    assert set(config.unknown_keys) == {"extra", "17", "geometry.waferSise"}
    assert config.geometry == Config().geometry


IDLE = {  # value, and what is used in its place
    "geometry: {waferSize: 40}": "geometry.waferSize = 40 (the V11 geometry has 16.6441 cm)",
    "base: {EnResSplits: -0.5}": "base.EnResSplits = -0.5 (nothing uses it so far)",
    "base: {EtaMin: 1.9}": "base.EtaMin = 1.9 (nothing uses it so far)",
    "geometry: {sensorSeparation: 5}": "geometry.sensorSeparation = 5 (the V11 geometry has 0.1 cm)",
    "geometry: {nlayersCEE: 20, nlayersCEH: 30}": (
        "geometry.nlayersCEE = 20 (the V11 geometry has 28; only coarse seeding goes by this number), "
        "geometry.nlayersCEH = 30 (the V11 geometry has 22)"
    ),
    "selection: {reachedEE: 1}": (
        "selection.reachedEE = 1 (of a raw ntuple, generated particles with reachedEE = 2 are shown)"
    ),
    "selection: {deltarThreshold: 0.2}": (
        "selection.deltarThreshold = 0.2 "
        "(a cluster within 0.1 in (eta, phi) counts as the generated particle's)"
    ),
    "selection: {particles: pions}\nio: {PU0: {photons: {file: x.root}}}": (
        "selection.particles = pions (no sample of these is configured)"
    ),
    "selection: {particles: Pions}": (
        "selection.particles = Pions (no sample of these is configured; did you mean pions?)"
    ),
    "defaultEvents: {PU140: {photons: [1]}, PU0: {muons: [2], photons: [3]}}": (
        "defaultEvents of photons, PU140 (no such sample is configured), "
        "defaultEvents of muons, PU0 (no such sample is configured)"
    ),
}


@pytest.mark.parametrize("text", IDLE)
def test_a_value_that_is_not_used_is_told(write_config, text):
    path = write_config(text)
    with pytest.warns(ConfigWarning) as caught:
        config = load_config(path)
    (warning,) = caught
    assert str(warning.message) == f"{path}: values that are not used: {IDLE[text]}."
    assert config.unknown_keys == ()


def test_what_is_used_in_the_place_of_a_value():
    """The numbers that the warnings tell."""
    assert (
        Config().geometry.wafer_size,
        Config().geometry.sensor_separation,
    ) == (constants.WAFER_SIZE, constants.SENSOR_SEPARATION)
    assert (
        Config().geometry.n_layers_cee,
        Config().geometry.n_layers,
    ) == (constants.N_CEE, constants.N_LAYERS)
    assert NEAR == 0.1


def test_values_that_are_used_or_the_default_make_no_noise(write_config):
    for text in (
        "geometry: {waferSize: 16.64408, nlayersCEE: 28}\nselection: {reachedEE: 2, deltarThreshold: 0.05}",
        "io: {PU0: {pions: {file: x.root}}}",  # photons are the default, not asked for
        "selection: {particles: pions, mipThreshold: 2}",
    ):
        load_config(write_config(text))


def test_a_key_written_twice_is_told(write_config):
    with pytest.warns(ConfigWarning, match=r"twice.*histoThreshold \(line 3\)"):
        config = load_config(write_config("seed:\n  histoThreshold: 5\n  histoThreshold: 6\n"))
    assert config.seed.threshold == 6


@pytest.mark.parametrize(
    ("text", "where", "expected", "found"),
    [
        ("geometry: {waferSize: big}", "geometry.waferSize", "a finite number", "the text 'big'"),
        ("geometry: {waferSize: '16.6'}", "geometry.waferSize", "a finite number", "the text '16.6'"),
        ("geometry: {waferSize: .nan}", "geometry.waferSize", "a finite number", "nan"),
        ("geometry: {waferSize: .inf}", "geometry.waferSize", "a finite number", "inf"),
        ("geometry: {waferSize: yes}", "geometry.waferSize", "a finite number", "True"),
        ("geometry: {waferSize: 0}", "geometry.waferSize", "above 0", "the number 0"),
        ("geometry: {nlayersCEE: 28.5}", "geometry.nlayersCEE", "a whole number", "28.5"),
        ("geometry: {nlayersCEE: 0}", "geometry.nlayersCEE", "not below 1", "0"),
        ("geometry: {file: 3}", "geometry.file", "a text", "the number 3"),
        ("geometry: {dir: ' '}", "geometry.dir", "not empty", "' '"),
        ("geometry: [1, 2]", "geometry", "a mapping", "the list [1, 2]"),
        ("geometry: here.root", "geometry", "a mapping", "'here.root'"),
        ("- io", "config.yaml", "a mapping", "the list ['io']"),
        ("io: {' ': {photons: {file: x}}}", "io. ", "a name in front of the colon", "the name ' '"),
        ("io: {PU0: {'': {file: x}}}", "io.PU0.", "a name in front of the colon", "the name ''"),
        ("io: {PU0: 3}", "io.PU0", "a mapping", "the number 3"),
        ("io: {PU140: x.root}", "io.PU140", "a mapping", "'x.root'"),
        ("io: {PU0: {file: x.root}}", "io.PU0.file", "a mapping", "'x.root'"),
        (
            "io: {filephotons: x.root, PU0: {photons: {file: y.root}}}",
            "io.PU0.photons",
            "one entry for photons with pile-up 0",
            "a second one beside io.filephotons",
        ),
        ("defaultEvents: {PU0: 3}", "defaultEvents.PU0", "a mapping", "the number 3"),
        ("io: {PU0: {photons: x.root}}", "io.PU0.photons", "a mapping", "'x.root'"),
        ("io: {PU0: {photons: {tree: t}}}", "io.PU0.photons.file", "the path of an event file", "nothing"),
        ("io: {PU0: {photons: {file: [a]}}}", "io.PU0.photons.file", "a text", "the list"),
        ("defaultEvents: {PU0: {photons: 4}}", "defaultEvents.PU0.photons", "whole numbers", "4"),
        ("defaultEvents: {PU0: {photons: [-4]}}", "defaultEvents.PU0.photons", "none below 0", "-4"),
        ("defaultEvents: {PU0: {photons: [4.5]}}", "defaultEvents.PU0.photons", "whole numbers", "4.5"),
        ("selection: {mipThreshold: -1}", "selection.mipThreshold", "not below 0", "-1"),
        (
            "selection: {disconnectedTriggerLayers: [2, 51]}",
            "selection.disconnectedTriggerLayers",
            "layers from 1 to 50",
            "51",
        ),
        ("3Ddisplay: {coefs: [0.01, -0.1]}", "3Ddisplay.coefs", "not below 0", "-0.1"),
        ("base: {NbinsRz: 0}", "base.NbinsRz", "not below 1", "0"),
        ("base: {MaxROverZ: 0.05}", "base.MaxROverZ", "above MinROverZ = 0.076", "0.05"),
        ("base: {MinPhi: 0}", "base.MinPhi", "full circle", "0"),
        ("base: {EtaMax: 1}", "base.EtaMax", "above EtaMin = 1.7", "1"),
        ("smooth: {BinSums: [3, 3]}", "smooth.BinSums", "42 numbers", "2"),
        ("base: {NbinsRz: 2}\nsmooth: {BinSums: [3, 4]}", "smooth.BinSums", "odd", "4"),
        ("smooth: {SeedsNormByArea: 1}", "smooth.SeedsNormByArea", "true or false", "the number 1"),
        ("cluster: {CoeffA: [0.1]}", "cluster.CoeffA", "at least 50", "1"),
        ("seed: {histoThreshold: -1}", "seed.histoThreshold", "not below 0", "-1"),
        ("cs: {etaEdges: [2, 1]}", "cs.etaEdges", "each above the one before", "[2, 1]"),
        ("cs: {mipThresholds: [1]}", "cs.mipThresholds", "3 numbers", "1"),
        ("cs: {firstLayer: 40}", "cs.firstLayer", "1 to 28", "40"),
        ("cs: {firstLayer: 28}", "cs.firstLayer", "a trigger layer of CE-E at or behind it", "28"),
        (
            "geometry: {nlayersCEE: 20}\nselection: {disconnectedTriggerLayers: [20]}\ncs: {firstLayer: 20}",
            "cs.firstLayer",
            "the last one is layer 19",
            "20",
        ),
        ("seed_cs: {histoThreshold: -1}", "seed_cs.histoThreshold", "not below 0", "-1"),
        ("seed_cs: {hexDist: 'True'}", "seed_cs.hexDist", "true or false", "'True'"),
        ("varEvents: 3", "varEvents", "a mapping", "3"),
        ("io: {PU0: [}", "line 1", "a YAML file", "what is not ("),
        ("io:\n\tPU0: 3", "line 2", "a YAML file", "cannot start"),
        ("!!python/object/apply:os.getcwd []", "line 1", "a YAML file", "could not determine a constructor"),
    ],
)
def test_faults_name_file_key_expectation_and_finding(write_config, text, where, expected, found):
    path = write_config(text)
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    error = caught.value
    assert str(path) in error.read
    assert error.read.endswith(where) or f"{where}," in error.read
    assert expected in error.expected
    assert found in error.found
    assert error.action
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("base: {NbinsPhy: 3}", "NbinsPhi"),
        ("cs: {cells: al}", "all"),
    ],
)
def test_a_wrong_name_gets_the_nearest_right_one(write_config, text, near):
    with pytest.raises((ConfigError, ConfigWarning), match=f"[Dd]id you mean {near}"):
        load_config(write_config(text))


def test_the_file_itself_can_be_wrong(tmp_path):
    with pytest.raises(ConfigError, match="no such file"):
        load_config(tmp_path / "absent.yaml")
    with pytest.raises(ConfigError, match="no regular file"):
        load_config(tmp_path)
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(ConfigError, match="no regular file"):
        load_config(tmp_path / "fifo")
    (tmp_path / "latin.yaml").write_bytes(b"io: \xff\xfe")
    with pytest.raises(ConfigError, match="UTF-8"):
        load_config(tmp_path / "latin.yaml")
