"""A selection of a catalogue's particles and its order, as the addresses of pages have it."""

from collections.abc import Mapping

from ...studies.expressions import ExpressionError, parse
from .query import IN_LINK, Unused, invalid

KNOWN = {"match", "order"}
DOWN = "-"  # before a column: descending


def write_selection(expression: str, order: str, descending: bool) -> dict[str, str]:
    """The names and values in the query."""
    pairs = {"match": expression} if expression else {}
    if order:
        pairs["order"] = f"{DOWN if descending else ''}{order}"
    return pairs


def read_selection(
    given: Mapping[str, str], known: Mapping[str, str], problems: list[str]
) -> tuple[str, str, bool]:
    """Expression, column of the order and whether it is descending; empty for what is not given or invalid.

    Parameters
    ----------
    given : the query
    known : kinds of the columns, see `studies.expressions.parse`
    problems : a sentence is appended for each invalid part
    """
    expression, order = given.get("match", ""), given.get("order", "")
    if expression:
        try:
            parse(expression, known)
        except ExpressionError as error:
            problems.append(Unused(f"{IN_LINK}match is ignored. {error}"))
            expression = ""
    column = order.removeprefix(DOWN)
    if column and column not in known:
        problems.append(invalid("order", order, f"one of the columns {', '.join(known)}"))
        column = ""
    return expression, column, order.startswith(DOWN)
