"""The geometry out of a CMSSW file: TreeTriggerCells, one row per trigger cell of both endcaps."""

import contextlib
import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import uproot

from .. import cache
from ..counting import counted
from ..errors import GeometryError, SourceError
from ..remote import RemoteFile, file_of, for_uproot
from . import constants as c
from . import tiles, v11, wafers
from .detector import Geometry

DIRECTORY, TREE = "L1THGCaltriggergeomtester", "TreeTriggerCells"
INTEGERS = (
    *("zside", "subdet", "layer", "waferu", "waferv"),
    *("triggercellu", "triggercellv", "triggercellieta", "triggercelliphi"),
)
POSITIONS = ("x", "y", "z")
# Layers of each subdetector; in the file they start again at 1 in CE-H.
LAYERS = {
    c.CEE: (1, c.N_CEE),
    c.CEH_SILICON: (c.N_CEE + 1, c.N_LAYERS),
    c.SCINTILLATOR: (c.FIRST_MIXED, c.N_LAYERS),
}
PLANE_TOLERANCE = 0.1  # cm, in z, for CMSSW's layers to be those of V11; later versions are further off
TOLERATED = 0.01  # a file with a larger fraction of odd trigger cells is refused
FORMAT = 2  # of the cached table


def read(path, directory: str | None = None, tree: str | None = None) -> Geometry:
    """Geometry of a CMSSW file; see `Geometry.from_root`."""
    path = file_of(path)
    directory, tree = directory or DIRECTORY, tree or TREE
    where = f"{path}:{directory}/{tree}"
    try:
        kept = _cache_file(path, where)
    except SourceError as error:  # an address that cannot be read here
        raise GeometryError(
            error.read, expected=error.expected, found=error.found, action=error.action
        ) from error
    cells = _kept(kept)
    if cells is not None:
        return _geometry(cells, path)
    cells, notices = _table(_rows(path, where, directory, tree), where)
    cells.attrs["notices"] = notices + _check(_geometry(cells, path), where)  # parquet keeps them
    if kept is not None:
        with contextlib.suppress(OSError):  # a full disk costs the next start two seconds, nothing else
            cache.write_atomically(kept, cells.to_parquet)
    return _geometry(cells, path)


def _geometry(cells: pd.DataFrame, path: Path | RemoteFile) -> Geometry:
    layer_z, tile_z = (_planes(cells, is_tile) for is_tile in (False, True))
    return Geometry.from_rules(cells, layer_z, tile_z, str(path), cells.attrs.get("notices", ()))


def _cache_file(path: Path | RemoteFile, where: str) -> Path | None:
    """Where the table of this very file is kept, or None where nothing can be kept."""
    try:
        status = path.stat()
        if not path.is_file():  # a FIFO would block for ever
            raise OSError("a directory or a special file where a file should be")
    except OSError as error:
        raise _error(where, error.strerror or str(error)) from error
    folder = cache.folder()
    if folder is None:
        return None
    key = json.dumps([str(path.resolve()), status.st_size, status.st_mtime_ns, status.st_ino, where, FORMAT])
    return folder / f"geometry-{hashlib.sha256(key.encode()).hexdigest()[:16]}.parquet"


def _kept(kept: Path | None) -> pd.DataFrame | None:
    if kept is None:
        return None
    try:
        with open(kept, "rb") as opened:
            return pd.read_parquet(opened)[list(v11.COLUMNS)]
    except Exception:  # none yet, or broken in one of pyarrow's many ways: it is made anew
        return None


def _rows(path: Path | RemoteFile, where: str, directory: str, tree: str) -> dict:
    """The branches of the +z endcap, integers as int64."""
    try:
        name, how = for_uproot(path)
        with uproot.open(name, **how) as file:
            trees = file.keys(cycle=False, filter_classname="TTree")
            if f"{directory}/{tree}" not in trees:
                raise _error(where, f"no such tree, but {', '.join(trees[:5]) or 'no tree at all'}")
            branches = file[f"{directory}/{tree}"]
            missing = [name for name in (*INTEGERS, *POSITIONS) if name not in branches]
            if missing:
                raise _error(where, f"no branch {', '.join(missing)}")
            rows = branches.arrays([*INTEGERS, *POSITIONS], library="np")
    except GeometryError:
        raise
    except Exception as error:  # uproot raises many kinds; all mean that the file cannot be used
        text = " ".join(str(error).split()) or "nothing more"
        raise _error(where, f"{type(error).__name__}: {text[:200]}") from error
    wrong = [name for name in INTEGERS if rows[name].dtype.kind not in "iu" or rows[name].ndim != 1]
    wrong += [name for name in POSITIONS if rows[name].dtype.kind != "f" or rows[name].ndim != 1]
    if wrong:
        raise _error(where, f"another type than one number a row in {', '.join(wrong)}")
    front = rows["zside"] == 1
    return {
        name: values[front].astype(np.int64 if name in INTEGERS else np.float32)
        for name, values in rows.items()
    }


def _table(rows: dict, where: str) -> tuple[pd.DataFrame, list[str]]:
    """The table of `Geometry.trigger_cells` from the branches of the +z endcap, and notices."""
    subdet = rows["subdet"]
    tile = subdet == c.SCINTILLATOR
    layer = rows["layer"] + np.where(subdet == c.CEE, 0, c.N_CEE)
    known = [(subdet == s) & (layer >= first) & (layer <= last) for s, (first, last) in LAYERS.items()]
    unknown = ~np.logical_or.reduce(known)
    if unknown.any():
        raise _error(where, f"{counted(unknown.sum(), 'row')} of an unknown subdetector or layer")
    columns = {
        "subdet": subdet,
        "layer": layer,
        "waferu": np.where(tile, c.NO_WAFER, rows["waferu"]),
        "waferv": np.where(tile, c.NO_WAFER, rows["waferv"]),
        "cellu": np.where(tile, rows["triggercellieta"], rows["triggercellu"]),
        "cellv": np.where(tile, rows["triggercelliphi"], rows["triggercellv"]),
    }
    in_trigger = np.isin(layer, c.TRIGGER_LAYERS)
    columns, rows = ({k: v[in_trigger] for k, v in d.items()} for d in (columns, rows))
    if not in_trigger.any():
        raise _error(where, "no row of the +z endcap in a trigger layer")
    lost = ~np.logical_and.reduce([np.isfinite(rows[name]) for name in POSITIONS])
    if lost.any():
        raise _error(where, f"{counted(lost.sum(), 'row')} with a position that is not a number")
    notices, possible = [], _possible(columns)
    impossible = int((~possible).sum())
    if impossible > TOLERATED * len(possible):
        raise _error(
            where, f"{impossible} of {len(possible)} rows with indices that no trigger cell can have"
        )
    if impossible:
        rows_left = counted(impossible, "row is", "rows are")
        notices.append(f"{rows_left} left out: indices that no trigger cell can have.")
    cells = pd.DataFrame(
        {name: values[possible].astype(np.int16) for name, values in columns.items()}
        | {name: rows[name][possible] for name in POSITIONS}
    )
    order = ["layer", "subdet", "waferu", "waferv", "cellu", "cellv"]
    cells = cells.sort_values(order, ignore_index=True)
    return cells.assign(part=_part(cells)), notices


def _possible(columns: dict) -> np.ndarray:
    """Rows whose indices are those of a trigger cell of some wafer, or of a ring of tiles."""
    cellu, cellv = columns["cellu"], columns["cellv"]
    first, last = tiles.ring_range(columns["layer"], cellu)
    tile = (first <= last) & (cellv >= 1) & (cellv <= c.N_PHI_TC)
    silicon = wafers.rhombus_indices(cellu, cellv)[0] >= 0
    silicon &= (np.abs(columns["waferu"]) <= 15) & (np.abs(columns["waferv"]) <= 15)
    return np.where(columns["subdet"] == c.SCINTILLATOR, tile, silicon)


def _part(cells: pd.DataFrame) -> pd.Categorical:
    """Full or partial, by the same rules as in `v11.trigger_cells`."""
    tile = (cells.subdet == c.SCINTILLATOR).to_numpy()
    size = cells.groupby(["layer", "waferu", "waferv"])["x"].transform("size").to_numpy()
    first, last = tiles.ring_range(cells.layer.to_numpy(), np.where(tile, cells.cellu, 1))
    return pd.Categorical.from_codes(np.where(np.where(tile, last > first, size == 48), 0, 1), v11.PARTS)


def _planes(cells: pd.DataFrame, is_tile: bool) -> np.ndarray:
    planes = np.full(c.N_LAYERS + 1, np.nan)
    median = cells[(cells.subdet == c.SCINTILLATOR) == is_tile].groupby("layer")["z"].median()
    planes[median.index] = median
    return planes


def _check(geometry: Geometry, where: str) -> list[str]:
    """Refuse a table whose positions and indices do not go together: its pictures would be wrong.

    Returns what is odd but can be lived with, in readable sentences.
    """
    cells = geometry.trigger_cells
    aside = np.abs(np.nan_to_num([geometry.layer_z - c.layer_z(), geometry.tile_z - c.tile_z()])).max(axis=0)
    if aside.max() > PLANE_TOLERANCE:
        raise _error(where, f"layer {aside.argmax()} at a z that is {aside.max():.2f} cm off")
    repeated = int(cells.duplicated(["layer", "waferu", "waferv", "cellu", "cellv"]).sum())
    if repeated:
        raise _error(where, f"{counted(repeated, 'trigger cell')} written more than once")
    elsewhere = int((geometry.covering(cells.x, cells.y, cells.z) != np.arange(len(cells))).sum())
    if elsewhere > TOLERATED * len(cells):
        raise _error(where, f"{elsewhere} of {len(cells)} trigger cells outside the outline of their indices")
    if elsewhere:
        lie = "lies" if elsewhere == 1 else "lie"
        return [f"{elsewhere} of {len(cells)} trigger cells {lie} outside the drawn outline."]
    return []


def _error(where: str, found: str) -> GeometryError:
    return GeometryError(
        where,
        expected="trigger cells of the V11 geometry, one row each, as CMSSW's geometry tester writes them",
        found=found,
        action="Check `geometry` in the configuration, or leave it out to use the computed V11 geometry.",
    )
