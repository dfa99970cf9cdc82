"""The event and geometry files that a configuration or the command line names."""

import json
from pathlib import Path

import pytest

from bye_splits.chain import ChainParameters
from bye_splits.config import Config, ConfigError, check_files, config_for_files, load_config


def test_one_missing_sample_stops_neither_loading_nor_the_others(write_config, tmp_path):
    (tmp_path / "here.root").touch()
    config = load_config(
        write_config("io: {PU0: {photons: {file: here.root}, pions: {file: gone.root}}}\ngeometry: {file: .}")
    )
    assert set(config.samples) == {("photons", "0"), ("pions", "0")}
    found = check_files(config)
    assert list(found) == [("pions", "0"), "geometry"]
    missing, folder = found.values()
    assert missing.read == f"{config.path}: io.PU0.pions.file"
    assert "gone.root" in missing.found
    assert "does not exist" in missing.found
    assert folder.read == f"{config.path}: geometry.file"
    assert "no regular file" in folder.found


def test_a_remote_file_is_not_looked_for(write_config):
    config = load_config(write_config("io: {PU0: {photons: {file: 'root://eos.example//store/a.root'}}}"))
    assert check_files(config) == {}
    assert config.samples["photons", "0"].path == "root://eos.example//store/a.root"


def test_a_home_that_there_is_not_is_no_fault_of_the_program(write_config):
    config = load_config(write_config("io: {PU0: {photons: {file: ~nosuchuser/a.root}}}"))
    (error,) = check_files(config).values()
    assert "~nosuchuser/a.root" in str(error)
    assert error.read == f"{config.path}: io.PU0.photons.file"
    with pytest.raises(ConfigError, match="~nosuchuser"):
        load_config("~nosuchuser/config.yaml")
    with pytest.raises(ConfigError, match="~nosuchuser"):
        ChainParameters.from_yaml(Path("~nosuchuser/p.yaml"))


def test_what_no_configuration_names_has_no_key(write_config, tmp_path):
    (tmp_path / "one.root").touch()
    config = config_for_files(
        [tmp_path / "one.root"], load_config(write_config("geometry: {file: gone.root}"))
    )
    (tmp_path / "one.root").unlink()
    assert list(check_files(config)) == ["geometry"]
    assert config.named_sample(("one", "")) == ""
    assert Config().named_sample(("photons", "0")) == ""  # of the toy sample


@pytest.mark.parametrize("name", ["x" * 300, "a\0b"])
def test_a_name_that_no_file_can_have(write_config, name):
    config = load_config(write_config(f"io: {{PU0: {{photons: {{file: {json.dumps(name)}}}}}}}"))
    (error,) = check_files(config).values()
    assert "which cannot be looked at" in error.found


def test_files_of_the_command_line_take_the_place_of_the_samples(tmp_path, write_config, monkeypatch):
    base = load_config(write_config("io: {PU0: {photons: {file: x.root}}}\nseed: {histoThreshold: 7}"))
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "skim.root").touch()
    (tmp_path / "one.parquet").touch()
    monkeypatch.chdir(tmp_path)
    config = config_for_files(["a/skim.root", "b/skim.root", "one.parquet", "a/skim.root"], base)
    assert set(config.samples) == {("a/skim", ""), ("b/skim", ""), ("one", ""), ("a/skim (2)", "")}
    assert config.samples["b/skim", ""].path == tmp_path / "b/skim.root"
    assert config.seed.threshold == 7
    assert config.default_events == {}
    assert not config.toy
    with pytest.raises(ConfigError, match="no such file"):
        config_for_files(["one.parquet", "two.parquet"], base)
