"""What the copy buttons give, run as a user would run it."""

import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO

import numpy as np
import pandas as pd
import pytest
from display_files import PHOTON, Made, both, cells, write
from split_events import ELECTRONS, catalogue_of, electrons_file, shown

from bye_splits.chain import ChainParameters, run
from bye_splits.config import Config
from bye_splits.dashboard.catalogue import Catalogue
from bye_splits.dashboard.views.copy_as import CopyAs, as_python
from bye_splits.samples.writing import DIRECTORY, TREE
from bye_splits.settings import Clustering, CoarseSeeding, Sample, Selection


@pytest.fixture(scope="module")
def path(tmp_path_factory, geometry):
    return electrons_file(tmp_path_factory.mktemp("electrons"), geometry)


def here(script):
    """Run a script in this process; its clusters."""
    names = {}
    with redirect_stdout(StringIO()) as said:
        exec(script, names)
    assert said.getvalue() == f"{names['result'].clusters}\n"
    return names["result"].clusters


def alone(script, folder):
    """Run a script in a process of its own; its clusters."""
    file = folder / "clusters.parquet"
    script += f"\nresult.clusters.to_parquet({str(file)!r})\n"
    made = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False, cwd=folder
    )
    assert made.returncode == 0, made.stderr
    found = pd.read_parquet(file)
    assert made.stdout == f"{found}\n"
    return found


def assert_reproduces(state, folder=None):
    view = CopyAs(state)
    python, yaml = (view.texts.data[name][0] for name in ("python", "yaml"))
    assert python == as_python(state)
    pd.testing.assert_frame_equal(
        here(python) if folder is None else alone(python, folder), state.result.clusters
    )
    parameters = ChainParameters.from_yaml(yaml)
    assert parameters == state.parameters
    pd.testing.assert_frame_equal(run(state.chain_table, parameters).clusters, state.result.clusters)
    return python


def test_the_default_is_short(path, tmp_path):
    python = assert_reproduces(shown(catalogue_of(path)), tmp_path)
    assert python.splitlines() == [
        "from bye_splits.chain import ChainParameters, run",
        "from bye_splits.data import open_source",
        "",
        f"source = open_source({str(path)!r})",
        "event = source.event(41)",
        "cells = event.trigger_cells",
        "cells = cells[(cells.z > 0) & (cells.mipPt >= 0.5)]",
        "parameters = ChainParameters()",
        "result = run(cells, parameters)",
        "print(result.clusters)",
    ]


def test_all_that_was_changed_is_in_it(path, tmp_path):
    """And what the configuration says: the tree, the threshold of mipPt, radii by layer."""
    sample = Sample(*ELECTRONS, path, directory=DIRECTORY, tree=TREE)
    state = shown(
        Catalogue(
            Config(
                samples={ELECTRONS: sample},
                selection=Selection(mip_threshold=0.8),
                cluster=Clustering(radii=(0.01,) * 52, min_pt=0.1),
                cs=CoarseSeeding(nearby=True),
            )
        )
    )
    state.change_chain(kernel="flat_top", seed_threshold=np.float64(12.3), seed_window=3)
    state.change_chain(**state.widened(state.parameters, 4))
    python = assert_reproduces(state, tmp_path)
    assert f"directory={DIRECTORY!r}, tree={TREE!r})" in python
    assert "from bye_splits.settings import Clustering, CoarseSeeding, Smoothing\n" in python
    assert "kernel='flat_top', seed_window=3, seed_threshold=12.3, smooth=Smoothing(bin_sums=(17, " in python
    assert "cells.mipPt >= 0.8" in python
    assert "coarse_layers" not in python


def test_it_is_the_shown_set(path):
    state = shown(catalogue_of(path))
    state.compare_with({"chain": "coarse_seeding", "association": "max_energy", "radius": 0.03})
    view = CopyAs(state)
    assert "ChainParameters()" in view.texts.data["python"][0]
    state.compare = "B"
    wanted = "ChainParameters(chain='coarse_seeding', association='max_energy', radius=0.03)"
    assert wanted in view.texts.data["python"][0]
    assert_reproduces(state)


def test_other_layers_of_coarse_seeding(path):
    state = shown(catalogue_of(path))
    state.change_chain(chain="coarse_seeding", coarse_layers=(9, 11))
    assert "coarse_layers=(9, 11)" in assert_reproduces(state)
    state.change_chain(coarse_layers=(9,), cs=replace(state.parameters.cs, mip_thresholds=(9.0, 9.0, 9.0)))
    assert "coarse_layers=(9,)" in assert_reproduces(state)


def test_the_other_endcap_of_the_second_of_two_events_with_one_number(tmp_path, columns, show_file):
    two = both(cells(columns, [5, 6], mip=80.0, side=1), cells(columns, [5, 6], mip=900.0, side=-1))
    events = [Made(7, cells(columns, [900], mip=50.0), [PHOTON]), Made(7, two, [PHOTON])]
    state = show_file(write(tmp_path / "two's.root", events), entry=1, endcap="-z")
    python = assert_reproduces(state)
    assert "event = source.event_at(1)  # event 7\n" in python
    assert "(cells.z < 0)" in python
    assert (state.result.clusters["eta"] < 0).tolist() == [True, True]


def test_a_new_event_is_a_new_text(path):
    state = shown(catalogue_of(path))
    view = CopyAs(state)
    state.step(1)
    assert f"source.event({state.loaded.event.number})" in view.texts.data["python"][0]
    assert [button.label for button in view.buttons] == ["Copy as Python", "Copy as YAML"]
