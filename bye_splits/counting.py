"""Counts and ordinals in sentences."""

from collections.abc import Callable


def counted(number: int, one: str, many: str = "", written: Callable[[int], str] = str) -> str:
    """A number with its noun; `many` is an irregular plural, `written` formats the number.

    Examples
    --------
    >>> counted(1, "trigger cell"), counted(0, "trigger cell"), counted(3, "row is", "rows are")
    ('1 trigger cell', '0 trigger cells', '3 rows are')
    """
    return f"{written(number)} {one if number == 1 else many or one + 's'}"


def ordinal(number: int) -> str:
    """A number as an ordinal.

    Examples
    --------
    >>> [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 111, 122)]
    ['1st', '2nd', '3rd', '4th', '11th', '12th', '13th', '21st', '111th', '122nd']
    """
    last = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if 10 < number % 100 < 14 else last}"
