"""Files as CMSSW's two geometry testers write them, apart from the code that reads them."""

import numpy as np
import pandas as pd
import uproot

DIRECTORY, TREE = "L1THGCaltriggergeomtester", "TreeTriggerCells"
NEWER_TREE = "HGCalTriggerGeoTesterTriggerCells"


def rows_of(cells: pd.DataFrame, seed: int = 1, n_cee: int = 28) -> pd.DataFrame:
    """The older tester's branches for a table of trigger cells: both endcaps, in no order.

    In CE-H the layers start again at 1; the -z endcap is the +z one with x -> -x; a scintillator row has no
    wafer and no cell of one, a silicon row no ieta and iphi.
    """
    tile = (cells.subdet == 10).to_numpy()
    rows = pd.DataFrame(
        {
            "id": np.arange(len(cells)),
            "zside": 1,
            "subdet": cells.subdet,
            "layer": cells.layer - np.where(cells.subdet == 1, 0, n_cee),
            "waferu": np.where(tile, 0, cells.waferu),
            "waferv": np.where(tile, 0, cells.waferv),
            "waferpart": np.where(tile, -1, cells.part != "full") if "part" in cells else -1,
            "waferorient": np.where(tile, -1, 0),
            "triggercellu": np.where(tile, 0, cells.cellu),
            "triggercellv": np.where(tile, 0, cells.cellv),
            "triggercellieta": np.where(tile, cells.cellu, 0),
            "triggercelliphi": np.where(tile, cells.cellv, 0),
        }
    ).astype(np.int32)
    return _both_endcaps(rows, cells, seed)


def newer_rows_of(cells: pd.DataFrame, seed: int = 1) -> pd.DataFrame:
    """The branches of HGCalTriggerGeoTesterManager for a table with `wafertype`: both endcaps, in no order.

    Layers are numbered through; what a trigger cell has not is -999.
    """
    tile = (cells.subdet == 10).to_numpy()
    columns = {
        "valid": 1,
        "disconnected": 0,
        "id": np.arange(len(cells)),
        "errorbits": 0,
        "zside": 1,
        "subdet": cells.subdet,
        "layer": cells.layer,
        "u": np.where(tile, -999, cells.cellu),
        "v": np.where(tile, -999, cells.cellv),
        "ieta": np.where(tile, cells.cellu, -999),
        "iphi": np.where(tile, cells.cellv, -999),
        "waferU": cells.waferu,
        "waferV": cells.waferv,
        "type": cells.wafertype,
        "modid": 1,
        "cells_n": 4,
    }
    rows = pd.DataFrame(columns).astype(np.int32)
    rows = rows.astype(dict.fromkeys(("id", "errorbits", "type"), np.uint32))
    return _both_endcaps(rows, cells, seed)


def _both_endcaps(rows: pd.DataFrame, cells: pd.DataFrame, seed: int) -> pd.DataFrame:
    rows[["x", "y", "z"]] = cells[["x", "y", "z"]].astype(np.float32)
    back = rows.assign(zside=np.int32(-1), x=-rows.x, z=-rows.z)
    return pd.concat([rows, back], ignore_index=True).sample(frac=1, random_state=seed, ignore_index=True)


def write(path, rows, directory: str = DIRECTORY, tree: str = TREE, per_basket: int = 100_000):
    """Write `rows` (columns of numbers) and give `path` back."""
    columns = {name: np.asarray(rows[name]) for name in rows}
    n = len(next(iter(columns.values())))
    with uproot.recreate(path, compression=uproot.LZ4(1)) as file:
        branches = file.mktree(f"{directory}/{tree}", {name: a.dtype for name, a in columns.items()})
        for start in range(0, n, per_basket):
            branches.extend({name: a[start : start + per_basket] for name, a in columns.items()})
    return path
