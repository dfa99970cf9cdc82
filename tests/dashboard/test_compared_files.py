"""`io.manifest`: files that are not as the manifest says are not shown, and others are."""

import threading

import pytest

from bye_splits import cli, manifest
from bye_splits.config import config_for_files, load_config
from bye_splits.dashboard.catalogue import Catalogue
from bye_splits.dashboard.state.display import DisplayState
from bye_splits.errors import ByeSplitsError, ConfigError, GeometryError, SourceError
from bye_splits.geometry import Geometry
from bye_splits.samples import toy

GOOD, OTHER = ("photons", "0"), ("electrons", "0")


@pytest.fixture
def folder(tmp_path, capsys):
    """Two samples, and a configuration that names their manifest."""
    for particle, _ in (GOOD, OTHER):
        toy.write_sample(tmp_path / f"{particle}.root", particle, 0, 3, 1, None, Geometry.v11())
    (tmp_path / "config.yaml").write_text(
        "io: {manifest: MANIFEST, PU0: {photons: {file: photons.root}, electrons: {file: electrons.root}}}"
    )
    command = ["check", "--config", str(tmp_path / "config.yaml")]
    assert cli.main([*command, "--write-manifest", str(tmp_path / "MANIFEST")]) == 0
    return tmp_path


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def config_of(folder):
    return load_config(folder / "config.yaml")


def test_files_as_they_were_are_read_once(folder, monkeypatch):
    compared = []
    monkeypatch.setattr(
        manifest, "difference", lambda entry, real=manifest.difference: compared.append(entry) or real(entry)
    )
    catalogue = Catalogue(config_of(folder))
    for _ in range(3):
        assert len(catalogue.source(GOOD)) == 3
    assert [entry.path.name for entry in compared] == ["photons.root"]
    (folder / "photons.root").chmod(0o600)  # it may be another file, and is opened again
    assert len(catalogue.source(GOOD)) == 3
    assert len(compared) == 2


def test_a_changed_file_is_one_error_and_the_other_goes_on(folder):
    flip(folder / "electrons.root")
    catalogue = Catalogue(config_of(folder))
    with pytest.raises(SourceError) as found:
        catalogue.source(OTHER)
    said = str(found.value)
    assert "io.PU0.electrons: " in said
    assert f"expected what {folder / 'MANIFEST'} says of it, found SHA-256 " in said
    assert len(catalogue.source(GOOD)) == 3
    ready, parts = catalogue.readiness()
    assert (ready, parts["photons 0"]) == (True, "ok")
    assert "SHA-256" in parts["electrons 0"]


def test_the_page_says_it_and_shows_the_other(folder):
    flip(folder / "electrons.root")
    state = DisplayState(Catalogue(config_of(folder)))
    state.show(GOOD)
    state.show(OTHER)
    assert state.message.level == "error"
    assert "SHA-256" in state.message.text
    assert state.navigation.key == GOOD


def test_a_file_that_changes_later_is_not_shown_any_more(folder):
    catalogue = Catalogue(config_of(folder))
    assert (len(catalogue.source(OTHER)), len(catalogue.source(GOOD))) == (3, 3)
    toy.write_sample(folder / "electrons.root", "electrons", 0, 4, 1, None, Geometry.v11())
    with pytest.raises(SourceError, match=r"bytes, and .* in the manifest"):
        catalogue.source(OTHER)
    manifest.write(folder / "MANIFEST", [folder / "electrons.root"])
    assert len(catalogue.source(OTHER)) == 4
    assert len(catalogue.source(GOOD)) == 3  # it is open
    with pytest.raises(SourceError, match="found no line for it in the manifest"):
        Catalogue(config_of(folder)).source(GOOD)


def test_files_of_the_command_line_need_not_be_in_it(folder):
    other = folder / "other.root"
    toy.write_sample(other, "pions", 0, 3, 1, None, Geometry.v11())
    flip(folder / "electrons.root")
    given = config_for_files([other, folder / "electrons.root"], config_of(folder))
    catalogue = Catalogue(given)
    assert len(catalogue.source(("other", ""))) == 3
    with pytest.raises(SourceError, match="SHA-256"):
        catalogue.source(("electrons", ""))


def test_a_geometry_that_differs_stops_the_server(folder):
    (folder / "geometry.root").write_bytes(b"root")
    with (folder / "config.yaml").open("a") as config:
        config.write("\ngeometry: {file: geometry.root}\n")
    with pytest.raises(GeometryError, match="found no line for it in the manifest"):
        _ = Catalogue(config_of(folder)).geometry


def test_a_manifest_that_cannot_be_read_is_said(folder):
    (folder / "MANIFEST").unlink()
    with pytest.raises(ByeSplitsError, match="MANIFEST"):
        Catalogue(config_of(folder)).source(GOOD)


def test_check_compares_with_it_by_itself(folder, capsys):
    command = ["check", "--config", str(folder / "config.yaml")]
    assert cli.main(command) == 0
    assert "2 files are as" in capsys.readouterr().out
    flip(folder / "electrons.root")
    assert cli.main(command) == 1
    assert f"{folder / 'electrons.root'}: differs" in capsys.readouterr().out


def test_a_manifest_on_another_machine_is_refused(folder):
    (folder / "config.yaml").write_text("io: {manifest: 'https://data.example/MANIFEST'}")
    with pytest.raises(ConfigError, match=r"io\.manifest: expected the path of a manifest on this machine"):
        config_of(folder)


def test_two_pages_ask_for_a_file_that_is_compared_once(folder, monkeypatch):
    both, compared = threading.Barrier(2), []
    real = manifest.difference
    monkeypatch.setattr(manifest, "difference", lambda entry: compared.append(entry) or real(entry))
    checks = manifest.Checks(folder / "MANIFEST")

    def ask():
        both.wait(10)
        found.append(checks.problem(folder / "photons.root"))

    found = []
    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (found, len(compared)) == (["", ""], 1)
