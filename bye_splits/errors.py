"""Typed errors: each reports what was read, what was expected, what was found and what to do."""

from collections.abc import Mapping
from typing import Any, Self, TypeVar

T = TypeVar("T")


class ByeSplitsError(Exception):
    """Base class of all errors that a user can act on; its text is one readable paragraph.

    Parameters
    ----------
    read : str
        What was being read: a file, a key of the configuration, a column.
    expected, found : str
        The expected content, and the actual one.
    action : str
        What the user can do about it.
    """

    def __init__(self, read: str, *, expected: str, found: str, action: str):
        self.read = str(read)
        self.expected = expected
        self.found = found
        self.action = action
        super().__init__(f"{self.read}: expected {expected}, found {found}. {action}")

    def __reduce__(self) -> tuple:
        """How it travels between processes: an exception is made anew from its positional arguments only."""
        return _restored, (type(self), self.read, self.expected, self.found, self.action)

    def named_by(self, key: str) -> Self:
        """The same error prefixed with the configuration key that led to it; itself if there is none."""
        if not key:
            return self
        read = f"{key}: {self.read}"
        return type(self)(read, expected=self.expected, found=self.found, action=self.action)


def _restored(kind: type[ByeSplitsError], *texts: str) -> ByeSplitsError:
    read, expected, found, action = texts
    return kind(read, expected=expected, found=found, action=action)


class ConfigError(ByeSplitsError):
    """A configuration file that cannot be used; `read` names the file and the key's path."""


class GeometryError(ByeSplitsError):
    """A geometry file that cannot be used."""


class SourceError(ByeSplitsError):
    """An event file, or an event in it, that cannot be read; `read` names path, tree and branch."""


class NoSuchEventError(SourceError):
    """An event number that no event of a file has, or not so often."""


class OtherDetectorError(SourceError):
    """Positions that can be read, but lie in the layers of another detector than the requested one."""


class ChainError(ByeSplitsError):
    """Parameters or trigger cells with which the chain cannot be run."""


def variant(known: Mapping[Any, T], name: Any, what: str) -> T:
    """One of several variants by its name or type.

    Parameters
    ----------
    known : the variants
    what : kind of the variants, for instance "kernel"

    Raises
    ------
    ChainError : there is none of this name; it lists the existing ones

    Examples
    --------
    >>> variant({"flat": 1}, "round", "kernel")
    Traceback (most recent call last):
    bye_splits.errors.ChainError: kernel: expected one of flat, found 'round'. Correct the name.
    """
    try:
        return known[name]
    except (KeyError, TypeError):
        raise ChainError(
            what,
            expected=f"one of {', '.join(getattr(one, '__name__', one) for one in known)}",
            found=getattr(name, "__name__", None) or repr(name),
            action="Correct the name.",
        ) from None
