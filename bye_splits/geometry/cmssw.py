"""The geometry out of a CMSSW file: TreeTriggerCells, one row per trigger cell of both endcaps."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import uproot

from .. import cache
from ..errors import GeometryError
from . import constants as c
from . import v11
from .detector import Geometry

DIRECTORY, TREE = "L1THGCaltriggergeomtester", "TreeTriggerCells"
INTEGERS = (
    *("zside", "subdet", "layer", "waferu", "waferv"),
    *("triggercellu", "triggercellv", "triggercellieta", "triggercelliphi"),
)
SUBDETECTORS = (c.CEE, c.CEH_SILICON, c.SCINTILLATOR)
FORMAT = 1  # of the cached table


def read(path, directory: str | None = None, tree: str | None = None) -> Geometry:
    """Geometry of a CMSSW file; see `Geometry.from_root`."""
    path = Path(path)
    where = f"{path}:{directory or DIRECTORY}/{tree or TREE}"
    cells = _cached(path, where, directory or DIRECTORY, tree or TREE)
    layer_z, tile_z = (_planes(cells, is_tile) for is_tile in (False, True))
    geometry = Geometry(cells, layer_z, tile_z, source=str(path))
    return _checked(geometry, where)


def _cached(path: Path, where: str, directory: str, tree: str) -> pd.DataFrame:
    folder = cache.folder()
    try:
        status = path.stat()
        if not path.is_file():
            raise OSError("not a regular file")
    except OSError as error:
        raise _error(where, str(error)) from error
    if folder is None:
        return _read_table(path, where, directory, tree)
    key = json.dumps([str(path.resolve()), status.st_size, status.st_mtime_ns, status.st_ino, where, FORMAT])
    kept = folder / f"geometry-{hashlib.sha256(key.encode()).hexdigest()[:16]}.parquet"
    try:
        with open(kept, "rb") as opened:
            return pd.read_parquet(opened)
    except (OSError, ValueError):  # none yet, or a broken one: it is made anew
        cells = _read_table(path, where, directory, tree)
    try:
        cache.write_atomically(kept, cells.to_parquet)
    except OSError:  # a full disk costs the next start two seconds, nothing else
        pass
    return cells


def _read_table(path: Path, where: str, directory: str, tree: str) -> pd.DataFrame:
    try:
        with uproot.open(path, handler=uproot.MultithreadedFileSource) as file:
            branches = file[f"{directory}/{tree}"]
            missing = [name for name in (*INTEGERS, "x", "y", "z") if name not in branches.keys()]
            if missing:
                raise _error(where, f"no branch {', '.join(missing)}")
            rows = {
                name: branches[name].array(library="np") for name in (*INTEGERS, "x", "y", "z")
            }
    except GeometryError:
        raise
    except Exception as error:  # uproot raises many kinds; all mean that the file cannot be used
        raise _error(where, f"{type(error).__name__}: {error}".split("\n")[0]) from error
    tile = rows["subdet"] == c.SCINTILLATOR
    layer = rows["layer"] + np.where(rows["subdet"] == c.CEE, 0, c.N_CEE)
    unknown = ~np.isin(rows["subdet"], SUBDETECTORS) | (layer < 1) | (layer > c.N_LAYERS)
    if unknown.any():
        raise _error(where, f"{unknown.sum()} rows of an unknown subdetector or layer")
    columns = {
        "subdet": rows["subdet"],
        "layer": layer,
        "waferu": np.where(tile, c.NO_WAFER, rows["waferu"]),
        "waferv": np.where(tile, c.NO_WAFER, rows["waferv"]),
        "cellu": np.where(tile, rows["triggercellieta"], rows["triggercellu"]),
        "cellv": np.where(tile, rows["triggercelliphi"], rows["triggercellv"]),
    }
    cells = pd.DataFrame(
        {name: values.astype(np.int16) for name, values in columns.items()}
        | {name: rows[name].astype(np.float32) for name in ("x", "y", "z")}
    )
    cells = cells[(rows["zside"] == 1) & np.isin(layer, c.TRIGGER_LAYERS)]
    if cells.empty:
        raise _error(where, "no row of the +z endcap in a trigger layer")
    cells = cells.sort_values(["layer", "subdet", "waferu", "waferv", "cellu", "cellv"], ignore_index=True)
    return cells.assign(part=_part(cells))


def _part(cells: pd.DataFrame) -> pd.Categorical:
    """Full or partial, from how many trigger cells the wafer has: the file does not say it."""
    from . import tiles

    tile = (cells.subdet == c.SCINTILLATOR).to_numpy()
    size = cells.groupby(["layer", "waferu", "waferv"])["x"].transform("size").to_numpy()
    first, last = tiles.ring_range(cells.layer.to_numpy(), np.where(tile, cells.cellu, 1))
    return pd.Categorical.from_codes(np.where(np.where(tile, last > first, size == 48), 0, 1), v11.PARTS)


def _planes(cells: pd.DataFrame, is_tile: bool) -> np.ndarray:
    planes = np.full(c.N_LAYERS + 1, np.nan)
    mean = cells[(cells.subdet == c.SCINTILLATOR) == is_tile].groupby("layer")["z"].median()
    planes[mean.index] = mean
    return planes


def _checked(geometry: Geometry, where: str) -> Geometry:
    """Refuse a table whose positions and indices do not go together: its pictures would be wrong."""
    cells = geometry.trigger_cells
    repeated = int(cells.duplicated(["layer", "waferu", "waferv", "cellu", "cellv"]).sum())
    if repeated:
        raise _error(where, f"{repeated} trigger cells that stand twice")
    found = geometry.covering(cells.x, cells.y, cells.z)
    elsewhere = int((found != np.arange(len(cells))).sum())
    if elsewhere > 0.01 * len(cells):
        raise _error(where, f"{elsewhere} of {len(cells)} trigger cells outside the outline of their indices")
    if elsewhere:
        geometry.notices = (f"{elsewhere} of {len(cells)} trigger cells lie outside their drawn outline.",)
    return geometry


def _error(where: str, found: str) -> GeometryError:
    return GeometryError(
        where,
        expected="trigger cells of the V11 geometry, one row each, as CMSSW's geometry tester writes them",
        found=found,
        action="Check `geometry` in the configuration, or leave it out to use the computed V11 geometry.",
    )
