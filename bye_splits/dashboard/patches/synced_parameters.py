"""A view looks once at which of its parameters the browser follows, not once for each parameter.

Panel asks for the list of them in a loop over all parameters (`_init_params` in panel/reactive.py) and makes
it anew each time: 3.5 % of the time to build a page.

This patch can be removed once Panel makes the list before the loop.
"""

from typing import Any

from panel.reactive import Syncable


def apply() -> None:
    """Patch Panel."""
    Syncable._init_params = initial_values


def initial_values(view: Syncable) -> dict[str, Any]:
    """As `Syncable._init_params`: the values of followed parameters that have one."""
    followed = set(view._synced_params)
    values = {name: getattr(view, name) for name in view.param if name in followed}
    return {name: value for name, value in values.items() if value is not None}
