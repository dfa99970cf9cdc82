"""Texts that a property has found valid, such as the name of a colour, are not validated again.

A property of several types tries one after the other for each of its values (`Either.validate` in
bokeh/core/property/either.py). A display page has 10 800 texts for such properties, most of them the colours
of palettes: 6 % of the time to build it.

This patch can be removed once Bokeh validates a palette of 256 colours in 0.1 ms.
"""

from typing import Any

from bokeh.core.property.either import Either

MOST, LONGEST = 1000, 30  # texts of each property, and their characters
_validate = Either.validate


def apply() -> None:
    """Patch Bokeh."""
    Either.validate = validate


def validate(prop: Either, value: Any, detail: bool = True) -> None:
    """As `Either.validate`."""
    if type(value) is not str or len(value) > LONGEST:
        return _validate(prop, value, detail)
    # In the property itself: some are made for a single page, and go with it.
    valid: set[str] = vars(prop).setdefault("_valid_texts", set())
    if value not in valid:
        _validate(prop, value, detail)
        if len(valid) < MOST:
            valid.add(value)
    return None
