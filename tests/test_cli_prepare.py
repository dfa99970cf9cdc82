"""`bye-splits prepare`: what it makes is used by a process that can make nothing itself."""

import os
import subprocess
import sys

from bye_splits import cli

PREPARE = """
import os, sys
from bye_splits.cli.options import parser
parser()
assert "numba" not in sys.modules  # whose folder the command chooses; here, as `embedded` imports it:
os.environ["NUMBA_CACHE_DIR"] = sys.argv[1] + "/numba"
from bye_splits.samples import embedded
embedded.EVENTS = {0: 3, 200: 1}
from bye_splits.cli import main
sys.exit(main(["prepare", "--out", sys.argv[1]]))
"""
START = """
from bye_splits.dashboard.figures.raster import warm_up
from bye_splits.dashboard.set_up import set_up_panel
from bye_splits.samples import embedded
set_up_panel()
paths = embedded.paths(lambda *_: print("made")).values()
print(*paths, sep="\\n")
warm_up().join()

from numba.core.event import install_recorder
from bye_splits.chain import ChainParameters, run
from bye_splits.chain.chains import CHAINS
from bye_splits.chain.clustering import ASSOCIATIONS
from bye_splits.chain.seed_rules import SEED_RULES
from bye_splits.dashboard.figures.raster import Viewport, cells_in_view, encoded
from bye_splits.data import open_source
from bye_splits.geometry import Geometry
with install_recorder("numba:compile") as compiled:
    view = Viewport.around(0.0, 0.0, 100.0, 620, 520)
    encoded(cells_in_view(Geometry.v11(), 9, "+z", view)[1], view)
    with open_source(next(iter(paths))) as source:
        cells = source.event_at(0).trigger_cells
    for name, values in (("chain", CHAINS), ("seeding", SEED_RULES), ("association", ASSOCIATIONS)):
        for value in values:
            run(cells[cells.z > 0], ChainParameters(**{name: value})).shapes
assert not compiled.buffer, compiled.buffer
"""


def test_what_it_makes_is_used_and_nothing_is_added(tmp_path):
    out = tmp_path / "prepared"
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    done = subprocess.run(
        [sys.executable, "-c", PREPARE, out], env=environment, capture_output=True, text=True, check=True
    )
    assert f"toy sample: {out / 'samples'}, for BYE_SPLITS_SAMPLES" in done.stdout
    made = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    assert sum(path.suffix == ".root" for path in made) == 6
    assert sum(path.suffix == ".nbc" for path in made) >= 5

    more = {"BYE_SPLITS_SAMPLES": str(out / "samples"), "NUMBA_CACHE_DIR": str(out / "numba")}
    done = subprocess.run(
        [sys.executable, "-c", START], env=environment | more, capture_output=True, text=True, check=True
    )
    assert {str(path) for path in made if path.suffix == ".root"} == set(done.stdout.split())
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()} == made


def test_a_folder_that_cannot_be_made_is_said(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert cli.main(["prepare", "--out", str(tmp_path / "file")]) == 2
    assert f"{tmp_path / 'file' / 'samples'}: expected a file that can be written" in capsys.readouterr().err
