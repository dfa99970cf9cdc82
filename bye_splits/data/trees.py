"""Which tree of a ROOT file holds the events; where there is none, why."""

from collections.abc import Collection
from pathlib import Path

import uproot

from bye_splits.counting import counted
from bye_splits.data.files import boundary, examine, place
from bye_splits.data.rntuple import Tree, is_rntuple, names_of
from bye_splits.data.schema import holds_cells, kind_of, listed
from bye_splits.errors import SourceError
from bye_splits.remote import RemoteFile, for_uproot

DAMAGED = "The file is damaged, or changed while it was read; copy or make it again."
_TREES = ("TTree", "TNtuple", "TNtupleD")


def opened(path: Path | RemoteFile) -> uproot.ReadOnlyDirectory:
    """Open a ROOT file and check that all of it is there.

    Raises
    ------
    SourceError : damaged, or cut short
    """
    with boundary(place(path), "a sound ROOT file", DAMAGED):
        # This handler keeps its file open and reads by position; a memory map would kill the process
        # if the file shrinks, and the default one opens the path anew. No caches: Source bounds its own.
        name, how = for_uproot(path, uproot.MultithreadedFileSource)
        file = uproot.open(name, object_cache=None, array_cache=None, **how)
    written, there = file.file.fEND, path.stat().st_size
    if there < written:
        file.close()
        raise SourceError(
            place(path),
            expected=f"{written} bytes, as its own header says",
            found=f"{there} bytes: the file was cut short",
            action="Copy or make it again.",
        )
    return file


def event_trees(path: Path | RemoteFile) -> list[str]:
    """Paths of the trees of events in a ROOT file, of which `open_source` needs one.

    Returns
    -------
    list of str: of trees with trigger cells, and only where there are none of those with clusters; empty for
        a file of another format

    Raises
    ------
    SourceError : the file cannot be opened
    """
    if examine(path)[0] != "root":
        return []
    with opened(path) as file, boundary(place(path), "a sound ROOT file", DAMAGED):
        return _of_events(file, _trees(file))


def find_tree(
    file: uproot.ReadOnlyDirectory, path: Path | RemoteFile, directory: str | None, tree: str | None
) -> Tree:
    """The tree of events.

    Parameters
    ----------
    directory, tree : where it is; None: to be looked for. A tree may be named with its directories, and a
        directory in the place of the only tree in it.

    Returns
    -------
    TTree or RNTuple of uproot

    Raises
    ------
    SourceError : there is none of that name, none at all, or more than one
    """
    trees = _trees(file)
    asked = "/".join(part.strip("/") for part in (directory, tree) if part)
    matches = [name for name in trees if _fits(name, directory, tree, asked)]
    matches = matches or [name for name in trees if asked and name.rpartition("/")[0] == asked]
    if len(matches) > 1:
        matches = _of_events(file, matches) or matches
    if len(matches) == 1:
        return file[matches[0]]
    if not trees:
        raise _none(file, path)
    if matches:
        raise SourceError(
            place(path),
            expected="exactly one tree of events" + (f" in '{asked}'" if asked else ""),
            found=f"{counted(len(matches), 'tree')} ({listed(matches)})",
            action=f"Say which one: {path.name}:{matches[0]} as the file, or `dir` and `tree` in the "
            "configuration.",
        )
    raise SourceError(
        place(path),
        expected=f"a tree '{asked}'",
        found=f"{counted(len(trees), 'tree')} ({listed(trees)})",
        action="Correct the name of the directory and of the tree.",
    )


def _fits(name: str, directory: str | None, tree: str | None, asked: str) -> bool:
    folder, _, own = name.rpartition("/")
    if directory is None:
        return tree is None or asked in (own, name)
    return name == asked if tree is not None else folder == asked


def _trees(file: uproot.ReadOnlyDirectory) -> list[str]:
    kinds = file.classnames(recursive=True, cycle=False)
    return [name for name, kind in kinds.items() if kind in _TREES or is_rntuple(kind)]


def _of_events(file: uproot.ReadOnlyDirectory, trees: Collection[str]) -> list[str]:
    """Those with trigger cells; where there are none, those with clusters."""
    names = {name: names_of(file[name]) for name in trees}
    of_events = [name for name, branches in names.items() if "event" in branches and kind_of(branches)]
    return [name for name in of_events if holds_cells(names[name])] or of_events


def _none(file: uproot.ReadOnlyDirectory, path: Path | RemoteFile) -> SourceError:
    """The error for a file without any tree: it has other things, or was never closed."""
    kinds = file.classnames(recursive=True, cycle=False)
    if _not_closed(file, [name for name, kind in kinds.items() if kind.startswith("TDirectory")], path):
        return SourceError(
            place(path),
            expected="a ROOT file that was closed",
            found="one without the list of what is in it, which is written last: "
            "the job that wrote it was stopped, or is still running",
            action="Let the job finish or run it again; ROOT may recover what was written so far, by "
            f"`hadd recovered.root {path.name}`.",
        )
    others = [f"{name} ({kind})" for name, kind in kinds.items() if not kind.startswith("TDirectory")]
    return SourceError(
        place(path),
        expected="a tree of events",
        found=f"no tree, but {listed(others, 5)}" if others else "no tree: the file is empty",
        action="Choose the file with the events: an HGCalTriggerNtuple, or a skim of one.",
    )


def _not_closed(
    file: uproot.ReadOnlyDirectory, directories: Collection[str], path: Path | RemoteFile
) -> bool:
    """Whether lists of keys are missing, or the header is that of a file that was still growing."""
    header = file.file
    without_keys = any(
        one.fSeekKeys == 0 or one.fNbytesKeys == 0 for one in (file, *map(file.get, directories))
    )
    return without_keys or header.fSeekFree == 0 or header.fEND < path.stat().st_size
