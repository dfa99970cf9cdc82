"""CMSSW's Python configurations, parsed with `ast` and never executed.

Understood is what configurations consist of: assignments of numbers, texts, truth values, lists, parameter
sets and modules to names and attributes, `+` and `*`, `clone` and `toModify`. Anything else is an error with
its line.
"""

import ast
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bye_splits.errors import ConfigError

from .cmssw_psets import DEEPEST, Opaque, PSet, Setting

LONGEST = 4_000_000
"""Largest number of characters that are parsed; the expanded configuration of a whole job has some."""

MOST_VALUES = 200_000
"""Largest number of values that `+`, `*` and `clone` make in all."""

ACTIVE = ("phase2_hgcalV10", "phase2_hgcalV11")
INACTIVE = ("phase2_hfnose",)
"""Modifiers of eras: those of all eras since Phase2C9, and those that are for another detector."""

_CONFIG = "FWCore.ParameterSet.Config"
_EXPANDED = "Give the expanded configuration (edmConfigDump), or its part about the producer alone."
_KINDS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("int32", "uint32", "int64", "uint64"), (int,)),
    **dict.fromkeys(("string", "FileInPath"), (str,)),
    "double": (int, float),
    "bool": (bool,),
}
_NAMES = {(int,): "a whole number", (str,): "a text", (int, float): "a number", (bool,): "True or False"}
_LISTS = {f"v{name}": kinds for name, kinds in _KINDS.items()}
_OTHERS = ("vInputTag", "vEventID", "vLuminosityBlockID", "ignore", "wait")


class _Cms:
    """The module `cms`, or `cms.untracked`."""


class Source:
    """Reads a configuration.

    Parameters
    ----------
    file : for errors
    names : values of the names that are there from the beginning
    producer : name of a module that is in `names` and an attribute of `process`

    Attributes
    ----------
    names : values by name, after reading
    made : name, line and value of the parameter sets that were assigned to a name, or stand alone (name "")
    others : name and line of the modules that were assigned to another attribute of `process`
    """

    def __init__(self, file: Path, names: Mapping[str, Any], producer: str):
        self.file = file
        self._given = names
        self.names = dict(names)
        self.process = PSet({producer: Setting(names[producer])})
        self._producer = producer
        self.names |= {"cms": _Cms(), "process": self.process}
        self.made: list[tuple[str, int, PSet]] = []
        self.others: list[tuple[str, int]] = []
        self._text = ""
        self._values = 0

    def read(self, text: str) -> None:
        """Read the text.

        Raises
        ------
        ConfigError : it is too long, no Python, or has what is not understood
        """
        self._text = text
        if len(text) > LONGEST:
            raise self.error(
                1, f"not more than {LONGEST} characters", f"{len(text)}",
                "Give the part about the producer alone.",
            )  # fmt: skip
        try:
            module = ast.parse(text)
        except (SyntaxError, ValueError) as error:
            line, why = getattr(error, "lineno", None) or 1, getattr(error, "msg", error)
            raise self.error(line, "a Python configuration", f"what is not ({why})") from error
        except (RecursionError, MemoryError):
            raise self._too_deep(_line_too_deep(text)) from None
        for statement in module.body:
            try:
                self._statement(statement)
            except RecursionError:
                raise self._too_deep(statement.lineno) from None

    def error(
        self, line: int | None, expected: str, found: str, action: str = "Correct it there."
    ) -> ConfigError:
        """Error about a line, or about the whole file."""
        where = f"{self.file}, line {line}" if line is not None else str(self.file)
        return ConfigError(where, expected=expected, found=found, action=action)

    def _too_deep(self, line: int) -> ConfigError:
        return self.error(line, f"expressions and values not nested deeper than {DEEPEST}", "deeper ones")

    def _refused(self, node: ast.stmt | ast.expr, expected: str) -> ConfigError:
        """Error about what is not understood."""
        found = " ".join((ast.get_source_segment(self._text, node) or "").split())
        return self.error(node.lineno, expected, found if len(found) <= 60 else f"{found[:57]}...", _EXPANDED)

    def _count(self, line: int, number: int) -> None:
        self._values += number
        if self._values > MOST_VALUES:
            raise self.error(
                line, f"+, * and clone to make not more than {MOST_VALUES} values", f"{self._values}"
            )

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Import():
                for alias in node.names:
                    name = alias.asname or alias.name.partition(".")[0]
                    self.names[name] = _Cms() if alias.name == _CONFIG else Opaque(name)
            case ast.ImportFrom():
                self._import(node)
            case ast.Assign():
                value = self._value(node.value)
                for target in node.targets:
                    self._assign(target, value)
            case ast.Expr():
                value = self._value(node.value)
                if isinstance(value, PSet):
                    self.made.append(("", node.lineno, value))
            case ast.Pass():
                pass
            case _:
                raise self._refused(node, "assignments and imports")

    def _import(self, node: ast.ImportFrom) -> None:
        """Bind imported names; those of the producer's own file are known."""
        own = (node.module or "").endswith(f"{self._producer}_cfi")
        for alias in node.names:
            if alias.name == "*":
                continue
            value: Any = self._given.get(alias.name) if own else None
            if f"{node.module}.{alias.name}" == _CONFIG:
                value = _Cms()
            self.names[alias.asname or alias.name] = Opaque(alias.name) if value is None else value

    def _assign(self, target: ast.expr, value: Any) -> None:
        line = target.lineno
        if isinstance(target, ast.Name):
            if isinstance(value, PSet) and target.id != self._producer:
                self.made.append((target.id, line, value))
            self.names[target.id] = value
            if target.id == self._producer:
                self.process.settings[target.id] = Setting(value, line)
        elif isinstance(target, ast.Attribute):
            owner = self._value(target.value)
            if isinstance(owner, PSet):
                owner.settings[target.attr] = Setting(value, line)
                if owner is self.process:
                    self._module(target.attr, line, value)
            elif not isinstance(owner, Opaque):
                raise self._refused(target, "a parameter of a parameter set or a module")
        else:
            raise self._refused(target, "assignments to a name or a parameter")

    def _module(self, name: str, line: int, value: Any) -> None:
        """What else is to be done where an attribute of `process` is assigned."""
        if name == self._producer:
            self.names[name] = value
        elif isinstance(value, PSet) and value.plugin:
            self.others.append((name, line))

    def _value(self, node: ast.expr, depth: int = 0) -> Any:
        if depth > DEEPEST:
            raise self._too_deep(node.lineno)
        match node:
            case ast.Constant(value=bool() | int() | float() | str() | None):
                return self._bounded(node, node.value)
            case ast.List() | ast.Tuple():
                return self._elements(node.elts, depth)
            case ast.Dict():
                return self._dict(node, depth)
            case ast.Name():
                if node.id not in self.names:
                    raise self.error(node.lineno, "a name that was assigned before", node.id, _EXPANDED)
                return self.names[node.id]
            case ast.Attribute():
                return self._attribute(node, self._value(node.value, depth + 1))
            case ast.UnaryOp():
                return self._unary(node, self._value(node.operand, depth + 1))
            case ast.BinOp():
                return self._sum(node, depth)
            case ast.Call():
                return self._call(node, depth)
            case _:
                raise self._refused(node, "numbers, texts, lists and parameter sets")

    def _bounded(self, node: ast.expr, value: Any) -> Any:
        """A value, if it is not a number out of all bounds."""
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if number and not (abs(value) < 2**63 if isinstance(value, int) else math.isfinite(value)):
            raise self._refused(node, "finite numbers, and whole ones of at most 64 bits")
        return value

    def _elements(self, nodes: Iterable[ast.expr], depth: int) -> list[Any]:
        found: list[Any] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                value = self._value(node.value, depth + 1)
                added = value if isinstance(value, list) else [value]
                self._count(node.lineno, len(added))
                found += added
            else:
                found.append(self._value(node, depth + 1))
        return found

    def _dict(self, node: ast.Dict, depth: int) -> dict[str, Setting]:
        found = {}
        for name, value in zip(node.keys, node.values, strict=True):
            if not (isinstance(name, ast.Constant) and isinstance(name.value, str)):
                raise self._refused(node, "a dict with texts as keys")
            found[name.value] = Setting(self._value(value, depth + 1), value.lineno)
        return found

    def _attribute(self, node: ast.Attribute, owner: Any) -> Any:
        name = node.attr
        if isinstance(owner, _Cms) and name in ("untracked", "required", "optional"):
            return owner
        if isinstance(owner, Opaque):
            return Opaque(f"{owner.what}.{name}" if len(owner.what) < 60 else owner.what)
        if owner is self.process and name not in owner.settings:
            return Opaque(f"process.{name}")
        if not isinstance(owner, PSet):
            raise self._refused(node, "a parameter of a parameter set or a module")
        if name not in owner.settings:
            raise self.error(node.lineno, f"one of {', '.join(owner.settings)}", name, "Correct the name.")
        return owner.settings[name].value

    def _unary(self, node: ast.UnaryOp, value: Any) -> Any:
        if isinstance(value, Opaque):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            if isinstance(node.op, ast.USub):
                return -value
            if isinstance(node.op, ast.UAdd):
                return value
        raise self._refused(node, "+ or - before a number")

    def _sum(self, node: ast.BinOp, depth: int) -> Any:
        """Sums and products; the left one is not nested, as sequences are sums of hundreds of modules."""
        chain: list[ast.BinOp] = []
        first: ast.expr = node
        while isinstance(first, ast.BinOp):
            chain.append(first)
            first = first.left
        total = self._value(first, depth + 1)
        for one in reversed(chain):
            total = self._combined(one, total, self._value(one.right, depth + 1))
        return total

    def _combined(self, node: ast.BinOp, left: Any, right: Any) -> Any:
        plus, times = isinstance(node.op, ast.Add), isinstance(node.op, ast.Mult)
        if any(isinstance(side, Opaque) or getattr(side, "plugin", "") for side in (left, right)):
            return Opaque("a sequence")
        if any(isinstance(side, bool) for side in (left, right)) or not (plus or times):
            pass
        elif isinstance(left, int | float) and isinstance(right, int | float):
            return self._bounded(node, left + right if plus else left * right)
        elif plus and isinstance(left, list) and isinstance(right, list):
            self._count(node.lineno, len(left) + len(right))
            return left + right
        elif times and {type(left), type(right)} == {list, int}:
            number, values = (left, right) if isinstance(left, int) else (right, left)
            self._count(node.lineno, max(number, 0) * len(values))
            return values * number
        raise self._refused(
            node, "sums and products of numbers, sums of lists and a list times a whole number"
        )

    def _call(self, node: ast.Call, depth: int) -> Any:
        allowed = "cms.TYPE(...), dict(...), clone(...) or toModify(...)"
        if isinstance(node.func, ast.Name) and node.func.id in ("dict", "float"):
            given = self._elements(node.args, depth)
            if node.func.id == "float" and len(given) == 1 and isinstance(given[0], str):
                return Opaque(f"float({given[0]!r})")
            if node.func.id == "dict" and not given:
                return self._keywords(node, depth)
        if not isinstance(node.func, ast.Attribute):
            raise self._refused(node, allowed)
        name, owner = node.func.attr, self._value(node.func.value, depth + 1)
        if isinstance(owner, _Cms):
            return self._constructed(node, name, depth)
        if name == "load" and owner is self.process:
            self._elements(node.args, depth)
            return None
        if name == "clone" and isinstance(owner, PSet | Opaque):
            changes = self._keywords(node, depth)
            given = self._elements(node.args, depth)
            if isinstance(owner, PSet):
                owner = owner.clone(lambda number: self._count(node.lineno, number))
            return self._changed(node, owner, given, changes)
        if name == "toModify" and isinstance(owner, Opaque) and node.args:
            self._modify(node, owner, depth)
            return None
        raise self._refused(node, allowed)

    def _keywords(self, node: ast.Call, depth: int) -> dict[str, Setting]:
        found = {}
        for keyword in node.keywords:
            if keyword.arg is None:
                raise self._refused(node, "arguments by name, without **")
            found[keyword.arg] = Setting(self._value(keyword.value, depth + 1), keyword.value.lineno)
        return found

    def _changed(
        self, node: ast.Call, value: PSet | Opaque, others: list[Any], changes: Mapping[str, Setting]
    ) -> PSet | Opaque:
        """A parameter set with the parameters of others and with changes."""
        if isinstance(value, Opaque):
            return value
        for other in others:
            if isinstance(other, PSet):
                value.settings |= other.settings
            elif not isinstance(other, Opaque):
                raise self._refused(node, "parameter sets and arguments by name")
        value.change(changes)
        return value

    def _modify(self, node: ast.Call, modifier: Opaque, depth: int) -> None:
        target = self._value(node.args[0], depth + 1)
        others = self._elements(node.args[1:], depth)
        changes = self._keywords(node, depth)
        if isinstance(target, Opaque) or modifier.what in INACTIVE:
            return
        if modifier.what not in ACTIVE or not isinstance(target, PSet):
            raise self._refused(
                node, f"modifications of parameter sets by one of {', '.join(ACTIVE + INACTIVE)}"
            )
        self._changed(node, target, others, changes)

    def _constructed(self, node: ast.Call, name: str, depth: int) -> Any:
        """The value of `cms.NAME(...)`: itself for numbers, texts and lists."""
        given, keywords = self._elements(node.args, depth), self._keywords(node, depth)
        if name in _KINDS and len(given) == 1 and not keywords:
            return self._checked(node, name, given[0], _KINDS[name])
        if name in _LISTS and not keywords:
            values = given[0] if len(given) == 1 and isinstance(given[0], list) else given
            return [self._checked(node, name, value, _LISTS[name]) for value in values]
        if name == "PSet":
            return self._changed(node, PSet(), given, keywords)
        if name == "Process":
            return self.process
        if name == "EDProducer" and given and isinstance(given[0], str):
            return self._changed(node, PSet(plugin=given[0]), given[1:], keywords)
        if name[:1].isupper() or name in _OTHERS:
            return Opaque(f"cms.{name}")
        raise self._refused(
            node, f"one value of a known type ({', '.join(sorted([*_KINDS, *_LISTS, 'PSet']))})"
        )

    def _checked(self, node: ast.Call, name: str, value: Any, kinds: tuple[type, ...]) -> Any:
        if isinstance(value, Opaque) or (type(value) in kinds):
            return value
        raise self._refused(node, f"{_NAMES[kinds]} in cms.{name}")


def _line_too_deep(text: str) -> int:
    """The line at which the first statement begins that is nested too deeply for the parser."""
    lines = text.splitlines(keepends=True)
    starts = [n for n, line in enumerate(lines) if line[:1].strip(" \t\r\n#)]}")]
    for start, stop in zip(starts, [*starts[1:], len(lines)], strict=True):
        try:
            ast.parse("".join(lines[start:stop]))
        except (RecursionError, MemoryError):
            return start + 1
        except (SyntaxError, ValueError):
            continue
    return 1
