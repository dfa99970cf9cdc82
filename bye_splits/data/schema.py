"""Names of the branches of an event file.

The name of a branch determines its content: `good_tc_cellu` is cellu, whatever short key a configuration maps
it to.
"""

import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from bye_splits.counting import counted
from bye_splits.data import hits
from bye_splits.errors import SourceError

INTEGER, FLOAT = np.dtype(np.int32), np.dtype(np.float32)
TRIGGER_CELLS = {
    **dict.fromkeys(("layer", "waferu", "waferv", "cellu", "cellv"), INTEGER),
    **dict.fromkeys(("mipPt", "pt", "energy", "x", "y", "z", "eta", "phi"), FLOAT),
}
GENERATED = {"pid": INTEGER, **dict.fromkeys(("exeta", "exphi", "pt", "energy"), FLOAT)}
GENERATED_EXTRA = {"eta": FLOAT, "phi": FLOAT}  # kept if the file has them
CLUSTERS = dict.fromkeys(("pt", "energy", "eta", "phi"), FLOAT)
CLUSTERS_EXTRA = {"clusters_n": INTEGER}  # number of trigger cells; kept if the file has it

_PREFIXES = {  # kind -> prefixes of trigger cells, generated particles, 3D clusters
    "skim": ("good_tc_", "good_genpart_", "good_cl3d_"),
    "raw": ("tc_", "genpart_", "cl3d_"),
}
# Names of the generated particles of flat parquet files as the existing chain writes them, with directions at
# the calorimeter's face.
GENERATED_ALIASES = {
    "gen_eta": "exeta",
    "gen_phi": "exphi",
    "gen_en": "energy",
    "gen_pt": "pt",
    "gen_pid": "pid",
}


@dataclass(frozen=True)
class Layout:
    """The branch of each column.

    Attributes
    ----------
    kind : "skim", "raw" or "flat" (one row per trigger cell)
    trigger_cells, generated, clusters : column -> branch; no trigger cells if the file was written without
    selection : column -> branch, for the columns that select generated particles; raw ntuples only
    missing : optional branches that are absent
    """

    kind: str
    trigger_cells: Mapping[str, str]
    generated: Mapping[str, str] = field(default_factory=dict)
    clusters: Mapping[str, str] = field(default_factory=dict)
    selection: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    @property
    def branches(self) -> list[str]:
        """All branches of an event, in a fixed order."""
        tables = (self.trigger_cells, self.generated, self.clusters, self.selection)
        return [name for table in tables for name in table.values()]

    @property
    def absent(self) -> dict[str, tuple[str, ...]]:
        """Columns without a branch, by table: "generated", "clusters"; flat files never have clusters."""
        clusters = () if self.kind == "flat" else CLUSTERS
        return {
            "generated": tuple(column for column in GENERATED if column not in self.generated),
            "clusters": tuple(column for column in clusters if column not in self.clusters),
        }


def kind_of(names: Collection[str]) -> str:
    """Kind of a tree by its branches: "skim", "raw", "flat", or "" if none fits.

    A tree without trigger cells is a tree of events too if it has the directions of clusters.
    """
    names = set(names)
    for kind, (cell, _, _) in _PREFIXES.items():
        if any(cell + column in names for column in TRIGGER_CELLS):
            return kind
    if {"event", "layer"} <= names:
        return "flat"
    for kind, (_, _, cluster) in _PREFIXES.items():
        if {f"{cluster}eta", f"{cluster}phi"} <= names:
            return kind
    return ""


def holds_cells(names: Collection[str]) -> bool:
    """Whether there are branches of trigger cells among those of a tree of events."""
    kind = kind_of(names)
    cell, _, _ = _PREFIXES.get(kind, ("", "", ""))
    return kind != "" and any(cell + column in names for column in TRIGGER_CELLS)


def layout_of(names: Collection[str], where: str) -> Layout:
    """Find the columns of an event among the branches of a tree.

    Parameters
    ----------
    names : the branches
    where : path and tree, for the text of the error

    Raises
    ------
    SourceError : there are branches of neither trigger cells nor clusters, or a mandatory branch is absent;
        it names the branch and those with a similar name
    """
    if hits.is_table(names):
        raise hits.in_place_of_events(where)
    kind = kind_of(names)
    if not kind:
        raise SourceError(
            where,
            expected="branches of trigger cells ('good_tc_layer' and so on, or 'tc_layer' in a raw ntuple), "
            "or of clusters ('cl3d_eta')",
            found=f"none among its {counted(len(names), 'branch', 'branches')}: {listed(names)}",
            action="Choose another tree or file: an HGCalTriggerNtuple, or a skim of one.",
        )
    cell, generated, cluster = _PREFIXES.get(kind, ("", "", ""))
    cells = {column: cell + column for column in TRIGGER_CELLS} if holds_cells(names) else {}
    for name in ("event", *cells.values()):
        if name not in names:
            raise missing_branch(name, names, where)
    if kind == "flat":
        return Layout(kind, cells)

    def present(prefix: str, columns: Iterable[str]) -> dict[str, str]:
        return {column: prefix + column for column in columns if prefix + column in names}

    optional = [generated + column for column in GENERATED] + [cluster + column for column in CLUSTERS]
    optional += [generated + column for column in ("gen", "reachedEE")] if kind == "raw" else []
    return Layout(
        kind,
        cells,
        generated=present(generated, [*GENERATED, *GENERATED_EXTRA]),
        clusters=present(cluster, [*CLUSTERS, *CLUSTERS_EXTRA]),
        selection=present(generated, ("gen", "reachedEE")) if kind == "raw" else {},
        missing=tuple(name for name in optional if name not in names),
    )


def whole_numbers(values: np.ndarray) -> np.ndarray:
    """Event numbers as int64, or as uint64 if one of them is above 2^63 - 1; a copy.

    Parameters
    ----------
    values : of any integer type
    """
    wide = values.dtype == np.uint64 and values.max(initial=0) > np.iinfo(np.int64).max
    return values.astype(np.uint64 if wide else np.int64)


def missing_branch(name: str, names: Collection[str], where: str) -> SourceError:
    """The error for a mandatory branch that is absent, with similar names."""
    similar = difflib.get_close_matches(name, list(names), n=4, cutoff=0.6)
    found = f"none of that name; near it: {', '.join(similar)}" if similar else f"only {listed(names)}"
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
