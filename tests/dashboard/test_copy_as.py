"""What the copy buttons give, run as a user would run it."""

import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from display_files import PHOTON, Made, both, cells, write
from split_events import ELECTRONS, SPLIT, catalogue_of, electrons_file, shown

from bye_splits import cli
from bye_splits.chain import ChainParameters, run
from bye_splits.chain.cmssw import to_cmssw
from bye_splits.config import Config
from bye_splits.dashboard.catalogue import Catalogue
from bye_splits.dashboard.views.display.copy_as import CopyAs, as_python
from bye_splits.errors import ConfigError
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


def copied(view, name):
    """The text that a click on a button writes for the clipboard."""
    view.buttons[name].clicks += 1
    return view.written.data["text"][0]


def assert_reproduces(state, folder=None):
    view = CopyAs(state)
    python, yaml = copied(view, "Python"), copied(view, "YAML")
    assert python == as_python(state)
    pd.testing.assert_frame_equal(
        here(python) if folder is None else alone(python, folder), state.chain.result.clusters
    )
    parameters = ChainParameters.from_yaml(yaml)
    assert parameters == state.chain.parameters
    pd.testing.assert_frame_equal(
        run(state.chain.chain_table, parameters).clusters, state.chain.result.clusters
    )
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
        "cells = cells[cells.z > 0]",
        "parameters = ChainParameters(tc_threshold=0.5)",
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
    state.change_chain(**state.chain.widened(state.chain.parameters, 4))
    python = assert_reproduces(state, tmp_path)
    assert f"directory={DIRECTORY!r}, tree={TREE!r})" in python
    assert "from bye_splits.settings import Clustering, CoarseSeeding, Smoothing\n" in python
    plain = "kernel='flat_top', seed_threshold=12.3, seed_window=3, tc_threshold=0.8, "
    assert f"{plain}smooth=Smoothing(bin_sums=(17, " in python
    assert "coarse_layers" not in python


def test_it_is_the_shown_set(path):
    state = shown(catalogue_of(path))
    state.compare_with({"chain": "coarse_seeding", "association": "max_energy", "radius": 0.03})
    view = CopyAs(state)
    assert "ChainParameters(tc_threshold=0.5)" in copied(view, "Python")
    state.chain.compare = "B"
    wanted = "chain='coarse_seeding', radius=0.03, association='max_energy', tc_threshold=0.5"
    assert f"ChainParameters({wanted})" in copied(view, "Python")
    assert_reproduces(state)


def parts_of(text):
    """Documents of a YAML text, each as a user would take it, with its comments."""
    return [part.strip("\n") + "\n" for part in text.split("---\n")]


@pytest.mark.parametrize("elsewhere", [False, True])
def test_of_two_sets_both_are_copied(path, tmp_path, elsewhere):
    config = Config(samples={ELECTRONS: Sample(*ELECTRONS, path)})
    state = shown(Catalogue(config))
    state.change_chain(radius=0.02)
    state.compare_with({"chain": "coarse_seeding", "association": "max_energy", "seed_threshold": 5.0})
    view = CopyAs(state)
    python, yaml = copied(view, "Python"), copied(view, "YAML")
    names = {}
    with redirect_stdout(StringIO()) as said:
        exec(python, names)
    results = [state.chain.result_a, state.chain.result_b]
    for name, result in zip("ab", results, strict=True):
        assert names[f"parameters_{name}"] == result.parameters
        pd.testing.assert_frame_equal(names[f"result_{name}"].clusters, result.clusters)
    assert said.getvalue() == "A\n{}\nB\n{}\n".format(*(result.clusters for result in results))
    assert python.index("# A") < python.index("radius=0.02") < python.index("# B") < python.index("coarse")
    assert python.count("open_source(") == 1
    parts = parts_of(yaml)
    assert [part.splitlines()[0][:5] for part in parts] == ["# A: ", "# B: "]
    # A file of each part does for another configuration, too.
    other = replace(config, cluster=Clustering(min_pt=9.0), cs=CoarseSeeding(nearby=True, first_layer=9))
    for n, (part, result) in enumerate(zip(parts, results, strict=True)):
        file = tmp_path / f"{n}.yaml"
        file.write_text(part)
        assert ChainParameters.from_yaml(file, other if elsewhere else config) == result.parameters
    state.chain.compare = "B"
    assert_reproduces(state)
    assert "parameters_a" not in copied(view, "Python")
    state.update(set_b=None, compare="A | B")  # as a link may have it
    assert_reproduces(state)


def test_the_copied_file_gives_the_command_line_the_same_clusters(path, tmp_path):
    """Also with a configuration that has other values."""
    state = shown(catalogue_of(path))
    state.change_chain(kernel="flat_top")
    state.compare_with({"chain": "coarse_seeding", "seed_threshold": 5.0})
    config = tmp_path / "config.yaml"
    config.write_text("cluster: {PtC3dThreshold: 9}\nseed: {histoThreshold: 70}\ncs: {firstLayer: 9}\n")
    text = copied(CopyAs(state), "YAML")
    for name, part, result in zip(
        "AB", parts_of(text), (state.chain.result_a, state.chain.result_b), strict=True
    ):
        file, out = tmp_path / f"{name}.yaml", tmp_path / f"{name}.parquet"
        file.write_text(part)
        command = ["chain", str(path), "--out", str(out), "--config", str(config), "--parameters", str(file)]
        assert cli.main(command) == 0
        found = pd.read_parquet(out)
        found = found[found.event == SPLIT]
        np.testing.assert_allclose(found.pt, result.clusters.pt, rtol=1e-6)
        assert found.n_cells.tolist() == result.clusters.n_cells.tolist()
        assert ChainParameters.from_yaml(pq.read_schema(out).metadata[b"parameters"].decode()) == (
            result.parameters
        )


def test_cmssws_fragment_gives_the_shown_clusters(path, tmp_path):
    """In the command line too, whose configuration has what CMSSW's module does not have."""
    state = shown(catalogue_of(path))
    state.change_chain(chain="xy", seeding="interpolated_max", association="energy_split", radius=0.02)
    view = CopyAs(state)
    text = copied(view, "CMSSW")
    assert text == to_cmssw(state.chain.parameters)
    assert "# - tc_threshold = 0.5: " in text
    parameters = ChainParameters.from_cmssw(text, Config())
    assert parameters == state.chain.parameters
    file, out = tmp_path / "cfi.py", tmp_path / "clusters.parquet"
    file.write_text(text)
    assert cli.main(["chain", str(path), "--out", str(out), "--parameters", str(file)]) == 0
    found = pd.read_parquet(out)
    np.testing.assert_allclose(found[found.event == SPLIT].pt, state.chain.result.clusters.pt, rtol=1e-6)
    assert ChainParameters.from_yaml(pq.read_schema(out).metadata[b"parameters"].decode()) == parameters


def test_two_fragments_for_cmssw_are_not_one(path):
    state = shown(catalogue_of(path))
    state.compare_with({"seed_window": 3, "seed_threshold": 5.0})
    text = copied(CopyAs(state), "CMSSW")
    with pytest.raises(ConfigError, match="expected a Python configuration"):
        ChainParameters.from_cmssw(text)
    for part, result in zip(parts_of(text), (state.chain.result_a, state.chain.result_b), strict=True):
        assert ChainParameters.from_cmssw(part, Config()) == result.parameters.changed(seed_window=1)
    assert "# - seed_window = 3: CMSSW" in text


def test_other_layers_of_coarse_seeding(path):
    state = shown(catalogue_of(path))
    state.change_chain(chain="coarse_seeding", coarse_layers=(9, 11))
    assert "coarse_layers=(9, 11)" in assert_reproduces(state)
    state.change_chain(
        coarse_layers=(9,), cs=replace(state.chain.parameters.cs, mip_thresholds=(9.0, 9.0, 9.0))
    )
    assert "coarse_layers=(9,)" in assert_reproduces(state)


def test_the_other_endcap_of_the_second_of_two_events_with_one_number(tmp_path, columns, show_file):
    two = both(cells(columns, [5, 6], mip=80.0, side=1), cells(columns, [5, 6], mip=900.0, side=-1))
    events = [Made(7, cells(columns, [900], mip=50.0), [PHOTON]), Made(7, two, [PHOTON])]
    state = show_file(write(tmp_path / "two's.root", events), entry=1, endcap="-z")
    python = assert_reproduces(state)
    assert "event = source.event_at(1)  # event 7\n" in python
    assert "cells[cells.z < 0]" in python
    assert (state.chain.result.clusters["eta"] < 0).tolist() == [True, True]


def test_nothing_is_written_before_it_is_asked_for(path):
    state = shown(catalogue_of(path))
    view = CopyAs(state)
    state.change_chain(radius=0.02)
    state.step(1)
    assert view.written.data["text"] == []
    first = copied(view, "YAML")
    before = view.written.data["count"]
    assert copied(view, "YAML") == first
    assert view.written.data["count"] != before  # so that the browser is told of the same text again


def test_a_new_event_is_a_new_text(path):
    state = shown(catalogue_of(path))
    view = CopyAs(state)
    state.step(1)
    assert f"source.event({state.shown.loaded.event.number})" in copied(view, "Python")
    assert [button.label for button in view.buttons.values()] == [
        "Copy as Python",
        "Copy as YAML",
        "Copy as CMSSW",
    ]


def test_what_was_read_is_copied_when_its_file_is_gone(path, tmp_path):
    own = tmp_path / "own.root"
    own.write_bytes(path.read_bytes())
    state = shown(catalogue_of(own))
    view = CopyAs(state)
    own.unlink()
    state.change_chain(radius=0.02)
    assert "radius=0.02" in copied(view, "Python")
    assert f"source.event({state.shown.loaded.event.number})" in copied(view, "Python")
