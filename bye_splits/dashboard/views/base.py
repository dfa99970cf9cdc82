"""What all views share: they are told of changes once, and do nothing while they are hidden."""

import param
from panel.viewable import Viewer


class StateView(Viewer):
    """A view of a page's state, a Parameterized with at least `geometry` and `theme`.

    A subclass names in `watches` the parameters it draws, builds its models in `build` and changes them in
    `update`, which is called once for all that changed together. While `active` is False nothing is computed;
    what changed meanwhile is drawn when it becomes True again.
    """

    state = param.ClassSelector(class_=param.Parameterized)
    active = param.Boolean(True)

    watches: tuple[str, ...] = ()

    def __init__(self, state: param.Parameterized, **params):
        super().__init__(state=state, **params)
        self._missed: set[str] = set()
        self.build()
        state.param.watch(self._changed, list(self.watches))
        self.param.watch(self._shown, "active")

    def build(self) -> None:
        """Make the models, showing the present state."""
        raise NotImplementedError

    def update(self, changed: set[str]) -> None:
        """Draw what changed: names of parameters out of `watches`."""
        raise NotImplementedError

    def _changed(self, *events) -> None:
        names = {event.name for event in events}
        if self.active:
            self.update(names)
        else:
            self._missed |= names

    def _shown(self, event) -> None:
        if event.new and self._missed:
            missed, self._missed = self._missed, set()
            self.update(missed)
