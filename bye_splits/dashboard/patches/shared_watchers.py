"""Lists of watchers that a view's parameters have in common.

Panel watches all parameters of a widget, pane or layout that are properties of its model, with one watcher,
and Param keeps a dict with a list for each of them (`Parameters._register_watcher`). In the display page
these are 2 000 dicts and as many lists: a page takes 4.9 MB, and 4.1 MB with one dict for the same lists.

With this patch, parameters with the same watchers refer to one dict. A parameter that is watched later on, or
no longer, gets its own again.

It can be removed once Param keeps what is watched once per watcher.
"""

from functools import wraps
from typing import Any

from panel.pane.base import PaneBase
from panel.viewable import Viewable
from param.parameterized import Parameters

_register_watcher = Parameters._register_watcher


class _Shared(dict):
    """Lists of watchers by what they watch, of several parameters; not to be changed."""

    __slots__ = ()


@wraps(_register_watcher)
def _register_to_own_list(namespace: Parameters, action: str, watcher: Any, what: str = "value") -> None:
    if namespace.self is not None:
        watchers = namespace.self._param__private.watchers
        for name in watcher.parameter_names:
            if isinstance(shared := watchers.get(name), _Shared):
                watchers[name] = {kind: list(each) for kind, each in shared.items()}
    _register_watcher(namespace, action, watcher, what)


def apply() -> None:
    """Give parameters that share their watchers their own when these change, in this process."""
    Parameters._register_watcher = _register_to_own_list


def share(*views: Viewable) -> None:
    """Keep one dict of watchers for all parameters of a view, or of a pane's own layout, that have the same.

    The process must be patched, see `apply`.
    """
    layouts = [view.layout for view in views if isinstance(view, PaneBase)]
    for view in (*views, *layouts):
        watchers = view._param__private.watchers
        shared: dict[tuple, _Shared] = {}
        for name, of_kind in watchers.items():
            same = tuple((kind, *map(id, each)) for kind, each in of_kind.items())
            watchers[name] = shared.setdefault(same, _Shared(of_kind))
