"""Conditions on the columns of a table as text: ``clusters > 1 and abs(gen_eta) > 2.4``.

The language: numbers, words in quotes and columns; ``+ - * /``, ``abs(...)`` and parentheses; comparisons
(``< <= > >= == !=``), also chained; ``not``, ``and``, ``or``, ``true``, ``false``. It is parsed here and
computed with numpy, never handed to Python. A comparison with a missing number is false, `!=` included.
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from bye_splits.errors import ByeSplitsError

MAX_LENGTH = 800  # characters
MAX_DEPTH = 40  # of parentheses, signs and `not` within each other

NUMBER, WORD, TRUTH = "a number", "a word", "a condition"
"""Kinds of values."""

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<name>[^\W\d]\w*)
    |(?P<word>"[^"]*"|'[^']*')
    |(?P<sign><=|>=|==|!=|[-+*/<>()])
    |(?P<end>$)
    |(?P<wrong>.))""",
    re.VERBOSE | re.DOTALL,
)
_RESERVED = ("and", "or", "not", "abs", "true", "false")

Columns = Mapping[str, np.ndarray]
Value = Callable[[Columns], np.ndarray]


class ExpressionError(ByeSplitsError):
    """A condition that cannot be understood.

    Parameters
    ----------
    text : of the condition
    position : index of the character at which it stops making sense
    expected, found : see `ByeSplitsError`
    """

    def __init__(self, text: str, position: int, *, expected: str, found: str):
        self.position = position
        super().__init__(
            f"condition, character {position + 1}",
            expected=expected,
            found=found,
            action="Correct the condition.",
        )
        self.text = text

    def __reduce__(self) -> tuple:
        return _restored, (self.text, self.position, self.expected, self.found)


def _restored(text: str, position: int, expected: str, found: str) -> ExpressionError:
    return ExpressionError(text, position, expected=expected, found=found)


class _Token(NamedTuple):
    kind: str
    text: str
    position: int

    @property
    def shown(self) -> str:
        return "the end" if self.kind == "end" else repr(self.text)


class _Node(NamedTuple):
    """A part of the condition: the kind of its value, and how it is computed."""

    kind: str
    value: Value
    position: int


@dataclass(frozen=True)
class Expression:
    """A condition that has been understood; see `parse`.

    Attributes
    ----------
    text : as it was written
    columns : names of the columns that it needs
    """

    text: str
    columns: frozenset[str]
    _value: Value

    def mask(self, table: pd.DataFrame) -> np.ndarray:
        """Whether each row of a table with these columns meets the condition, bool, shape (n,)."""
        columns = {name: _array(table[name]) for name in self.columns}
        with np.errstate(all="ignore"):
            found = self._value(columns)
        return np.array(np.broadcast_to(found, len(table)))


def parse(text: str, known: Mapping[str, str]) -> Expression:
    """Understand a condition on the columns of a table.

    Parameters
    ----------
    text : of at most `MAX_LENGTH` characters
    known : kind of each column by its name: `NUMBER`, `WORD` or `TRUTH`, see `kinds_of`

    Raises
    ------
    ExpressionError : it says where, what was expected, and, for an unknown column, which ones are known

    Examples
    --------
    >>> table = pd.DataFrame({"clusters": [1, 2, 3], "tag": ["", "noise", ""]})
    >>> parse('1 < clusters and tag != "noise"', kinds_of(table)).mask(table)
    array([False, False,  True])
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(
            text,
            MAX_LENGTH,
            expected=f"at most {MAX_LENGTH} characters",
            found=f"{len(text)}",
        )
    parser = _Parser(text, known)
    node = parser.whole()
    return Expression(text, frozenset(parser.used), node.value)


def kinds_of(table: pd.DataFrame) -> dict[str, str]:
    """Kind of each column of a table by its name."""
    return {str(name): kind_of(table[name]) for name in table}


def kind_of(column: pd.Series) -> str:
    """Kind of a column's values: `NUMBER`, `WORD` or `TRUTH`."""
    if pd.api.types.is_bool_dtype(column.dtype):
        return TRUTH
    return NUMBER if pd.api.types.is_numeric_dtype(column.dtype) else WORD


def _array(column: pd.Series) -> np.ndarray:
    kind = kind_of(column)
    if kind == NUMBER:
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    if kind == TRUTH:
        return column.to_numpy(dtype=bool)
    if isinstance(column.dtype, pd.CategoricalDtype):  # comparing the categories would be slower
        return np.append(column.cat.categories.to_numpy(dtype=str), "")[column.cat.codes]
    return column.to_numpy(dtype=str)


def _unequal(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Whether two values differ; false for missing numbers."""
    return (a != b) & (a == a) & (b == b)


_COMPARED: dict[str, Callable] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": _unequal,
}
_ADDED: dict[str, Callable] = {"+": operator.add, "-": operator.sub}
_MULTIPLIED: dict[str, Callable] = {"*": operator.mul, "/": np.true_divide}


def _tokens(text: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "end"
        found, position = match[kind], match.start(kind)
        if kind == "wrong":
            raise ExpressionError(
                text,
                position,
                expected="a column, a number, a word in quotes, or one of + - * / < <= > >= == != ( )",
                found=repr(found),
            )
        yield _Token(kind, found, position)
        if kind == "end":
            return


class _Parser:
    """Recursive descent, a method for each level of precedence."""

    def __init__(self, text: str, known: Mapping[str, str]):
        self.text, self.known = text, known
        self.used: set[str] = set()
        self._tokens = list(_tokens(text))
        self._at = self._depth = 0

    def whole(self) -> _Node:
        node = self._condition(self._or())
        if self._next.kind != "end":
            raise self._wrong(self._next.position, "an operator or the end", self._next.shown)
        return node

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self, *texts: str) -> _Token | None:
        """The next token if it is one of these signs or names, else None."""
        token = self._next
        if token.kind in ("sign", "name") and token.text in texts:
            self._at += 1
            return token
        return None

    def _wrong(self, position: int, expected: str, found: str) -> ExpressionError:
        return ExpressionError(self.text, position, expected=expected, found=found)

    def _of_kind(self, node: _Node, kind: str) -> _Node:
        if node.kind != kind:
            raise self._wrong(node.position, kind, node.kind)
        return node

    def _condition(self, node: _Node) -> _Node:
        return self._of_kind(node, TRUTH)

    def _or(self) -> _Node:
        return self._joined("or", np.logical_or, lambda: self._joined("and", np.logical_and, self._not))

    def _joined(self, word: str, join: Callable, operand: Callable[[], _Node]) -> _Node:
        left = operand()
        while self._take(word):
            left = self._both(join, TRUTH, self._condition(left), self._condition(operand()))
        return left

    def _not(self) -> _Node:
        if token := self._take("not"):
            inner = self._condition(self._nested(self._not))
            return _Node(TRUTH, lambda columns: np.logical_not(inner.value(columns)), token.position)
        return self._comparison()

    def _comparison(self) -> _Node:
        left = self._sum()
        found: _Node | None = None
        while sign := self._take(*_COMPARED):
            right = self._sum()
            if left.kind != right.kind:
                raise self._wrong(right.position, f"{left.kind}, as on the left", right.kind)
            if left.kind != NUMBER and sign.text not in ("==", "!="):
                raise self._wrong(sign.position, "== or != for what is no number", repr(sign.text))
            one = self._both(_COMPARED[sign.text], TRUTH, left, right)
            found = one if found is None else self._both(np.logical_and, TRUTH, found, one)
            left = right
        return left if found is None else found

    def _sum(self) -> _Node:
        return self._arithmetic(_ADDED, lambda: self._arithmetic(_MULTIPLIED, self._signed))

    def _arithmetic(self, signs: Mapping[str, Callable], operand: Callable[[], _Node]) -> _Node:
        left = operand()
        while sign := self._take(*signs):
            left, right = self._of_kind(left, NUMBER), self._of_kind(operand(), NUMBER)
            left = self._both(signs[sign.text], NUMBER, left, right)
        return left

    def _signed(self) -> _Node:
        if token := self._take("-", "+"):
            inner = self._of_kind(self._nested(self._signed), NUMBER)
            if token.text == "+":
                return inner
            return _Node(NUMBER, lambda columns: np.negative(inner.value(columns)), token.position)
        return self._atom()

    def _atom(self) -> _Node:
        token = self._next
        self._at += 1
        if token.kind == "number":
            return _constant(NUMBER, float(token.text), token.position)
        if token.kind == "word":
            return _constant(WORD, token.text[1:-1], token.position)
        if token.kind == "name" and token.text in ("true", "false"):
            return _constant(TRUTH, token.text == "true", token.position)
        if token.kind == "name" and token.text == "abs":
            if not self._take("("):
                raise self._wrong(self._next.position, "( after abs", self._next.shown)
            inner = self._of_kind(self._nested(self._or), NUMBER)
            self._closed()
            return _Node(NUMBER, lambda columns: np.abs(inner.value(columns)), token.position)
        if token.kind == "name" and token.text not in _RESERVED:
            return self._column(token)
        if token.kind == "sign" and token.text == "(":
            node = self._nested(self._or)
            self._closed()
            return node
        expected = "a column, a number, a word in quotes or a parenthesis"
        raise self._wrong(token.position, expected, token.shown)

    def _closed(self) -> None:
        if not self._take(")"):
            raise self._wrong(self._next.position, "an operator or )", self._next.shown)

    def _column(self, token: _Token) -> _Node:
        name = token.text
        if name not in self.known:
            raise self._wrong(token.position, f"one of the columns {', '.join(self.known)}", repr(name))
        self.used.add(name)
        return _Node(self.known[name], lambda columns: columns[name], token.position)

    def _nested(self, inner: Callable[[], _Node]) -> _Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._wrong(self._next.position, f"at most {MAX_DEPTH} levels", "a deeper one")
        node = inner()
        self._depth -= 1
        return node

    @staticmethod
    def _both(join: Callable, kind: str, left: _Node, right: _Node) -> _Node:
        return _Node(kind, lambda columns: join(left.value(columns), right.value(columns)), left.position)


def _constant(kind: str, value: float | str | bool, position: int) -> _Node:
    array = np.asarray(value)
    return _Node(kind, lambda _: array, position)
