"""Defaults of Bokeh's properties, computed once.

Each time a property without a value is read, Bokeh copies its default, looks for overrides in all parent
classes, and validates it (`_get_default` in bokeh/core/property/descriptors.py). The search for a document's
models reads all properties that may refer to one. A display page is built in 1.6 s of CPU instead of 2.9 s,
and a message to it does not pay for the search either.

This patch can be removed once reading a number's default does not validate it.
"""

from typing import Any

from bokeh.core.has_props import HasProps
from bokeh.core.property.descriptors import PropertyDescriptor

IMMUTABLE = (type(None), bool, int, float, str)
_computed: dict[tuple[type[HasProps], str], Any] = {}
_unstable: dict[tuple[type[HasProps], str], bool] = {}
_get_default = PropertyDescriptor._get_default
_has_unstable_default = PropertyDescriptor.has_unstable_default


def apply() -> None:
    """Patch Bokeh."""
    PropertyDescriptor._get_default = default_of
    PropertyDescriptor.has_unstable_default = is_made_anew


def default_of(descriptor: PropertyDescriptor, model: HasProps) -> Any:
    """As `PropertyDescriptor._get_default`; what cannot be changed and does not depend on a theme is kept."""
    if descriptor.name in (model.themed_values() or ()):
        return _get_default(descriptor, model)
    key = type(model), descriptor.name
    if key in _computed:
        return _computed[key]
    value = _get_default(descriptor, model)
    if type(value) in IMMUTABLE and not is_made_anew(descriptor, model):
        _computed[key] = value
    return value


def is_made_anew(descriptor: PropertyDescriptor, model: HasProps) -> bool:
    """As `PropertyDescriptor.has_unstable_default`: whether each model has a default of its own."""
    key = type(model), descriptor.name
    if key not in _unstable:
        _unstable[key] = _has_unstable_default(descriptor, model)
    return _unstable[key]
