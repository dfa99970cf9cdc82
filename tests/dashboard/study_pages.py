"""A catalogue for the pages of the studies, and their states when everything is known."""

import time
from dataclasses import replace

import pytest
from forking import PYTHON

from bye_splits.chain import ChainParameters
from bye_splits.config import Config, Sample
from bye_splits.dashboard.catalogue import Catalogue
from bye_splits.dashboard.views.studies.pages import STUDIES
from bye_splits.geometry import Geometry
from bye_splits.samples import toy
from bye_splits.studies import background, pileup_overlay
from bye_splits.studies.sample_tables import TABLES

EVENTS = 60
KEY, PILEUP = ("electrons", "0"), ("electrons", "200")
FEW = 16  # events of the tables that take long
B = ChainParameters(seed_threshold=150.0)
COARSE = ChainParameters(chain="coarse_seeding")


@pytest.fixture(scope="module")
def studied(tmp_path_factory):
    """A catalogue with a sample of electrons, of which some split, and a process for studies."""
    folder = tmp_path_factory.mktemp("studies")
    path = folder / "electrons.root"
    toy.write_sample(path, "electrons", 0, EVENTS, 1, None, Geometry.v11())
    with_pileup = folder / "electrons_PU200.root"
    toy.write_sample(with_pileup, "electrons", 200, 1, 1, None, Geometry.v11())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BYE_SPLITS_BACKGROUND", "1")
        patch.setenv("BYE_SPLITS_CACHE", str(folder / "cache"))
        patch.setattr(background, "NICE", 0)  # other tests do not wait for it
        patch.setattr("bye_splits.studies.processes.PYTHON", PYTHON)
        patch.setattr(pileup_overlay, "MOST", 8)
        patch.setitem(TABLES, "positions", replace(TABLES["positions"], events=FEW // 2))
        samples = {KEY: Sample(*KEY, path), PILEUP: Sample(*PILEUP, with_pileup)}
        yield Catalogue(Config(samples=samples))


def state_of(studied, slug, **values):
    study = STUDIES[slug]
    state = study.state(studied, study.kinds)
    if study.kinds != STUDIES["cl3d"].kinds:  # which offers a few numbers of events
        state.most = FEW
    samples = (KEY, PILEUP) if study.overlay else (KEY,)
    state.update(**{"samples": samples} | values)
    end = time.monotonic() + 180  # on a machine with much else to do
    while True:
        state.poll()
        if state.complete:
            return state
        assert time.monotonic() < end, state.states
        time.sleep(0.02)


@pytest.fixture(scope="module")
def response(studied):
    return state_of(studied, "response")


@pytest.fixture(scope="module")
def particles(studied):
    return state_of(studied, "response").series[0].particles
