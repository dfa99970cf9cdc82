"""The trees of CMSSW's two geometry testers: finding the one in a file, and reading it under common names."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..counting import counted
from ..errors import GeometryError
from ..remote import RemoteFile, for_uproot

if TYPE_CHECKING:
    import uproot

DIRECTORY = "L1THGCaltriggergeomtester"
POSITIONS = ("x", "y", "z")
_COMMON = ("zside", "subdet", "layer")  # have the same name in both formats
FLAGS = ("valid", "disconnected")


@dataclass(frozen=True)
class Format:
    """How a tester writes trigger cells, one row each, of both endcaps.

    Attributes
    ----------
    name : in words
    tree : its name in CMSSW
    integers : branches of whole numbers, by our name of the column
    """

    name: str
    tree: str
    integers: dict[str, str]

    def missing(self, branches: set[str]) -> list[str]:
        """Required branches that are absent."""
        return [name for name in (*self.integers.values(), *POSITIONS) if name not in branches]


# Layers start again at 1 in CE-H; rows of modules that are not connected are not marked.
OLDER = Format(
    "the older format",
    "TreeTriggerCells",
    {name: name for name in (*_COMMON, "waferu", "waferv")}
    | {name: f"trigger{name}" for name in ("cellu", "cellv")}
    | {"ieta": "triggercellieta", "iphi": "triggercelliphi"},
)
# Of HGCalTriggerGeoTesterManager: layers are numbered through.
NEWER = Format(
    "the newer format",
    "HGCalTriggerGeoTesterTriggerCells",
    {name: name for name in (*_COMMON, "ieta", "iphi", *FLAGS)}
    | {"waferu": "waferU", "waferv": "waferV", "cellu": "u", "cellv": "v", "wafertype": "type"},
)
FORMATS = (OLDER, NEWER)


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of the +z endcap that are trigger cells.

    Attributes
    ----------
    where : file and tree
    columns : by name, shape (n,): int64 those of the format without its flags, float32 `x y z` [cm]
    marked : whether the file marks the modules that are connected; only their rows are kept then
    notices : sentences about rows that were left out
    """

    where: str
    columns: dict[str, np.ndarray]
    marked: bool
    notices: tuple[str, ...]


def rows_of(path: Path | RemoteFile, directory: str | None, tree: str | None) -> Rows:
    """Read a file of either tester.

    Parameters
    ----------
    directory, tree : see `find`

    Raises
    ------
    GeometryError : it cannot be read, or has neither format; it lists what is missing
    """
    where = f"{path}:{directory or DIRECTORY}/{tree or OLDER.tree}"
    try:
        with _opened(path) as file:
            found = find(file, where, directory, tree)
            where = f"{path}:{found}"
            branches = file[found]
            kind = _format_of(set(branches.keys()), where)
            names = [*kind.integers.values(), *POSITIONS]
            if "RNTuple" in branches.classname and isinstance(path, Path):
                from ..rntuple_checksums import verify_fields  # imports uproot, which is slow

                verify_fields(branches, names)
            read = branches.arrays(names, library="np")
    except GeometryError:
        raise
    except Exception as problem:  # uproot raises many kinds; after any, the file cannot be used
        raise _unusable(where, problem) from problem
    allowed = dict.fromkeys(kind.integers.values(), "iu") | dict.fromkeys(FLAGS, "iub")
    allowed |= dict.fromkeys(POSITIONS, "f")
    wrong = [
        name for name, values in read.items() if values.ndim != 1 or values.dtype.kind not in allowed[name]
    ]
    if wrong:
        raise error(where, f"another type than one number a row in {', '.join(wrong)}")
    rows = {name: read[branch] for name, branch in kind.integers.items()} | {
        name: read[name] for name in POSITIONS
    }
    taken = rows.pop("zside") == 1
    notices: tuple[str, ...] = ()
    if kind is NEWER:
        taken, notices = _connected(taken, *(rows.pop(flag) != 0 for flag in FLAGS))
    columns = {
        name: values[taken].astype(np.float32 if name in POSITIONS else np.int64)
        for name, values in rows.items()
    }
    return Rows(where, columns, kind is NEWER, notices)


def _opened(path: Path | RemoteFile) -> "uproot.ReadOnlyDirectory":
    import uproot  # slow to import, and not every command that uses geometries needs it

    name, how = for_uproot(path)
    return uproot.open(name, **how)


def find(file: "uproot.ReadOnlyDirectory", where: str, directory: str | None, tree: str | None) -> str:
    """The tree of trigger cells in an open file.

    The default configuration names the older tester's: where both names are these, or None, the tree of
    either format is found in any directory; where only the directory differs, either one in that directory.

    Raises
    ------
    GeometryError : there is no such tree, or several; it lists them
    """
    kinds = file.classnames(cycle=False)
    trees = [name for name, kind in kinds.items() if kind == "TTree" or "RNTuple" in kind]
    default = tree in (None, OLDER.tree)
    names = [kind.tree for kind in FORMATS] if default else [tree]
    paths = [f"{directory or DIRECTORY}/{name}" for name in names]
    if default and directory in (None, DIRECTORY):
        paths += [name for name in trees if name.rpartition("/")[2] in names and name not in paths]
    found = [name for name in paths if name in trees]
    expected = [name for name in found if name.startswith(f"{directory or DIRECTORY}/")]
    found = expected[:1] or found
    if len(found) > 1:
        raise error(where, f"several such trees, {', '.join(found[:5])}")
    if not found:
        raise error(where, f"no such tree, but {', '.join(trees[:5]) or 'no tree at all'}")
    return found[0]


def tree_in(path: Path | RemoteFile, directory: str | None, tree: str | None) -> str:
    """Directory and name of the tree that `rows_of` reads; errors as there."""
    try:
        with _opened(path) as file:
            return find(file, str(path), directory, tree)
    except GeometryError:
        raise
    except Exception as problem:  # replaced since it was read
        raise _unusable(str(path), problem) from problem


def _format_of(branches: set[str], where: str) -> Format:
    missing = {kind.name: kind.missing(branches) for kind in FORMATS}
    for kind in FORMATS:
        if not missing[kind.name]:
            return kind
    close = {kind.name for kind in FORMATS if 2 * len(missing[kind.name]) < len(kind.integers)}
    nearest = sorted(missing, key=lambda name: len(missing[name]))[: 1 if close else None]
    raise error(where, "; ".join(f"of {name} no branch {', '.join(missing[name])}" for name in nearest))


def _connected(
    front: np.ndarray, valid: np.ndarray, disconnected: np.ndarray
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Which rows are trigger cells that the trigger reads, and a notice of the others in the +z endcap."""
    invalid, apart = front & ~valid, front & valid & disconnected
    left_out = [(int(invalid.sum()), "not valid"), (int(apart.sum()), "of modules that are not connected")]
    total = sum(n for n, _ in left_out)
    notices: tuple[str, ...] = ()
    if total:
        reasons = ", ".join(f"{n} {reason}" for n, reason in left_out if n)
        notices = (f"{counted(total, 'row is', 'rows are')} left out: {reasons}.",)
    return front & valid & ~disconnected, notices


def _unusable(where: str, problem: Exception) -> GeometryError:
    text = " ".join(str(problem).split()) or "nothing more"
    return error(where, f"{type(problem).__name__}: {text[:200]}")


def error(where: str, found: str) -> GeometryError:
    """The error for a file of one of the testers that cannot be used."""
    return GeometryError(
        where,
        expected="trigger cells of the V11 geometry or later, one row each, as CMSSW's testers write them",
        found=found,
        action="Check `geometry` in the configuration, or leave it out to use the computed V11 geometry.",
    )
