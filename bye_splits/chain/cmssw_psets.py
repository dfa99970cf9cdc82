"""Values in a CMSSW configuration, as `cmssw_source` reads them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

DEEPEST = 60
"""Largest depth of nested values."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A value and the line that sets it; None for a default of CMSSW."""

    value: Any
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Opaque:
    """A value that is not read, such as a module of another kind or an imported name; `what` describes it."""

    what: str

    def __repr__(self) -> str:
        return self.what


class PSet:
    """A parameter set, or a module with its parameters.

    Attributes
    ----------
    settings : by name
    plugin : type of a module, "" for a parameter set
    """

    def __init__(self, settings: Mapping[str, Setting] | None = None, plugin: str = ""):
        self.settings = dict(settings or {})
        self.plugin = plugin

    def __repr__(self) -> str:
        return f"a parameter set with {', '.join(list(self.settings)[:5]) or 'nothing'}"

    def within(self) -> Iterator["PSet"]:
        """Itself and the parameter sets in it, each once."""
        seen, waiting = {id(self)}, [self]
        while waiting:
            found = waiting.pop()
            yield found
            for setting in found.settings.values():
                if isinstance(setting.value, PSet) and id(setting.value) not in seen:
                    seen.add(id(setting.value))
                    waiting.append(setting.value)

    def is_set(self) -> bool:
        """Whether anything in it is more than a default."""
        return any(setting.line is not None for one in self.within() for setting in one.settings.values())

    def clone(self, count: Callable[[int], None], depth: int = 0) -> "PSet":
        """A copy with copies of the parameter sets in it.

        Parameters
        ----------
        count : called with the number of settings that are to be copied

        Raises
        ------
        RecursionError : they are nested deeper than `DEEPEST`, as those that contain themselves
        """
        if depth > DEEPEST:
            raise RecursionError
        count(len(self.settings))
        copy = PSet(plugin=self.plugin)
        for name, setting in self.settings.items():
            value = setting.value
            if isinstance(value, PSet):
                value = value.clone(count, depth + 1)
            copy.settings[name] = Setting(value, setting.line)
        return copy

    def change(self, changes: Mapping[str, Setting]) -> None:
        """Set parameters as `clone` and `toModify` do: a dict changes the set of its name, None removes."""
        for name, setting in changes.items():
            before = self.settings.get(name)
            if isinstance(setting.value, dict) and before is not None and isinstance(before.value, PSet):
                before.value.change(setting.value)
            elif setting.value is None:
                self.settings.pop(name, None)
            elif isinstance(setting.value, dict):
                self.settings[name] = Setting(PSet(setting.value), setting.line)
            else:
                self.settings[name] = setting
