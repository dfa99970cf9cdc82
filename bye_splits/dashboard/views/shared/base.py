"""What all views share: they are notified of a change once, and do nothing while they are hidden."""

import param
from panel.viewable import Viewer

from ...schedule import schedule


class StateView(Viewer):
    """A view of a page's state, a Parameterized with at least `geometry` and `theme`.

    A subclass names in `watches` the parameters it draws, builds its models in `build` and changes them in
    `update`, which is called once for all that changed together. While `active` is False nothing is computed;
    what changed meanwhile is drawn when it becomes True again.

    On a server `update` runs in the session's next callback, with that of the other views: a click is handled
    without the lock that changing Bokeh models needs, and what changes before the callback runs is drawn
    with it.
    """

    state = param.ClassSelector(class_=param.Parameterized)
    active = param.Boolean(True)

    watches: tuple[str, ...] = ()

    def __init__(self, state: param.Parameterized, **params):
        super().__init__(state=state, **params)
        self._missed: set[str] = set()
        self._called = False
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
        self.answer({event.name for event in events})

    def answer(self, changed: set[str]) -> None:
        """Draw these parameters, whether they have changed or not."""
        self._missed |= changed
        self._call()

    def _shown(self, event) -> None:
        self._call()

    def _call(self) -> None:
        if self.active and self._missed and not self._called:
            self._called = True
            schedule(self._catch_up)

    def _catch_up(self) -> None:
        self._called = False
        if self.active and self._missed:
            missed, self._missed = self._missed, set()
            self.update(missed)
