"""Declaration of a parameter of the chain: once, for checks, files, links, options and widgets."""

import dataclasses
from collections.abc import Callable, Collection
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """Properties of a parameter besides its default.

    Attributes
    ----------
    kind : type of its values: str, bool, int or float
    label : for widgets
    help : what it means, as a phrase that follows the label or the option
    cmssw : its name in CMSSW's configuration, "" where CMSSW has none
    unit : of its values, "" for none
    choices : the allowed values, where they are names
    low, high : limits of a number, both included; None for none. `high` may follow from the other parameters
    none : word for None, "" where None is no value
    word : name in links, "" for none
    option : whether the command line has an option of its name
    slider : first and last value and step of its slider
    only : attribute of the seedings that use the parameter; "" if all do
    variant : whether it is one of CMSSW's less usual choices, which pages show on request
    when : name and value of the parameter without which this one does not matter; empty if it always does
    """

    kind: type
    label: str
    help: str
    cmssw: str = ""
    unit: str = ""
    choices: Collection[str] = ()
    low: float = 0
    high: float | Callable[[Any], float] | None = None
    none: str = ""
    word: str = ""
    option: bool = True
    slider: tuple[float, float, float] | None = None
    only: str = ""
    variant: bool = False
    when: tuple[str, str] | tuple[()] = ()

    @property
    def meaning(self) -> str:
        """What it means, with its unit and CMSSW's name for it: for options, tooltips and the documentation.

        Examples
        --------
        >>> Declaration(kind=float, label="Cut", help="least sum", cmssw="cut_c3d", unit="mipT").meaning
        'least sum [mipT; in CMSSW cut_c3d]'
        """
        known = [self.unit, f"in CMSSW {self.cmssw}" if self.cmssw else ""]
        more = "; ".join(filter(None, known))
        return f"{self.help} [{more}]" if more else self.help

    def problem(self, value: Any, parameters: Any) -> str:
        """Description of the expected values; "" if the value is valid.

        Parameters
        ----------
        parameters : the parameters that it belongs to
        """
        if value is None and self.none:
            return ""
        if self.choices:
            return "" if value in self.choices else f"one of {', '.join(self.choices)}"
        if self.kind is bool:
            return "" if isinstance(value, bool | np.bool) else "True or False"
        high = self.high(parameters) if callable(self.high) else self.high
        number = isinstance(value, Integral if self.kind is int else Real) and not isinstance(value, bool)
        if number and self.low <= value < float("inf") and (high is None or value <= high):
            return ""
        of = f" of {self.unit}" if self.unit and self.unit[0] != "(" else ""
        within = f" in {self.unit}" if self.unit and not of else ""
        limits = f"not below {self.low:g}" if high is None else f"from {self.low:g} to {high:g}"
        named = "a whole number" if self.kind is int else "a number"
        return f"{named}{of} {limits}{within}" + (f", or None for {self.none}" if self.none else "")


def declared(default: T, **facts: Any) -> T:
    """Declare a field of a dataclass; `facts` are the attributes of `Declaration`."""
    return dataclasses.field(default=default, metadata={"declaration": Declaration(**facts)})


def declarations(kind: type) -> dict[str, Declaration]:
    """The declared fields of a dataclass, by name, in their order."""
    return {
        field.name: field.metadata["declaration"]
        for field in dataclasses.fields(kind)
        if "declaration" in field.metadata
    }
