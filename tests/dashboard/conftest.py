import os
from dataclasses import replace
from pathlib import Path

import display_files
import numpy as np
import panel as pn
import pytest
from browser import INNER, Wire, look
from link_names import link_names
from panel.io.location import Location
from study_pages import particles, response, studied  # noqa: F401 - fixtures

from bye_splits.config import Config
from bye_splits.dashboard.catalogue import Catalogue
from bye_splits.dashboard.set_up import set_up_panel
from bye_splits.dashboard.state.display import DisplayState
from bye_splits.dashboard.views.display.facts import BadgeView, CardView, FactsView, MapTitle, ShowerTitle
from bye_splits.dashboard.views.display.page import DisplayPage
from bye_splits.geometry import Geometry
from bye_splits.samples import toy
from bye_splits.samples.events import CellColumns
from bye_splits.settings import Sample

WORDS = (BadgeView, CardView, FactsView, MapTitle, ShowerTitle)


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory):
    """A cache folder for all tests of the dashboard, their servers' too."""
    folder, before = tmp_path_factory.mktemp("cache"), os.environ.get("BYE_SPLITS_CACHE")
    os.environ["BYE_SPLITS_CACHE"] = str(folder)
    yield folder
    os.environ.pop("BYE_SPLITS_CACHE")
    if before is not None:
        os.environ["BYE_SPLITS_CACHE"] = before


@pytest.fixture(scope="session", autouse=True)
def panel_set_up():
    """Panel as it is in a server's process."""
    set_up_panel()


@pytest.fixture(scope="session")
def geometry(cache_folder):
    return Geometry.v11()


@pytest.fixture(scope="session")
def columns(geometry):
    return CellColumns(geometry)


@pytest.fixture(scope="session")
def toys(tmp_path_factory, geometry):
    """Toy samples by (particle, pile-up): 12 photons, and 2 pions in pile-up."""
    folder = tmp_path_factory.mktemp("toys")
    files = {("photons", "0"): 12, ("pions", "0"): 3, ("pions", "200"): 2}
    made = {}
    for (particle, pileup), events in files.items():
        made[particle, pileup] = folder / f"{particle}_PU{pileup}.root"
        toy.write_sample(made[particle, pileup], particle, int(pileup), events, 7, None, geometry)
    return made


@pytest.fixture(scope="session")
def config(toys):
    samples = {key: Sample(*key, path) for key, path in toys.items()}
    return Config(samples=samples, default_events={("photons", "0"): (4, 2)})


@pytest.fixture(scope="session")
def catalogue(config):
    return Catalogue(config)


@pytest.fixture
def state(catalogue):
    """The display's state with event 4 of the photons, of which nothing was computed yet."""
    state = DisplayState(catalogue)
    assert state.show(("photons", "0"))
    return state


@pytest.fixture
def own_thresholds(catalogue, monkeypatch):
    """For the time of a test the two chains have different configured thresholds, 20 and 35 mipT."""
    config = catalogue.config
    own = replace(config, cs=replace(config.cs, seed_threshold=35.0))
    monkeypatch.setattr(catalogue, "config", own)


@pytest.fixture(scope="session")
def open_files():
    """Function that makes a catalogue of files: their paths; named by their stems, without pile-up."""

    def opened(*paths, **settings):
        samples = {(Path(path).stem, ""): Sample(Path(path).stem, "", path) for path in paths}
        return Catalogue(Config(samples=samples, **settings))

    return opened


@pytest.fixture
def show_file(open_files):
    """Function that shows the first event of a file: path -> DisplayState."""

    def shown(path, **what):
        state = DisplayState(open_files(path))
        state.show((Path(path).stem, ""), **what)
        return state

    return shown


@pytest.fixture
def shown_at(columns, show_file, tmp_path):
    """Function that shows cells around a direction: (phi, side) -> DisplayState."""

    def shown(phi, side=1):
        apart = np.hypot(columns.x - 60 * np.cos(phi) * side, columns.y - 60 * np.sin(phi))
        near = np.flatnonzero((apart < 8) & (columns.layer <= 13))
        one = display_files.cells(columns, near, mip=20.0 / (1 + apart[near]), side=side)
        eta = side * np.arcsinh(330 / 60)
        particle = {"pid": 22, "exeta": eta, "exphi": phi, "pt": 30.0, "energy": 113.0}
        return show_file(display_files.write(tmp_path / "one.root", [display_files.Made(1, one, [particle])]))

    return shown


@pytest.fixture(scope="session")
def one_page(catalogue):
    page = DisplayPage(catalogue, "?particle=pions&pileup=200&layer=9")
    page.words = [kind(page.state) for kind in WORDS]
    page.wire = Wire(page.map)
    return page


@pytest.fixture
def page(one_page):
    """A page as a browser has it after opening the address above and asking for what is in view."""
    state = one_page.state
    chosen = link_names(state) - {"particle", "pileup", "entry"}
    before = {name: state.parameter(name).default for name in chosen} | {"layer": 9, "cylinder": 40.0}
    assert state.show(("pions", "200"), number=1, **before)
    look(one_page.map, INNER)
    one_page.wire.sent.clear()
    return one_page


@pytest.fixture
def location(monkeypatch):
    made = Location()
    monkeypatch.setattr(type(pn.state), "location", property(lambda self: made))
    return made
