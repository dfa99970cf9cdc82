"""What the branches of an event file are called, and how their values become an `Event`'s tables.

A branch's own name says what it holds: `good_tc_cellu` is cellu, whatever short key a configuration maps it to.
"""

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from bye_splits.data.files import place
from bye_splits.errors import SourceError

_I, _F = np.dtype(np.int32), np.dtype(np.float32)
TRIGGER_CELLS = {
    **dict.fromkeys(("layer", "waferu", "waferv", "cellu", "cellv"), _I),
    **dict.fromkeys(("mipPt", "pt", "energy", "x", "y", "z", "eta", "phi"), _F),
}
GENERATED = {"pid": _I, **dict.fromkeys(("exeta", "exphi", "pt", "energy"), _F)}
GENERATED_EXTRA = {"eta": _F, "phi": _F}  # kept where the file has them
CLUSTERS = dict.fromkeys(("pt", "energy", "eta", "phi"), _F)

_PREFIXES = {  # kind -> prefixes of trigger cells, generated particles, 3D clusters
    "skim": ("good_tc_", "good_genpart_", "good_cl3d_"),
    "raw": ("tc_", "genpart_", "cl3d_"),
}
# The flat parquet's generated particles, in the names that the existing chain writes; there the direction
# is the one at the calorimeter's face.
GENERATED_ALIASES = {"gen_eta": "exeta", "gen_phi": "exphi", "gen_en": "energy", "gen_pt": "pt", "gen_pid": "pid"}


@dataclass(frozen=True)
class Layout:
    """Which branch holds which column.

    Attributes
    ----------
    kind : "skim", "raw" or "flat" (one row per trigger cell)
    trigger_cells, generated, clusters : column -> branch
    selection : column -> branch of what decides which generated particles are kept; raw ntuples only
    missing : optional branches that the file does not have
    """

    kind: str
    trigger_cells: Mapping[str, str]
    generated: Mapping[str, str] = field(default_factory=dict)
    clusters: Mapping[str, str] = field(default_factory=dict)
    selection: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    @property
    def branches(self) -> list[str]:
        """Every branch that one event needs, in a fixed order."""
        return [*self.trigger_cells.values(), *self.generated.values(), *self.clusters.values(), *self.selection.values()]


def kind_of(names: Collection[str]) -> str:
    """Kind of a tree by its branches: "skim", "raw", "flat", or "" where none fits."""
    for kind, (prefix, _, _) in _PREFIXES.items():
        if any(name.startswith(prefix) for name in names):
            return kind
    return "flat" if {"event", "layer"} <= set(names) else ""


def layout_of(names: Collection[str], where: str) -> Layout:
    """Find the columns of an event among the branches of a tree.

    Parameters
    ----------
    names : the branches
    where : path and tree, for the text of the error

    Raises
    ------
    SourceError : no trigger-cell branches at all, or a mandatory branch is absent; it names the branch and
        those with a similar name
    """
    kind = kind_of(names)
    if not kind:
        raise SourceError(
            where,
            expected="branches of trigger cells ('good_tc_layer' and so on in a skim, 'tc_layer' in a raw ntuple)",
            found=f"none among its {len(names)} branches: {listed(names)}",
            action="Choose the tree that holds the trigger cells.",
        )
    cell, generated, cluster = _PREFIXES.get(kind, ("", "", ""))
    for name in ("event", *(cell + column for column in TRIGGER_CELLS)):
        if name not in names:
            raise missing_branch(name, names, where)
    cells = {column: cell + column for column in TRIGGER_CELLS}
    if kind == "flat":
        return Layout(kind, cells)
    present = lambda prefix, columns: {c: prefix + c for c in columns if prefix + c in names}  # noqa: E731
    optional = [generated + column for column in GENERATED] + [cluster + column for column in CLUSTERS]
    optional += [generated + column for column in ("gen", "reachedEE")] if kind == "raw" else []
    return Layout(
        kind,
        cells,
        generated=present(generated, [*GENERATED, *GENERATED_EXTRA]),
        clusters=present(cluster, CLUSTERS),
        selection=present(generated, ("gen", "reachedEE")) if kind == "raw" else {},
        missing=tuple(name for name in optional if name not in names),
    )


def missing_branch(name: str, names: Collection[str], where: str) -> SourceError:
    """The error for a mandatory branch that is absent, with the names that come near."""
    near = difflib.get_close_matches(name, list(names), n=4, cutoff=0.6)
    found = f"none of that name; near it: {', '.join(near)}" if near else f"only {listed(names)}"
    return SourceError(
        f"{where}, branch '{name}'",
        expected=f"a branch '{name}'",
        found=found,
        action="Write the file with this branch, or choose another tree.",
    )


def listed(names: Collection[str], most: int = 12) -> str:
    """Names as text, at most `most` of them."""
    names = list(names)
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(repr, names[:most])) + rest if names else "nothing"


def assemble(layout: Layout, arrays: Mapping[str, np.ndarray], path, tree: str, entry: int):
    """Make the three tables of one event.

    Parameters
    ----------
    arrays : branch -> values of this event, 1-D, one per trigger cell, particle or cluster
    path, tree, entry : for the text of errors

    Returns
    -------
    trigger_cells, generated, clusters : DataFrame, as `Event` describes them
    notices : list of str, what was dropped or is odd

    Raises
    ------
    SourceError : columns of different lengths, or values that are not numbers of the right kind
    """
    notices: list[str] = []

    def make(what, one, columns, branches):
        table = _table({c: arrays[b] for c, b in branches.items()}, branches, columns, path, tree, entry)
        bad = sum((~np.isfinite(table[c].to_numpy()) for c in branches if c in table and table[c].dtype == _F), False)
        if np.any(bad):
            dropped = int(np.count_nonzero(bad))
            notices.append(f"{counted(dropped, one)} with a value that is not finite (NaN or infinite) left out")
            table = table[~bad].reset_index(drop=True)
        return table

    cells = make("trigger_cells", "trigger cell", TRIGGER_CELLS, layout.trigger_cells)
    negative = int(np.count_nonzero(cells["energy"].to_numpy() < 0))
    if negative:
        notices.append(f"{counted(negative, 'trigger cell')} with a negative energy")
    extra = {c: t for c, t in GENERATED_EXTRA.items() if c in layout.generated}
    selection = {c: _I for c in layout.selection}
    generated = make(
        "generated", "generated particle", {**GENERATED, **extra, **selection}, {**layout.generated, **layout.selection}
    )
    if "gen" in generated:
        generated = generated[generated["gen"] != -1]
    if "reachedEE" in generated:
        generated = generated[generated["reachedEE"] == 2]
    generated = generated.drop(columns=list(selection)).reset_index(drop=True)
    clusters = make("clusters", "cluster", CLUSTERS, layout.clusters)
    return cells, generated, clusters, notices


def counted(number: int, one: str) -> str:
    """'1 trigger cell', '3 trigger cells'."""
    return f"{number} {one}{'' if number == 1 else 's'}"


def _table(arrays, branches, columns, path, tree, entry) -> pd.DataFrame:
    """DataFrame of `columns`; those without a branch are NaN, or 0 where they are integers."""
    lengths = {branches[c]: len(values) for c, values in arrays.items()}
    if len(set(lengths.values())) > 1:
        raise SourceError(
            place(path, tree, entry=entry),
            expected="branches of one length within an event",
            found=", ".join(f"{length} values in '{name}'" for name, length in lengths.items()),
            action="The file is damaged or badly written; write it again.",
        )
    rows = next(iter(lengths.values()), 0)
    data = {}
    for column, dtype in columns.items():
        if column in arrays:
            data[column] = _cast(arrays[column], dtype, place(path, tree, branches[column], entry))
        else:
            data[column] = np.full(rows, 0 if dtype == _I else np.nan, dtype)
    return pd.DataFrame(data, copy=False)


def _cast(values: np.ndarray, dtype: np.dtype, where: str) -> np.ndarray:
    if values.dtype.kind not in "iufb":
        raise SourceError(where, expected="numbers", found=f"values of type {values.dtype}", action="Write the file again.")
    with np.errstate(over="ignore", invalid="ignore"):  # float64 too large for float32: infinite, and counted
        cast = values.astype(dtype, copy=False)
    if dtype == _I and values.dtype != _I and not np.array_equal(cast, values):
        raise SourceError(
            where, expected="whole numbers within 32 bits", found="others", action="Write the file again."
        )
    return cast
