"""Counts in sentences."""

from collections.abc import Callable


def counted(number: int, one: str, many: str = "", written: Callable[[int], str] = str) -> str:
    """A number and what it counts; `many` where more is needed than an s, `written` for other digits.

    Examples
    --------
    >>> counted(1, "trigger cell"), counted(0, "trigger cell"), counted(3, "row is", "rows are")
    ('1 trigger cell', '0 trigger cells', '3 rows are')
    """
    return f"{written(number)} {one if number == 1 else many or one + 's'}"
