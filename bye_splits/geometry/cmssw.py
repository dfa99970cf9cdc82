"""The geometry in a CMSSW geometry-test file: one row per trigger cell of both endcaps."""

import contextlib
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from .. import cache
from ..counting import counted
from ..errors import GeometryError, SourceError
from ..fingerprints import Fingerprint
from ..page_checksums import VERIFIED, WRITTEN
from ..remote import RemoteFile, file_of
from . import constants as c
from . import inferred, kept, testers, tiles, v11, versions, wafers
from .covering import Z_TOLERANCE
from .detector import Geometry
from .makers import makes_geometry_of
from .testers import POSITIONS, Rows, error
from .versions import Family

PLANE_TOLERANCE = 0.1  # cm, largest difference in z from V11's layers; later versions are further off
TOLERATED = 0.01  # a file with a larger fraction of odd trigger cells is rejected
HGCAL = (300.0, 560.0)  # cm, range in z of all layers in every version
MOST_LAYERS = 127
FORMAT = 3  # of the cached tables


@makes_geometry_of("root")
def read(path: str | os.PathLike[str], directory: str | None = None, tree: str | None = None) -> Geometry:
    """Geometry of a CMSSW file; see `Geometry.from_root`."""
    path = file_of(path)
    try:
        stem = _cache_stem(path, directory, tree)
    except SourceError as problem:  # an address that cannot be read here
        raise GeometryError(
            problem.read, expected=problem.expected, found=problem.found, action=problem.action
        ) from problem
    geometry = _kept(stem, path)
    if geometry is not None:
        return geometry
    rows = testers.rows_of(path, directory, tree)
    rows, family, n_cee = _numbered(rows)
    if family is None or family.name != "V11":
        geometry = _from_positions(rows, family, n_cee, path)
        _keep(stem, ".npz", lambda file: kept.save(geometry, file))
        return geometry
    cells, notices = _table(rows, family)
    cells.attrs["notices"] = [*rows.notices, *notices, *_check(_geometry(cells, path), rows.where)]
    _keep(stem, ".parquet", lambda file: cells.to_parquet(file, **WRITTEN))  # with the notices
    return _geometry(cells, path)


def _geometry(cells: pd.DataFrame, path: Path | RemoteFile) -> Geometry:
    layer_z, tile_z = (_planes(cells, is_tile) for is_tile in (False, True))
    return Geometry.from_rules(cells, layer_z, tile_z, str(path), cells.attrs.get("notices", ()))


def _cache_stem(path: Path | RemoteFile, directory: str | None, tree: str | None) -> Path | None:
    """Path of the cached table of this very file, without a suffix; None if there is no cache."""
    try:
        status = path.stat()
        if not path.is_file():  # a FIFO would block forever
            raise OSError("a directory or a special file where a file should be")
    except OSError as problem:
        raise error(str(path), problem.strerror or str(problem)) from problem
    folder = cache.folder()
    if folder is None:
        return None
    identity = [str(path.resolve()), *Fingerprint.of(status).lasting]
    key = json.dumps([*identity, directory, tree, FORMAT, kept.FORMAT])
    return folder / f"geometry-{hashlib.sha256(key.encode()).hexdigest()[:16]}"


def _kept(stem: Path | None, path: Path | RemoteFile) -> Geometry | None:
    if stem is None:
        return None
    # Missing, or damaged in one of many ways: the geometry is computed again.
    with contextlib.suppress(Exception), open(stem.with_suffix(".parquet"), "rb") as opened:
        return _geometry(pd.read_parquet(opened, **VERIFIED)[list(v11.COLUMNS)], path)
    with contextlib.suppress(Exception):
        return kept.load(stem.with_suffix(".npz"), str(path))
    return None


def _keep(stem: Path | None, suffix: str, write: Callable[[Path], None]) -> None:
    if stem is not None:
        with contextlib.suppress(OSError):  # a full disk costs the next start two seconds, nothing else
            cache.write_atomically(stem.with_suffix(suffix), write)


def _numbered(rows: Rows) -> tuple[Rows, Family | None, int]:
    """Number the layers of the rows consecutively, and find the family that has most of their planes.

    The older format restarts at 1 in CE-H. The z of the planes shows the offset of its numbers; where no
    known version has these planes, it is the last layer of CE-E: an even one, which the file may lack.

    Returns
    -------
    the rows; Family, or None where no family has the planes; last layer of CE-E, 0 where it is unknown
    """
    columns = rows.columns
    planes = pd.Series(columns["z"]).groupby([columns["subdet"], columns["layer"]]).median()
    subdet, layer = (planes.index.get_level_values(k).to_numpy() for k in range(2))
    behind, z, options = subdet != c.CEE, planes.to_numpy(), []
    for known in versions.families():
        for offset in (known.n_cee, 0):
            overall = layer + np.where(behind, offset, 0)
            inside = _inside(subdet, overall, known, known.n_cee)
            index = np.where(inside, overall, 0)
            expected = np.where(subdet == c.SCINTILLATOR, known.tile_z[index], known.layer_z[index])
            off = np.abs(z - expected)
            fits = off < versions.SAME_PLANE
            options.append((fits.sum(), -off[fits].sum(), known, offset))
    n, _, nearest, offset = max(options, key=lambda option: option[:2])
    family: Family | None = nearest
    n_cee = nearest.n_cee
    if 2 * n < max(len(planes), 1):
        family, n_cee = None, int(layer[~behind].max(initial=0))
        n_cee += n_cee % 2
        offset = n_cee if (layer[behind] <= n_cee).any() else 0
    raised = columns["layer"] + np.where(columns["subdet"] != c.CEE, offset, 0)
    return replace(rows, columns=columns | {"layer": raised}), family, n_cee


def _inside(subdet: np.ndarray, layer: np.ndarray, family: Family | None, n_cee: int) -> np.ndarray:
    """Whether layers exist in their subdetectors, bool, shape (n,)."""
    n_layers = family.n_layers if family is not None else MOST_LAYERS
    cee, tile = subdet == c.CEE, subdet == c.SCINTILLATOR
    inside = np.where(cee, (layer >= 1) & (layer <= n_cee), (layer > n_cee) & (layer <= n_layers))
    inside &= cee | tile | (subdet == c.CEH_SILICON)
    if family is not None:
        inside &= ~tile | np.isfinite(family.tile_z)[np.where(inside, layer, 0)]
    return inside


def _columns(rows: Rows, family: Family | None, n_cee: int) -> dict[str, np.ndarray]:
    """Columns as in an event, of the rows in layers that the trigger reads.

    Rows of modules that are not connected were left out where the file marks them; otherwise the even layers
    of CE-E are left out, and in V11 in both formats.
    """
    columns = rows.columns
    subdet, layer = columns["subdet"], columns["layer"]
    unknown = ~_inside(subdet, layer, family, n_cee)
    if unknown.any():
        raise error(rows.where, f"{counted(unknown.sum(), 'row')} of an unknown subdetector or layer")
    tile = subdet == c.SCINTILLATOR
    table = {
        "subdet": subdet,
        "layer": layer,
        "waferu": np.where(tile, c.NO_WAFER, columns["waferu"]),
        "waferv": np.where(tile, c.NO_WAFER, columns["waferv"]),
        "cellu": np.where(tile, columns["ieta"], columns["cellu"]),
        "cellv": np.where(tile, columns["iphi"], columns["cellv"]),
        **{name: columns[name] for name in ("wafertype", *POSITIONS) if name in columns},
    }
    if not rows.marked or (family is not None and family.name == "V11"):
        in_trigger = (layer > n_cee) | (layer % 2 == 1)
        if not in_trigger.all():
            table = {name: values[in_trigger] for name, values in table.items()}
    if not len(table["layer"]):
        raise error(
            rows.where, " ".join(("no row of the +z endcap in a trigger layer", *map(_aside, rows.notices)))
        )
    lost = ~np.logical_and.reduce([np.isfinite(table[name]) for name in POSITIONS])
    if lost.any():
        raise error(rows.where, f"{counted(lost.sum(), 'row')} with a position that is not a number")
    return table


def _aside(notice: str) -> str:
    return f"({notice.rstrip('.')})"


def _table(rows: Rows, family: Family) -> tuple[pd.DataFrame, list[str]]:
    """The table of `Geometry.trigger_cells` of a V11 file, and notices."""
    columns = _columns(rows, family, family.n_cee)
    notices, possible = [], _possible(columns)
    impossible = int((~possible).sum())
    _refuse_impossible(impossible, len(possible), rows.where)
    if impossible:
        rows_left = counted(impossible, "row is", "rows are")
        notices.append(f"{rows_left} left out: indices that no trigger cell can have.")
    cells = pd.DataFrame(
        {name: columns[name][possible].astype(np.int16) for name in v11.COLUMNS[:6]}
        | {name: columns[name][possible] for name in POSITIONS}
    )
    order = ["layer", "subdet", "waferu", "waferv", "cellu", "cellv"]
    cells = cells.sort_values(order, ignore_index=True)
    return cells.assign(part=_part(cells)), notices


def _refuse_impossible(n: int, of: int, where: str) -> None:
    if n > TOLERATED * of:
        raise error(where, f"{n} of {of} rows with indices that no trigger cell can have")


def _refuse_repeated(n: int, where: str) -> None:
    if n:
        raise error(where, f"{counted(n, 'trigger cell')} written more than once")


def _refuse_elsewhere(n: int, of: int, where: str) -> None:
    if n > TOLERATED * of:
        raise error(where, f"{n} of {of} trigger cells outside the outline of their indices")


def _elsewhere(n: int, of: int, outline: str) -> str:
    return f"{n} of {of} trigger cells {'lies' if n == 1 else 'lie'} outside the {outline}."


def _from_positions(
    rows: Rows, family: Family | None, n_cee: int, path: Path | RemoteFile
) -> inferred.Inferred:
    """The geometry of a file of another version than V11, checked; wafers are placed by its positions."""
    where = rows.where
    if len(rows.columns["z"]):
        _refuse_planes(rows)
    if family is None and not n_cee and not rows.marked and len(rows.columns["z"]):
        raise error(
            where, "no row of CE-E, and planes of no known version, so that CE-H's layers have no numbers"
        )
    columns = _columns(rows, family, n_cee)
    n = len(columns["layer"])
    geometry = inferred.from_positions(columns, str(path), complete=True, notices=rows.notices)
    seen, tile, left_out = geometry.evidence.silicon, geometry.evidence.tile, geometry.evidence.left_out
    _refuse_impossible(left_out, n, where)
    _refuse_repeated(n - left_out - len(seen.wafer) - len(tile["layer"]), where)
    if geometry.coarsened:
        raise error(
            where, f"positions that are {geometry.fit.median:.1f} cm off those of single trigger cells"
        )
    number = geometry.find(*(columns[name] for name in ("layer", "waferu", "waferv", "cellu", "cellv")))
    x, y, z = (columns[name] for name in POSITIONS)
    off_plane = np.abs(geometry.column("z")[number] - z) > Z_TOLERANCE
    elsewhere = int(((number >= 0) & (off_plane | (geometry.covering(x, y, z) != number))).sum())
    _refuse_elsewhere(elsewhere, n, where)
    if elsewhere:
        return geometry.noting(_elsewhere(elsewhere, n, "outline of their indices"))
    return geometry


def _refuse_planes(rows: Rows) -> None:
    """Reject a file with layers outside HGCAL, such as one in metres, or with exchanged endcaps."""
    z = pd.Series(rows.columns["z"]).groupby(rows.columns["layer"]).median()
    z = z[~z.between(*HGCAL)].dropna()
    if len(z):
        low, high = HGCAL
        layer, at = z.index[0], z.iloc[0]
        raise error(
            rows.where,
            f"layer {layer} at a z that is {at:.2f} cm, not between {low:.0f} and {high:.0f} cm",
        )


def _possible(columns: dict) -> np.ndarray:
    """Whether the indices of rows can be those of a trigger cell of a wafer, or of a ring of tiles."""
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
    """Reject a table whose positions and indices disagree, as it would be drawn wrongly.

    Returns sentences about tolerable oddities.
    """
    cells = geometry.trigger_cells
    aside = np.abs(np.nan_to_num([geometry.layer_z - c.layer_z(), geometry.tile_z - c.tile_z()])).max(axis=0)
    if aside.max() > PLANE_TOLERANCE:
        raise error(where, f"layer {aside.argmax()} at a z that is {aside.max():.2f} cm off")
    _refuse_repeated(int(cells.duplicated(["layer", "waferu", "waferv", "cellu", "cellv"]).sum()), where)
    elsewhere = int((geometry.covering(cells.x, cells.y, cells.z) != np.arange(len(cells))).sum())
    _refuse_elsewhere(elsewhere, len(cells), where)
    if elsewhere:
        return [_elsewhere(elsewhere, len(cells), "drawn outline")]
    return []
