"""TreeTriggerCells files as CMSSW's geometry tester writes them, apart from the code that reads them."""

import numpy as np
import pandas as pd
import uproot

DIRECTORY, TREE = "L1THGCaltriggergeomtester", "TreeTriggerCells"


def rows_of(cells: pd.DataFrame, seed: int = 1) -> pd.DataFrame:
    """The tester's branches for a table of trigger cells: both endcaps, in no order.

    In CE-H the layers start again at 1; the -z endcap is the +z one with x -> -x; a scintillator row has no
    wafer and no cell of one, a silicon row no ieta and iphi.
    """
    tile = (cells.subdet == 10).to_numpy()
    rows = pd.DataFrame(
        {
            "id": np.arange(len(cells)),
            "zside": 1,
            "subdet": cells.subdet,
            "layer": cells.layer - np.where(cells.subdet == 1, 0, 28),
            "waferu": np.where(tile, 0, cells.waferu),
            "waferv": np.where(tile, 0, cells.waferv),
            "waferpart": np.where(tile, -1, cells.part != "full"),
            "waferorient": np.where(tile, -1, 0),
            "triggercellu": np.where(tile, 0, cells.cellu),
            "triggercellv": np.where(tile, 0, cells.cellv),
            "triggercellieta": np.where(tile, cells.cellu, 0),
            "triggercelliphi": np.where(tile, cells.cellv, 0),
        }
    ).astype(np.int32)
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
