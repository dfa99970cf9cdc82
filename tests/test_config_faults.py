"""What is wrong in a configuration, or has no effect, is told with file, key and remedy."""

import os

import pytest

from bye_splits.chain.splits import NEAR
from bye_splits.config import Config, ConfigError, ConfigWarning, load_config
from bye_splits.geometry import constants

IN_THE_FILE = "it follows from the positions in the file of events, or from the geometry file"


def test_unknown_keys_are_listed_with_the_nearest_known_one(write_config):
    path = write_config("geometry: {waferSise: 16}\nextra: {a: 1}\n'17': 3")
    with pytest.warns(ConfigWarning, match=r"geometry\.waferSise \(did you mean waferSize\?\)"):
        config = load_config(path)
    assert set(config.unknown_keys) == {"extra", "17", "geometry.waferSise"}
    assert config.geometry == Config().geometry


IDLE = {  # value, and what is used in its place
    "geometry: {waferSize: 40}": f"geometry.waferSize = 40 ({IN_THE_FILE})",
    "base: {EnResSplits: -0.5}": "base.EnResSplits = -0.5 (nothing uses it so far)",
    "base: {EtaMin: 1.9}": "base.EtaMin = 1.9 (nothing uses it so far)",
    "geometry: {sensorSeparation: 5}": f"geometry.sensorSeparation = 5 ({IN_THE_FILE})",
    "geometry: {nlayersCEE: 20, nlayersCEH: 30}": (
        f"geometry.nlayersCEE = 20 ({IN_THE_FILE}), geometry.nlayersCEH = 30 ({IN_THE_FILE})"
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
    settings = Config().geometry
    assert settings.n_layers_cee == constants.N_CEE
    assert settings.n_layers_cee + settings.n_layers_ceh == constants.N_LAYERS
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
            "selection: {disconnectedTriggerLayers: [2, 0]}",
            "selection.disconnectedTriggerLayers",
            "not below 1",
            "0",
        ),
        ("3Ddisplay: {coefs: [0.01, -0.1]}", "3Ddisplay.coefs", "not below 0", "-0.1"),
        ("base: {NbinsRz: 0}", "base.NbinsRz", "not below 1", "0"),
        ("base: {MaxROverZ: 0.05}", "base.MaxROverZ", "above MinROverZ = 0.076", "0.05"),
        ("base: {MinPhi: 0}", "base.MinPhi", "full circle", "0"),
        ("base: {EtaMax: 1}", "base.EtaMax", "above EtaMin = 1.7", "1"),
        ("smooth: {BinSums: [3, 3]}", "smooth.BinSums", "42 numbers", "2"),
        ("base: {NbinsRz: 2}\nsmooth: {BinSums: [3, 4]}", "smooth.BinSums", "odd", "4"),
        ("smooth: {SeedsNormByArea: 1}", "smooth.SeedsNormByArea", "true or false", "the number 1"),
        ("cluster: {CoeffA: [0.1]}", "cluster.CoeffA", "at least 47", "1"),
        ("seed: {histoThreshold: -1}", "seed.histoThreshold", "not below 0", "-1"),
        ("cs: {etaEdges: [2, 1]}", "cs.etaEdges", "each above the one before", "[2, 1]"),
        ("cs: {mipThresholds: [1]}", "cs.mipThresholds", "3 numbers", "1"),
        ("cs: {firstLayer: 40}", "cs.firstLayer", "1 to 28", "40"),
        ("cs: {firstLayer: 28}", "cs.firstLayer", "a trigger layer of CE-E at or behind it", "28"),
        (
            "selection: {disconnectedTriggerLayers: [27, 28]}\ncs: {firstLayer: 27}",
            "cs.firstLayer",
            "the last one is layer 26",
            "27",
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
