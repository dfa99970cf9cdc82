"""A folder with the files that the pages name, and programs in it: a plugin of the documentation's tests."""

import re
from pathlib import Path

import awkward as ak
import pytest
import uproot
from doc_pages import DOCS, ROOT, blocks
from doc_runs import PASSWORD
from doc_spawner import Spawner

from bye_splits.chain import ChainParameters
from bye_splits.chain.cmssw import to_cmssw
from bye_splits.cli import main
from bye_splits.dashboard.gate.users import line_of
from bye_splits.geometry import Geometry
from bye_splits.samples import toy

SAMPLES = {
    "skim.root": ("photons", 20),
    "other.root": ("electrons", 5),
    "photons_PU0.root": ("photons", 6),
    # without the pile-up of its name, which would take long; one shower alone is a case of its own
    "photons_PU200.root": ("photons", 1),
    "toys/photons_PU0.root": ("photons", 3),
}

SECRETS = {"BYE_SPLITS_OIDC_SECRET": "of the client", "BYE_SPLITS_COOKIE_SECRET": "c" * 40}
"""In the place of the files that `oidc.yaml` names."""


@pytest.fixture(scope="session")
def files(tmp_path_factory) -> Path:
    """Folder with the files that the pages name."""
    folder, v11 = tmp_path_factory.mktemp("files"), Geometry.v11()
    (folder / "toys").mkdir()
    for name, (particle, events) in SAMPLES.items():
        toy.write_sample(folder / name, particle, 0, events, 11, None, v11)
    with uproot.open(folder / "skim.root") as file:
        (tree,) = (each for each in file.values() if isinstance(each, uproot.TTree))
        arrays = tree.arrays()
    ak.to_parquet(arrays, folder / "other.parquet")
    with uproot.recreate(folder / "ntuple.root") as file:
        for name in ("AlgoA", "AlgoB"):
            branches = {key: arrays[key] for key in arrays.fields if not key.endswith("_n")}
            file[f"{name}/HGCalTriggerNtuple"] = branches
    cells = v11.trigger_cells
    columns = ["layer", "subdet", "waferu", "waferv", "cellu", "cellv", "x", "y", "z"]
    cells[columns].to_parquet(folder / "cells.parquet")
    hits = cells.sample(500, random_state=1)[["x", "y", "z"]].assign(event=1, energy=0.1)
    hits.to_parquet(folder / "hits.parquet")
    assert main(["from-hits", str(folder / "hits.parquet"), "--out", str(folder / "event.root")]) == 0
    (folder / "my_config.yaml").write_text("io: {PU0: {photons: {file: skim.root}}}\n")
    for name, parameters in (("A", ChainParameters()), ("B", ChainParameters(radius=0.02))):
        (folder / f"{name}.yaml").write_text(parameters.to_yaml())
    (folder / "cfi.py").write_text(to_cmssw(ChainParameters(radius=0.02)))
    (oidc,) = (
        one.text
        for one in blocks(DOCS / "howto" / "security.md")
        if one.language == "yaml" and "redirect:" in one.text
    )
    (folder / "oidc.yaml").write_text("".join(re.findall(r"^(?!\w*[sS]ecretFile).*\n", oidc, re.MULTILINE)))
    (folder / "users.txt").write_text(line_of("ada", PASSWORD))
    assert main(["check", *map(str, [folder / "skim.root", "--write-manifest", folder / "MANIFEST"])]) == 0
    return folder


@pytest.fixture(scope="session")
def spawner(files):
    """Starts programs in the folder of the files, with the sample there in the place of the toy sample."""
    own = {"BYE_SPLITS_BACKGROUND": "0", "BYE_SPLITS_CONFIG": str(files / "my_config.yaml")}
    for name in ("bye_splits", "examples"):  # which the commands name as they are in the repository
        (files / name).symlink_to(ROOT / name)
    with Spawner(files, **own, **SECRETS) as started:
        yield started
