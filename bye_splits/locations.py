"""Where events are: a file, and in one with several trees the path of a tree after a colon."""

import os
import re

# Whether a remote file exists is known too late; its name ends in a suffix, as in root://host//a.root:dir/tree.
_REMOTE = re.compile(r"(?P<file>\w+://[^/]*/[^?]*\.\w+):(?P<tree>[^:?]+)")


def split_location(text: str) -> tuple[str, str]:
    """The file that a text names, and the path of the tree in it.

    Parameters
    ----------
    text : PATH, or PATH:DIRECTORY/TREE. A file whose own name has colons is found as it is.

    Returns
    -------
    file, tree : "" for the tree where none is named

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
    colons = [place for place, letter in enumerate(text) if letter == ":"]
    for end in (len(text), *reversed(colons)):
        if end and _exists(text[:end]):
            return text[:end], text[end + 1 :].strip("/")
    return text, ""


def joined(file: str | os.PathLike[str], directory: str | None, tree: str | None) -> str:
    """PATH:DIRECTORY/TREE; the path alone where neither is named."""
    inside = "/".join(part.strip("/") for part in (directory, tree) if part)
    return f"{os.fspath(file)}:{inside}" if inside else os.fspath(file)


def _exists(file: str) -> bool:
    try:
        return os.path.exists(file)  # noqa: PTH110 - on text
    except ValueError:  # a NUL in it
        return False
