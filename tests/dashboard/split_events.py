"""A display of an electron that the chain splits."""

from bye_splits.config import Config
from bye_splits.dashboard.catalogue import Catalogue
from bye_splits.dashboard.state.display import DisplayState
from bye_splits.samples import toy
from bye_splits.settings import Sample

ELECTRONS = ("electrons", "0")
SPLIT, WHOLE = 41, 1  # event numbers


def electrons_file(folder, geometry):
    """The first 41 electrons of the embedded sample."""
    path = folder / "electrons.root"
    toy.write_sample(path, "electrons", 0, SPLIT, 11, None, geometry)
    return path


def catalogue_of(path, **sample):
    return Catalogue(Config(samples={ELECTRONS: Sample(*ELECTRONS, path, **sample)}))


def shown(catalogue, number=SPLIT):
    state = DisplayState(catalogue)
    assert state.show(ELECTRONS, number=number)
    return state
