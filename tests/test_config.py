"""The configuration: existing files load as they are, and what is not given has its default."""

import math
from dataclasses import FrozenInstanceError, fields, is_dataclass, replace
from pathlib import Path

import pytest
import yaml

from bye_splits.config import Config, ConfigWarning, load_config, shipped_path
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
