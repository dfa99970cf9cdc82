"""Sets of the chain's parameters to try: a grid of values, or points that fill their ranges evenly."""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bye_splits.chain import ChainParameters
from bye_splits.chain.declaration import Declaration
from bye_splits.chain.parameters import DECLARED
from bye_splits.errors import ByeSplitsError, variant

Make = Callable[[dict[str, Any]], ChainParameters]
_WORDS = {"true": True, "false": False}


@dataclass(frozen=True)
class Axis:
    """A parameter that is varied: over a range, or over some values.

    Attributes
    ----------
    name : of the parameter
    values : to choose from; empty for a range
    low, high : of the range, both included
    number : of values of the range in a grid; 0 if it was not given
    """

    name: str
    values: tuple = ()
    low: float = math.nan
    high: float = math.nan
    number: int = 0

    @classmethod
    def of(cls, text: str, base: ChainParameters) -> "Axis":
        """The axis of a text: NAME=LOW:HIGH, NAME=FIRST:LAST:NUMBER or NAME=VALUE,VALUE...

        Parameters
        ----------
        base : parameters on which limits may depend

        Raises
        ------
        ChainError : an unknown parameter
        ByeSplitsError : a range or a value that the parameter cannot have

        Examples
        --------
        >>> Axis.of("radius=0.01:0.03", ChainParameters())
        Axis(name='radius', values=(), low=0.01, high=0.03, number=0)
        >>> Axis.of("seed_window=1,2", ChainParameters()).values
        (1, 2)
        """
        name, _, given = text.partition("=")
        name = name.strip().replace("-", "_")
        declaration = variant(DECLARED, name, "parameter to vary")
        numeric = declaration.kind in (int, float)
        parts = given.split(":")
        if numeric and len(parts) > 1:
            low, high = (_value(part, declaration, name, base) for part in parts[:2])
            number = parts[2] if len(parts) == 3 else "0"
            if not (len(parts) <= 3 and number.isdecimal() and low < high and int(number) != 1):
                raise _wrong(name, "a range LOW:HIGH, or FIRST:LAST:NUMBER with 2 or more values", given)
            return cls(name, low=low, high=high, number=int(number))
        values = tuple(_value(part, declaration, name, base) for part in given.split(","))
        return cls(name, tuple(dict.fromkeys(values)))

    def at(self, share: float) -> Any:
        """The value at a share of the range, or of the values, from 0 up to, without, 1."""
        if self.values:
            return self.values[int(share * len(self.values))]
        if DECLARED[self.name].kind is int:
            return int(self.low) + int(share * (int(self.high) - int(self.low) + 1))
        return float(self.low + share * (self.high - self.low))

    @property
    def steps(self) -> tuple:
        """The values in a grid.

        Raises
        ------
        ByeSplitsError : a range without a number of values
        """
        if self.values:
            return self.values
        if not self.number:
            raise ByeSplitsError(
                f"range of {self.name} in a grid",
                expected="FIRST:LAST:NUMBER",
                found=f"{self.low:g}:{self.high:g}",
                action="Say how many values it shall have.",
            )
        values = np.linspace(self.low, self.high, self.number)
        if DECLARED[self.name].kind is int:
            return tuple(dict.fromkeys(values.round().astype(int).tolist()))
        return tuple(values.round(12).tolist())


def axes_of(texts: Sequence[str], base: ChainParameters) -> list[Axis]:
    """The axes of some texts, see `Axis.of`.

    Raises
    ------
    ByeSplitsError : as `Axis.of`, or there is none, or one is there twice
    """
    axes = [Axis.of(text, base) for text in texts]
    names = [axis.name for axis in axes]
    if not names or len(set(names)) < len(names):
        raise ByeSplitsError(
            "parameters to vary",
            expected=f"one or more, each once, of {', '.join(DECLARED)}",
            found=", ".join(names) or "none",
            action="Vary for instance seed_threshold=5:40.",
        )
    return axes


def in_grid(axes: Sequence[Axis], make: Make) -> list[ChainParameters]:
    """All combinations of the values of some axes.

    Parameters
    ----------
    make : function of the varied values by name, for all parameters
    """
    names = [axis.name for axis in axes]
    steps = [axis.steps for axis in axes]
    return [make(dict(zip(names, values, strict=True))) for values in itertools.product(*steps)]


def spread(axes: Sequence[Axis], number: int, seed: int, make: Make) -> list[ChainParameters]:
    """Sets that fill the ranges evenly: a scrambled Sobol sequence.

    Parameters
    ----------
    number : of sets
    seed : of the scrambling; the same one gives the same sets, and more sets begin with the same ones as
        long as both numbers are below the same power of 2
    make : function of the varied values by name, for all parameters
    """
    from scipy.stats import qmc  # slow to import, and most servers never need it

    sequence = qmc.Sobol(len(axes), seed=seed)
    points = sequence.random_base2(max(0, math.ceil(math.log2(number))))[:number]
    return [
        make({axis.name: axis.at(float(share)) for axis, share in zip(axes, point, strict=True)})
        for point in points
    ]


def _value(text: str, declaration: Declaration, name: str, base: ChainParameters) -> Any:
    """The value of a text, checked as the parameter's declaration says."""
    text = text.strip()
    value: Any = text
    if declaration.none and text in (declaration.none, declaration.none.replace(" ", "-")):
        return None
    try:
        if declaration.kind is bool:
            value = _WORDS.get(text.lower(), text)
        elif not declaration.choices:
            value = declaration.kind(text)
    except ValueError:
        pass  # said below
    if expected := declaration.problem(value, base):
        raise _wrong(name, expected, text)
    return value


def _wrong(name: str, expected: str, found: str) -> ByeSplitsError:
    return ByeSplitsError(
        f"{name} to vary", expected=expected, found=repr(found), action="Correct the values."
    )
