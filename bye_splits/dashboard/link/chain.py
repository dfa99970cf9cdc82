"""The chain's part of the page's address: differences of A and B from the configuration."""

from collections.abc import Callable
from typing import Any

from ...chain import ChainParameters
from ...chain.chains import CHAINS
from ...chain.declaration import Declaration
from ...chain.parameters import DECLARED
from ...errors import ChainError
from ..state.chain import Chain
from ..state.parameter_sets import ParameterSets
from ..state.selection import HEXAGON, MODULE, POINT, XY, Selection

COMPARE_WORDS = {"A": "A", "A | B": "AB", "B": "B"}
BY_LAYER = "layer"  # stands for None in links
BY_WORD = {declaration.word: name for name, declaration in DECLARED.items() if declaration.word}
OF_SET = (*BY_WORD, "width")
PARTS = ("bin", XY, MODULE, POINT, HEXAGON)  # kinds of parts of the stages; at most one part is selected
SETS = {*OF_SET, *(f"{name}B" for name in OF_SET), "compare"}
KNOWN = {*SETS, "cluster", *PARTS}
MAX_WIDTH = 40  # bins more or less than configured


def shortest(number: float) -> str:
    """The shortest text of a number for which float(shortest(x)) == x.

    Examples
    --------
    >>> shortest(20.0), shortest(0.0123456789)
    ('20', '0.0123456789')
    """
    return repr(float(number)).removesuffix(".0")  # float: the repr of numpy scalars contains their type


def write(chain: Chain, selection: Selection) -> dict[str, str]:
    """The chain's names and values in the query."""
    pairs = write_sets(chain, chain.compare)
    if selection.part is not None:
        name = selection.part[0] if selection.part[0] in PARTS else "bin"
        pairs[name] = "{}.{}".format(*selection.part[-2:])
    if selection.cluster >= 0:
        pairs["cluster"] = str(selection.cluster)
    return pairs


def write_sets(chain: ParameterSets, compare: str) -> dict[str, str]:
    """Names and values of A and B in the query, with the sets to show."""
    pairs = words_of_set(chain, chain.set_a, "")
    if chain.set_b is not None:
        pairs |= words_of_set(chain, chain.set_b, "B") | {"compare": COMPARE_WORDS[compare]}
    return pairs


def words_of_set(chain: ParameterSets, parameters: ChainParameters, suffix: str) -> dict[str, str]:
    """Names, with a suffix, and values of a set in the query."""
    configured, usual = chain.configured(parameters.chain), chain.configured()
    pairs = {}
    for word, name in BY_WORD.items():
        value = getattr(parameters, name)
        if value != getattr(usual if name == "chain" else configured, name):
            pairs[word] = _word(value)
    if chain.width_of(parameters):
        pairs["width"] = str(chain.width_of(parameters))
    return {name + suffix: value for name, value in pairs.items()}


def _word(value: Any) -> str:
    """Text of a parameter's value in a link."""
    if value is None:
        return BY_LAYER
    if isinstance(value, bool):
        return str(int(value))
    return value if isinstance(value, str) else shortest(value)


def read(given: dict[str, str], chain: Chain, invalid: Callable[[str, str, str], None]) -> dict:
    """Parameters of the state given by a query.

    Parameters
    ----------
    given : the query
    invalid : called with (name, found, expected) for each invalid part
    """
    values = read_sets(given, chain, invalid)
    a = values.get("set_a", chain.set_a)
    for name in PARTS:
        if name in given:
            part = _part(name, given[name], a)
            if part is not None:
                values["part"] = part
            elif name in ("bin", XY):
                most = (a.base.n_rz, a.base.n_phi) if name == "bin" else (a.xy.n_x, a.xy.n_y)
                limits = f"below {most[0]} and {most[1]}"
                invalid(name, given[name], f"two numbers such as 12.103, {limits}")
            else:
                invalid(name, given[name], "two whole numbers such as 3.-2")
    if "cluster" in given:
        if given["cluster"].isdecimal() and len(given["cluster"]) < 6:
            values["cluster"] = int(given["cluster"])
        else:
            invalid("cluster", given["cluster"], "a row of the table of clusters")
    return values


def read_sets(given: dict[str, str], chain: ParameterSets, invalid: Callable[[str, str, str], None]) -> dict:
    """The sets A and B given by a query, and which are shown; the arguments are those of `read`."""
    values: dict[str, Any] = {}
    a = _read_set(given, chain, "", invalid)
    if a != chain.set_a:
        values["set_a"] = a
    if "compare" in given or any(f"{name}B" in given for name in OF_SET):
        values["set_b"] = _read_set(given, chain, "B", invalid)
        by_word = {word: value for value, word in COMPARE_WORDS.items()}
        word = given.get("compare", "AB")
        if word not in by_word:
            invalid("compare", word, ", ".join(by_word))
        values["compare"] = by_word.get(word, "A | B")
    elif chain.set_b is not None:  # the link has no B
        values |= {"set_b": None, "compare": "A"}
    return values


def _part(name: str, words: str, parameters: ChainParameters) -> tuple | None:
    """A part of the stages from its two numbers, None if they are invalid."""
    numbers = words.split(".")
    if len(numbers) != 2 or not all(each.removeprefix("-").isdecimal() and len(each) < 6 for each in numbers):
        return None
    first, second = map(int, numbers)
    base, xy = parameters.base, parameters.xy
    if name == XY:
        return (XY, first, second) if 0 <= first < xy.n_x and 0 <= second < xy.n_y else None
    if name != "bin":
        return (name, first, second)
    return (first, second) if 0 <= first < base.n_rz and 0 <= second < base.n_phi else None


def _read_set(
    given: dict[str, str], chain: ParameterSets, suffix: str, invalid: Callable[[str, str, str], None]
) -> ChainParameters:
    parameters = chain.configured()
    if (named := given.get(f"chain{suffix}")) in CHAINS:
        parameters = chain.configured(named)
    for word, name in BY_WORD.items():
        found = given.get(word + suffix)
        if found is None:
            continue
        try:
            parameters = parameters.changed(**{name: _value(found, DECLARED[name])})
        except ChainError as error:
            invalid(word + suffix, found, error.expected)
        except ValueError as error:
            invalid(word + suffix, found, str(error))
    width = given.get(f"width{suffix}")
    if width is not None:
        whole = width.removeprefix("-").isdecimal()
        if whole and abs(int(width)) <= MAX_WIDTH and int(width) % 2 == 0:
            parameters = parameters.changed(**chain.widened(parameters, int(width)))
        else:
            invalid(f"width{suffix}", width, f"an even number from -{MAX_WIDTH} to {MAX_WIDTH}")
    return parameters


def _value(word: str, declaration: Declaration) -> Any:
    """A parameter's value from its text in a link.

    Raises
    ------
    ValueError : the text is invalid; the message describes what was expected
    """
    if declaration.choices:
        if word not in declaration.choices:
            raise ValueError(", ".join(declaration.choices))
        return word
    if declaration.kind is bool:
        if word not in ("0", "1"):
            raise ValueError("0 or 1")
        return word == "1"
    if declaration.none and word == BY_LAYER:
        return None
    try:
        value = declaration.kind(word)
    except ValueError:
        raise ValueError("a number") from None
    if declaration.none and value == 0:  # the slider would show it as "by layer"
        raise ValueError(f"a number above 0, or {BY_LAYER}")
    return value
