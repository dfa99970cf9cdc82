"""Find the tree of events in a ROOT file, or report why there is none."""

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
    """Open a ROOT file and check that it is complete.

    Raises
    ------
    SourceError : damaged, or cut short
    """
    with boundary(place(path), "a sound ROOT file", DAMAGED):
        # This handler keeps its file open and reads by position; a memory map would kill the process if the
        # file shrinks, and the default handler reopens the path. No caches: Source has bounded ones.
        name, how = for_uproot(path, uproot.MultithreadedFileSource)
        file = uproot.open(name, object_cache=None, array_cache=None, **how)
    written, present = file.file.fEND, path.stat().st_size
    if present < written:
        file.close()
        raise SourceError(
            place(path),
            expected=f"{written} bytes, as its own header says",
            found=f"{present} bytes: the file was cut short",
            action="Copy or make it again.",
        )
    return file


def event_trees(path: Path | RemoteFile) -> list[str]:
    """Paths of the trees of events in a ROOT file, of which `open_source` opens one.

    Returns
    -------
    list of str: trees with trigger cells or, if there are none, those with clusters; empty for a file of
        another format

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
    directory, tree : its location; None: any. A tree may be named with its directories, and a directory
        instead of the only tree in it.

    Returns
    -------
    TTree or RNTuple of uproot

    Raises
    ------
    SourceError : there is no tree of that name, none at all, or more than one
    """
    trees = _trees(file)
    wanted = "/".join(name.strip("/") for name in (directory, tree) if name)
    matches = [name for name in trees if _fits(name, directory, tree, wanted)]
    matches = matches or [name for name in trees if wanted and name.rpartition("/")[0] == wanted]
    if len(matches) > 1:
        matches = _of_events(file, matches) or matches
    if len(matches) == 1:
        return file[matches[0]]
    if not trees:
        raise _none(file, path)
    if matches:
        raise SourceError(
            place(path),
            expected="exactly one tree of events" + (f" in '{wanted}'" if wanted else ""),
            found=f"{counted(len(matches), 'tree')} ({listed(matches)})",
            action=f"Say which one: {path.name}:{matches[0]} as the file, or `dir` and `tree` in the "
            "configuration.",
        )
    raise SourceError(
        place(path),
        expected=f"a tree '{wanted}'",
        found=f"{counted(len(trees), 'tree')} ({listed(trees)})",
        action="Correct the name of the directory and of the tree.",
    )


def _fits(name: str, directory: str | None, tree: str | None, wanted: str) -> bool:
    folder, _, own = name.rpartition("/")
    if directory is None:
        return tree is None or wanted in (own, name)
    return name == wanted if tree is not None else folder == wanted


def _trees(file: uproot.ReadOnlyDirectory) -> list[str]:
    kinds = file.classnames(recursive=True, cycle=False)
    return [name for name, kind in kinds.items() if kind in _TREES or is_rntuple(kind)]


def _of_events(file: uproot.ReadOnlyDirectory, trees: Collection[str]) -> list[str]:
    """The trees with trigger cells or, if there are none, those with clusters."""
    names = {name: names_of(file[name]) for name in trees}
    of_events = [name for name, branches in names.items() if "event" in branches and kind_of(branches)]
    return [name for name in of_events if holds_cells(names[name])] or of_events


def _none(file: uproot.ReadOnlyDirectory, path: Path | RemoteFile) -> SourceError:
    """The error for a file without any tree: it has other objects, or was never closed."""
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
    """Whether lists of keys are missing, or the header is that of a file still being written."""
    header = file.file
    without_keys = any(
        one.fSeekKeys == 0 or one.fNbytesKeys == 0 for one in (file, *map(file.get, directories))
    )
    return without_keys or header.fSeekFree == 0 or header.fEND < path.stat().st_size
