import numpy as np
import pytest

from benchmarks.geometries import turned, turned_cells
from bye_splits.geometry import Geometry
from bye_splits.samples import events, simulation
from bye_splits.samples.transport import Particles


@pytest.fixture(scope="session")
def geometry():
    return Geometry.v11()


@pytest.fixture(scope="session")
def other_cells():
    """Trigger cells of a detector of 47 layers whose wafers are turned."""
    return turned_cells()


@pytest.fixture(scope="session")
def other_geometry():
    """The geometry of `other_cells`."""
    return turned()


@pytest.fixture(scope="session")
def columns(geometry):
    return events.CellColumns(geometry)


@pytest.fixture(autouse=True)
def cache_folder(monkeypatch, tmp_path):
    """An empty cache folder for each test."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("BYE_SPLITS_CACHE", str(folder))
    return folder


@pytest.fixture
def rng():
    return np.random.default_rng(20240607)


@pytest.fixture(scope="session")
def measure(geometry, columns):
    """Function that sends particles into the detector: they, rng -> event index and columns of the cells."""

    def measured(particles, rng):
        n = int(particles.event.max()) + 1
        event, cell, mips, _ = simulation.trigger_cell_mips(particles, geometry, rng)
        table = events.measured(n, event, cell, mips, columns)
        return np.repeat(np.arange(n), table.counts), table.columns

    return measured


@pytest.fixture(scope="session")
def shoot():
    """Function that makes n particles of one kind, one per event, from the origin."""

    def made(pid, pt, eta, n, rng):
        return Particles(
            event=np.arange(n),
            pid=np.full(n, pid, dtype=np.int32),
            pt=np.full(n, float(pt)),
            eta=np.full(n, float(eta)),
            phi=rng.uniform(-np.pi, np.pi, n),
            vertex_z=np.zeros(n),
        )

    return made
