"""Event files in a configuration: any pile-up and any particle, and the flat keys of older files."""

from pathlib import Path

import pytest

from bye_splits import cli
from bye_splits.config import ConfigWarning, check_files, load_config

NTUPLE, TREE = "hgcalTriggerNtuplizer", "HGCalTriggerNtuple"

# The sections of files that are some years old, with paths of nobody.
OLDER = """
geometry: {dir: L1THGCaltriggergeomtester, tree: TreeTriggerCells, waferSize: 16.64408, sensorSeparation: 0.1}
selection:
    particles: photons
    disconnectedTriggerLayers: [2,4,6,8,10,12,14,16,18,20,22,24,26,28]
    reachedEE: 2
    deltarThreshold: 0.05
    mipThreshold: 0.5
defaultEvents:
    photons: [179855,]
    electrons: [92004,]
skim: {dir: /data/PU200/, infilePath: /data/ntuple_1.root, rootDir: ntuple, tree: HGCalTriggerNtuple}
clSize: {reinit: False, clusterSizeBaseName: cluster_size, coeffs: [0.0, 0.05, 50], nevents: 100}
varEvents: {event: 'event', wu: 'good_tc_waferu', cv: 'good_tc_cellu', cu: 'good_tc_cellv'}
varGeometry: {wu: waferu, wvs: 'waferv_shift', c: 'color'}
base: {NbinsRz: 42, NbinsPhi: 216, MinPhi: -3.14159, MaxPhi: +3.14159, FesAlgo: 'Threshold'}
fill: {EtaMin: 1.7, EtaMax: 2.8, FillOut: 'fill', FillOutComp: 'fill_comp'}
seed: {SeedIn: 'smooth', SeedOut: 'seed', histoThreshold: 20., WindowPhiDim: 1}
cluster: {ClusterInTCROI: 'roiall', ROICylinder: False, CoeffB: 0, MidRadius: 2.3}
roi: {ROIclOut: 'roi3d', ROItcOut2: 'roiall'}
seed_roi: {SeedIn: 'roitc', SeedOut: 'seed_roi', histoThreshold: 20., hexDist: True}
"""


def files(config) -> dict:
    return {key: (str(one.path), one.directory, one.tree) for key, one in config.samples.items()}


@pytest.mark.parametrize(
    ("io", "expected"),
    [
        (
            "{dirphotons: hgcalTriggerNtuplizer, treephotons: HGCalTriggerNtuple, filephotons: /data/a.root, "
            "direlectrons: other, treeelectrons: HGCalTriggerNtuple, fileelectrons: /data/b.root}",
            {"photons": ("/data/a.root", NTUPLE, TREE), "electrons": ("/data/b.root", "other", TREE)},
        ),
        (
            "{dir: hgcalTriggerNtuplizer, tree: HGCalTriggerNtuple, photons: /data/a.root, "
            "pions: /data/c.root}",
            {"photons": ("/data/a.root", NTUPLE, TREE), "pions": ("/data/c.root", NTUPLE, TREE)},
        ),
        (
            "{dir: hgcalTriggerNtuplizer, tree: HGCalTriggerNtuple, file: /data/a.root}",
            {"photons": ("/data/a.root", NTUPLE, TREE)},
        ),
        (
            "{dir: hgcalTriggerNtuplizer, tree: HGCalTriggerNtuple, filephotons: /data/a.root, "
            "dirphotons: mine}",
            {"photons": ("/data/a.root", "mine", TREE)},
        ),
        ("{file_photons: /data/a.root, filePions: /data/c.root}",
         {"photons": ("/data/a.root", None, None), "pions": ("/data/c.root", None, None)}),
        ("{filejets: root://eos.example//a.root}", {"jets": ("root://eos.example//a.root", None, None)}),
        (
            "{photons: {dir: hgcalTriggerNtuplizer, tree: HGCalTriggerNtuple, file: /data/a.root}}",
            {"photons": ("/data/a.root", NTUPLE, TREE)},
        ),
        ("{}", {}),
    ],
)  # fmt: skip
def test_older_files_load(write_config, io, expected):
    path = write_config(f"io: {io}\n{OLDER}")
    with pytest.warns(ConfigWarning, match="keys that are unknown"):
        config = load_config(path)
    assert files(config) == {(particle, "0"): value for particle, value in expected.items()}
    assert not [name for name in config.unknown_keys if name.startswith("io")]
    assert config.default_events == {("photons", "0"): (179855,), ("electrons", "0"): (92004,)}
    for key in config.samples:
        assert config.named_sample(key).startswith(f"{path}: io")


def test_places_without_a_file_are_listed_as_not_used(write_config):
    with pytest.warns(ConfigWarning, match=r"io\.dir, io\.treepions, io\.note"):
        config = load_config(write_config("io: {dir: ntuple, treepions: tree, note: made in June}"))
    assert config.toy


def test_a_missing_file_of_an_older_configuration_is_named_by_its_key(write_config, capsys):
    path = write_config("io: {filephotons: gone.root, pions: gone_too.root}")
    found = check_files(load_config(path))
    assert [error.read for error in found.values()] == [f"{path}: io.filephotons", f"{path}: io.pions"]
    assert cli.main(["check", "--config", str(path)]) == 1
    text = capsys.readouterr().out
    assert f"photons PU0: {path.parent}/gone.root" in text
    assert f"cannot be read: {path}: io.filephotons: expected an existing file" in text


def test_any_pileup_and_any_particle(write_config, capsys):
    path = write_config(
        "io:\n"
        "  PU140: {jets: {file: j.root, dir: d}, photons: {file: p.root}}\n"
        "  aged 3000/fb: {'\u03c4 leptons': {file: t.root}}\n"
        "  PU200:\n"
        "defaultEvents: {PU140: {jets: [5]}, aged 3000/fb: {'\u03c4 leptons': [6, 7]}}\n"
        "selection: {particles: jets}"
    )
    config = load_config(path)
    folder = path.parent
    assert files(config) == {
        ("jets", "140"): (f"{folder}/j.root", "d", None),
        ("photons", "140"): (f"{folder}/p.root", None, None),
        ("\u03c4 leptons", "aged 3000/fb"): (f"{folder}/t.root", None, None),
    }
    assert config.default_events == {("jets", "140"): (5,), ("\u03c4 leptons", "aged 3000/fb"): (6, 7)}
    assert config.named_sample(("jets", "140")) == f"{path}: io.PU140.jets"
    assert config.samples["jets", "140"].path == Path(f"{folder}/j.root")
    cli.main(["check", "--config", str(path)])
    text = capsys.readouterr().out
    assert f"jets PU140: {folder}/j.root" in text
    assert f"\u03c4 leptons aged 3000/fb: {folder}/t.root" in text
