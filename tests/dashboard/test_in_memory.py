"""`bye_splits.show`: an event in memory on the display, in a script and in a notebook, without any file."""

import subprocess
import sys
import urllib.request

import numpy as np
import pytest
from forking import PYTHON

import bye_splits
from bye_splits.chain import ChainParameters, run
from bye_splits.dashboard import link
from bye_splits.dashboard.in_memory import SAMPLE
from bye_splits.dashboard.views.display.copy_as import as_python
from bye_splits.dashboard.views.display.page import DisplayPage
from bye_splits.errors import ChainError, SourceError

RADIUS = ChainParameters(radius=0.012, kernel="flat_top")


@pytest.fixture(scope="module")
def event(catalogue):
    return catalogue.source(("photons", "0")).event(4)


def display_of(shown, query=""):
    return DisplayPage(shown.catalogue, query)


@pytest.mark.parametrize("columns", ["event", "all", "needed", "arrays"])
def test_an_event_or_its_table(event, columns):
    cells = event.trigger_cells
    given = {
        "event": event,
        "all": cells,
        "needed": cells.drop(columns=["energy", "eta", "phi"]),
        "arrays": {name: cells[name].to_numpy() for name in cells if name not in ("energy", "eta", "phi")},
    }[columns]
    page = display_of(bye_splits.show(given))
    state = page.state
    assert not page.problems
    assert state.navigation.key == SAMPLE
    assert (state.shown.loaded.number >= 0).all()
    for name in ("mipPt", "pt", "energy", "eta", "phi"):
        np.testing.assert_allclose(state.shown.loaded.value[name], cells[name], rtol=2e-5, atol=1e-5)
    assert (state.shown.generated is None) == (columns != "event")
    pieces = cells[(cells.z > 0) & (cells.mipPt >= 0.5)]
    np.testing.assert_allclose(state.chain.result.clusters.pt, run(pieces).clusters.pt, rtol=1e-6)
    assert "bye_splits.show" in as_python(state)


def test_the_parameters_are_those_it_opens_with(event):
    page = display_of(bye_splits.show(event, RADIUS))
    state = page.state
    assert state.chain.parameters == RADIUS
    assert "radius" not in link.display.write(state)  # what differs from what was given is in the link
    state.change_chain(radius=0.02)
    again = display_of(bye_splits.show(event, RADIUS), link.display.write(state))
    assert again.state.chain.parameters == RADIUS.changed(radius=0.02)
    state.change_chain(chain="coarse_seeding")
    assert state.chain.parameters.radius == 0.02
    assert state.chain.parameters.chain == "coarse_seeding"


def test_what_was_left_out_is_said(event):
    cells = event.trigger_cells.copy()
    cells.loc[cells.index[0], "x"] = np.nan
    cells.loc[cells.index[1], "z"] = 0.0
    notices = display_of(bye_splits.show(cells)).state.shown.loaded.notices
    assert "1 trigger cell was left out: a value is not finite." in notices
    assert "1 trigger cell was left out: without a position (z = 0)." in notices


def test_wrong_input_is_one_sentence(event):
    with pytest.raises(
        SourceError, match=r"table of trigger cells: expected the columns .*, found no mipPt, z"
    ):
        bye_splits.show(event.trigger_cells.drop(columns=["mipPt", "z"]))
    with pytest.raises(ChainError, match=r"parameters: expected ChainParameters"):
        bye_splits.show(event, {"radius": 0.02})


def test_it_is_lazily_imported():
    code = "import sys, bye_splits; bye_splits.show; print('panel' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


SCRIPT = """
import sys
import numpy as np
import panel as pn
import bye_splits
cells = dict(np.load(sys.argv[1]))
shown = bye_splits.show(cells)
server = pn.serve(shown.page, port=0, show=False, start=False, threaded=False)
html = shown._repr_html_()
import re, urllib.request
address = re.search('src="([^"]+)"', html)[1]
for one in (address, address + "?page=geometry"):
    print(urllib.request.urlopen(one, timeout=60).read().decode())
"""


def test_in_a_script_and_in_a_frame(event, tmp_path):
    np.savez(tmp_path / "cells.npz", **{name: event.trigger_cells[name] for name in event.trigger_cells})
    done = subprocess.run(
        [*PYTHON, "-c", SCRIPT, str(tmp_path / "cells.npz")],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "bye_splits \u00b7 display" in done.stdout
    assert "bye_splits \u00b7 geometry" in done.stdout


def test_several_may_be_shown_at_once(event):
    urls = {bye_splits.show(event).url for _ in range(2)}
    assert len(urls) == 2
    for url in urls:
        with urllib.request.urlopen(url, timeout=60) as answer:
            assert b"bye_splits" in answer.read()
