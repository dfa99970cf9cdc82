"""Locations of events: a file, followed by a colon and the path of a tree if it has several."""

import os
import re

# Remote files cannot be checked for existence here; the name ends in a suffix: root://host//a.root:dir/tree.
_REMOTE = re.compile(r"(?P<file>\w+://[^/]*/[^?]*\.\w+):(?P<tree>[^:?]+)")


def split_location(text: str) -> tuple[str, str]:
    """Split a location into a file and the path of the tree in it.

    Parameters
    ----------
    text : PATH, or PATH:DIRECTORY/TREE. The name of an existing file may contain colons.

    Returns
    -------
    file, tree : the tree is "" if none is named

    Examples
    --------
    >>> split_location("no/such/skim.root")
    ('no/such/skim.root', '')
    >>> split_location("root://host:1094//store/a.root:AlgoA/HGCalTriggerNtuple")
    ('root://host:1094//store/a.root', 'AlgoA/HGCalTriggerNtuple')
    """
    if "://" in text:
        remote = _REMOTE.fullmatch(text)
        return (remote["file"], remote["tree"].strip("/")) if remote else (text, "")
    colons = [index for index, letter in enumerate(text) if letter == ":"]
    for end in (len(text), *reversed(colons)):
        if end and _exists(text[:end]):
            return text[:end], text[end + 1 :].strip("/")
    return text, ""


def joined(file: str | os.PathLike[str], directory: str | None, tree: str | None) -> str:
    """PATH:DIRECTORY/TREE; the path alone if neither is given."""
    inside = "/".join(part.strip("/") for part in (directory, tree) if part)
    return f"{os.fspath(file)}:{inside}" if inside else os.fspath(file)


def _exists(file: str) -> bool:
    try:
        return os.path.exists(file)  # noqa: PTH110 - on text
    except ValueError:  # a NUL in it
        return False
