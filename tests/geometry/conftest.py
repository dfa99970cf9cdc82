import pytest

from bye_splits.geometry import Geometry


@pytest.fixture(scope="session")
def geometry():
    return Geometry.v11()


@pytest.fixture(scope="session")
def cells(geometry):
    return geometry.trigger_cells


@pytest.fixture(autouse=True)
def cache_folder(monkeypatch, tmp_path):
    """An empty cache folder for each test."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("BYE_SPLITS_CACHE", str(folder))
    return folder
