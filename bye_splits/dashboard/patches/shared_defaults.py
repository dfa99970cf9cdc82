"""Models without properties of their own are one for all models of a page that have them by default.

Each renderer has a filter that keeps all its rows, each data source a rule for selections, each axis one that
keeps all its labels, each column of a table an editor that is never opened: a sixth of the models of a
display page, all alike. Bokeh makes each of them anew as the default of its property (`_get_default` in
bokeh/core/property/descriptors.py). They are never changed, here or in the browser.

This patch can be removed once Bokeh's defaults without properties are values, not models.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from weakref import WeakKeyDictionary, WeakValueDictionary

from bokeh.core.has_props import HasProps
from bokeh.core.property.descriptors import PropertyDescriptor
from bokeh.document import Document
from bokeh.model import Model
from bokeh.models import AllIndices, AllLabels, NoOverlap, StringEditor, UnionRenderers

SHARED: tuple[type[Model], ...] = (AllIndices, AllLabels, NoOverlap, StringEditor, UnionRenderers)
_kinds: dict[tuple[type[HasProps], str], type[Model] | None] = {}  # by property: the class of its default
# Both weak, as models refer to their document:
_made: WeakKeyDictionary[Document, WeakValueDictionary[type[Model], Model]] = WeakKeyDictionary()
_building: ContextVar[Document | None] = ContextVar("building", default=None)
_get_default = PropertyDescriptor._get_default


@contextmanager
def shared_in(document: Document) -> Iterator[None]:
    """Share defaults of models that are made meanwhile, all of which must be for this document."""
    before = _building.set(document)
    try:
        yield
    finally:
        _building.reset(before)


def apply() -> None:
    """Patch Bokeh; after the patch of all properties' defaults, which remains the one for the others."""
    global _get_default
    if PropertyDescriptor._get_default is not default_of:
        _get_default, PropertyDescriptor._get_default = PropertyDescriptor._get_default, default_of


def default_of(descriptor: PropertyDescriptor, model: HasProps) -> Any:
    """As `PropertyDescriptor._get_default`; while a page is built a default of `SHARED` is the page's."""
    key = type(model), descriptor.name
    if key not in _kinds:
        _kinds[key] = _kind(descriptor, model)
    kind, own = _kinds[key], model._unstable_default_values
    if kind is None or descriptor.name in own or (document := _building.get()) is None:
        return _get_default(descriptor, model)
    made = _made.setdefault(document, WeakValueDictionary())
    shared = made.get(kind) or made.setdefault(kind, kind())
    own[descriptor.name] = shared
    return shared


def _kind(descriptor: PropertyDescriptor, model: HasProps) -> type[Model] | None:
    if descriptor.name in (model.themed_values() or ()):
        return None
    default = descriptor.instance_default(model)
    return type(default) if type(default) in SHARED and not default._property_values else None
