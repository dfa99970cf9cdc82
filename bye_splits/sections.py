"""Sections of a YAML file: typed values, and errors that name the file and the key's path."""

import dataclasses
import difflib
import math
import os
import re
import types
import typing
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

import yaml

from bye_splits.errors import ConfigError


class Dataclass(Protocol):
    """An instance of any dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


Read = TypeVar("Read", bound=Dataclass)


def key(
    name: str,
    default: Any,
    *,
    at_least: float | None = None,
    above: float | None = None,
    choices: tuple[str, ...] = (),
) -> Any:
    """Field of a frozen dataclass that `Section.read` fills from the key `name`.

    Limits apply to a number, or to each number of a list.
    """
    metadata = {"key": name, "at_least": at_least, "above": above, "choices": choices}
    return dataclasses.field(default=default, metadata=metadata)


class Section:
    """One mapping of a YAML file, which records the keys that were read.

    Parameters
    ----------
    content : the mapping, or None for an absent or empty one
    file : the file it is from
    path : keys that lead to it
    """

    def __init__(self, content: Any, file: Path, path: tuple[str, ...] = ()):
        self.file = file
        self.path = path
        self._known: set[str] = set()
        self._children: list[Section] = []
        if content is None:
            content = {}
        if not isinstance(content, dict):
            raise ConfigError(
                self._name(),
                expected="a mapping of keys to values",
                found=_described(content),
                action="Compare the indentation with the shipped config.yaml.",
            )
        self._content = {str(name): value for name, value in content.items()}

    def __bool__(self) -> bool:
        return bool(self._content)

    def _name(self, name: str | None = None) -> str:
        keys = ".".join(self.path if name is None else (*self.path, name))
        return f"{self.file}: {keys}" if keys else str(self.file)

    def error(
        self, name: str, expected: str, found: str | None = None, action: str | None = None
    ) -> ConfigError:
        """Error about the key `name`; without `found` its value is described."""
        return ConfigError(
            self._name(name),
            expected=expected,
            found=_described(self._content.get(name)) if found is None else found,
            action=action or "Correct the value, or leave the key out for the default.",
        )

    def section(self, name: str) -> "Section":
        """The section `name`, empty if it is absent."""
        self._known.add(name)
        child = Section(self._content.get(name), self.file, (*self.path, name))
        self._children.append(child)
        return child

    def items(self) -> Iterator[tuple[str, Any]]:
        """Name and unchecked value of each key."""
        yield from self._content.items()

    def names(self) -> list[str]:
        """Names of the keys."""
        return list(self._content)

    def has_text(self, name: str) -> bool:
        """Whether the key `name` has a text."""
        return isinstance(self._content.get(name), str)

    def require_name(self, name: str) -> None:
        """Raise ConfigError if the key `name` is blank."""
        self.require(bool(name.strip()), name, "a name in front of the colon", found=f"the name {name!r}")

    def ignore(self, pattern: str) -> None:
        """Accept keys that fully match `pattern`, although they have no meaning here."""
        self._known.update(name for name in self._content if re.fullmatch(pattern, name))

    def require(self, condition: bool, name: str, expected: str, found: str | None = None) -> None:
        """Raise ConfigError about the key `name` unless `condition`."""
        if not condition:
            raise self.error(name, expected, found)

    def only(self, names: tuple[str, ...], what: str, besides: tuple[str, ...] = ()) -> None:
        """Raise ConfigError for a key that is not in `names` or `besides`; `what` is their kind."""
        for name in self._content:
            if name not in names + besides:
                close = close_name(name, names)
                raise self.error(
                    name,
                    expected=f"a {what} out of {', '.join(names)}",
                    found=repr(name),
                    action=f"Did you mean {close}?" if close else "Correct the name, or leave the entry out.",
                )

    def get(self, name: str, kind: Any, default: Any = None) -> Any:
        """Value of the key `name`, checked to be of `kind`; `default` if it is absent or empty.

        Parameters
        ----------
        kind : bool, int, float, str, or tuple[T, ...] of one of the last three; `| None` is allowed
        """
        self._known.add(name)
        value = self._content.get(name)
        if value is None:
            return default
        expected, convert = _converters[_without_none(kind)]
        try:
            return convert(value)
        except (TypeError, ValueError, OverflowError):
            raise self.error(name, expected) from None

    def read(self, kind: type[Read], **given: Any) -> Read:
        """Fill the dataclass `kind`, whose fields are defined by `key`, except for those in `given`."""
        hints = typing.get_type_hints(kind)
        values = dict(given)
        for field in dataclasses.fields(kind):
            if field.name in given or "key" not in field.metadata:
                continue
            name = field.metadata["key"]
            value = self.get(name, hints[field.name], field.default)
            self._check_limits(name, value, field.metadata)
            values[field.name] = value
        return kind(**values)

    def _check_limits(self, name: str, value: Any, limits: Any) -> None:
        numbers = value if isinstance(value, tuple) else (value,)
        low, above, choices = limits["at_least"], limits["above"], limits["choices"]
        if low is not None and any(number < low for number in numbers):
            raise self.error(name, f"{'numbers' if value is numbers else 'a number'} not below {low:g}")
        if above is not None and any(number <= above for number in numbers):
            raise self.error(name, f"{'numbers' if value is numbers else 'a number'} above {above:g}")
        if choices and value not in choices:
            close = close_name(value, choices)
            raise self.error(
                name, f"one of {', '.join(choices)}", action=f"Did you mean {close}?" if close else None
            )

    def unknown(self) -> Iterator[tuple[str, str | None]]:
        """Path of each key that was not read, with the most similar known name."""
        for name in self._content:
            if name not in self._known:
                yield ".".join((*self.path, name)), close_name(name, self._known - set(self._content))
        for child in self._children:
            yield from child.unknown()


class _Loader(yaml.SafeLoader):
    """Safe YAML loader that reads 1e-5 as a number and records repeated keys."""

    def __init__(self, stream: Any):
        super().__init__(stream)
        self.repeated: list[str] = []

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        seen: set[str] = set()
        for name, _ in node.value:
            if isinstance(name, yaml.ScalarNode) and name.value != "<<":
                if name.value in seen:
                    self.repeated.append(f"{name.value} (line {name.start_mark.line + 1})")
                seen.add(name.value)
        return super().construct_mapping(node, deep=deep)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$"), list("-+0123456789")
)


_YAML = "a YAML file"


def expanded(path: str) -> str:
    """A path with variables and `~` expanded; the home of an unknown user is left as it is."""
    return os.path.expanduser(os.path.expandvars(path))


def local_path(text: str, folder: Path) -> Path | str:
    """Path in `text`: variables and `~` expanded, relative to `folder`; an address is not changed."""
    path = expanded(text)
    return path if "://" in path else folder / path


def read_text(file: Path, expected: str) -> str:
    """Text of a file.

    Parameters
    ----------
    expected : kind of the file, for the error

    Raises
    ------
    ConfigError
        No such file, not a regular file, not readable, or not UTF-8.
    """
    if not file.is_file():
        found = "something that is no regular file" if file.exists() else "no such file"
        raise ConfigError(str(file), expected=expected, found=found, action="Check the path.")
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise ConfigError(
            str(file),
            expected="readable UTF-8 text",
            found=str(error),
            action="Check the file's permissions and encoding.",
        ) from error


def read_yaml(file: Path) -> tuple[Any, tuple[str, ...]]:
    """Content of a YAML file, and its repeated keys.

    Raises
    ------
    ConfigError
        No such file, not a regular file, not readable, or not YAML.
    """
    text = read_text(file, _YAML)
    return parse_yaml(text, file)


def parse_yaml(text: str, file: Path) -> tuple[Any, tuple[str, ...]]:
    """Content of YAML text, and its repeated keys; `file` is for the text of the error.

    Raises
    ------
    ConfigError
        Not YAML.
    """
    try:
        loader = _Loader(text)
        return loader.get_single_data(), tuple(loader.repeated)
    except (yaml.YAMLError, RecursionError, ValueError, TypeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{file}, line {mark.line + 1}, column {mark.column + 1}" if mark else str(file)
        problem = getattr(error, "problem", None) or f"{type(error).__name__}: {error}"
        if isinstance(error, yaml.composer.ComposerError) and error.context:
            problem = f"{error.context} {problem}"  # two documents
        found = f"what is not ({problem})"
        raise ConfigError(where, expected=_YAML, found=found, action="Correct the file there.") from error


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    if not math.isfinite(value):
        raise ValueError
    return float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise TypeError
    return value


def _list_of(convert: Callable[[Any], Any]) -> Callable[[Any], tuple]:
    def converted(value: Any) -> tuple:
        if not isinstance(value, list):
            raise TypeError
        return tuple(convert(item) for item in value)

    return converted


_converters: dict[Any, tuple[str, Callable[[Any], Any]]] = {
    bool: ("true or false", _boolean),
    int: ("a whole number", _integer),
    float: ("a finite number", _number),
    str: ("a text that is not empty", _text),
    tuple[int, ...]: ("a list of whole numbers", _list_of(_integer)),
    tuple[str, ...]: ("a list of texts that are not empty", _list_of(_text)),
    tuple[float, ...]: ("a list of finite numbers", _list_of(_number)),
}


def _without_none(kind: Any) -> Any:
    if isinstance(kind, types.UnionType):
        (kind,) = (part for part in typing.get_args(kind) if part is not types.NoneType)
    return kind


def _described(value: Any) -> str:
    """Short description of a value."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return f"a mapping with {', '.join(map(str, list(value)[:5])) or 'no keys'}"
    text = repr(value)
    return f"{_names.get(type(value), type(value).__name__)} {text if len(text) <= 60 else text[:57] + '...'}"


_names = {str: "the text", bool: "the truth value", int: "the number", float: "the number", list: "the list"}


def close_name(name: str, names: Iterable[str]) -> str | None:
    """The most similar one of `names`, None if none is similar."""
    return next(iter(difflib.get_close_matches(name, list(names), n=1, cutoff=0.6)), None)
