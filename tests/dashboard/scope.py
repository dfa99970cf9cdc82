"""What a scope sends and shows."""

import numpy as np
from bokeh.document import Document

from bye_splits.dashboard.views.display.coarse_stages import ModuleStages


class Sent:
    """What a scope sends from now on: (source or model, changed columns or attribute)."""

    def __init__(self, view):
        self._names = {}
        for kind in view._stages.values():
            maps = kind.maps
            sources = maps.sources if isinstance(kind, ModuleStages) else vars(maps) | maps.images
            self._names |= {id(source): name for name, source in sources.items()}
        self.messages = []
        self.document = Document()
        self.document.add_root(view._root)
        self.document.on_change(self._changed)

    def _changed(self, event):
        name = self._names.get(id(event.model), type(event.model).__name__)
        columns = getattr(event, "cols", None)
        self.messages.append((name, frozenset(columns) if columns else getattr(event, "attr", None)))

    @property
    def names(self):
        return {name for name, _ in self.messages}


def unrolled(maps, name, grid):
    """An image with the first phi bin at its left."""
    return np.roll(maps.images[name].data["image"][0], grid.first, axis=1)
