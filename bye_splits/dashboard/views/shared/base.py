"""What all views share: they draw what differs, once for all that changed, and nothing while hidden."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, ClassVar

import param
from panel.viewable import Viewer

from ...patches.latency import schedule
from ...state.derived import Reactive, same


def draws(*values: str) -> Callable[[Callable], Callable]:
    """Mark a method of a view that draws these values of its state: parameters and derived values.

    It is called when one of them is another one than when it was called last. What can change them follows
    from the state's graph.
    """

    def mark(method: Callable) -> Callable:
        method.draws = values
        return method

    return mark


class StateView(Viewer):
    """A view of a page's state.

    A subclass makes its models in `build` and fills them in methods that are marked by `draws`; these are
    called at first and whenever their values differ, in the order of the class. While `active` is False
    nothing is computed; what changed meanwhile is drawn when it becomes True again.

    On a server they are called in the session's next callback, with those of the other views: a click is
    handled without the lock that changing Bokeh models needs, and what changes before the callback runs is
    drawn with it.
    """

    state = param.ClassSelector(class_=Reactive)
    active = param.Boolean(True)

    parts: ClassVar[dict[str, tuple[str, ...]]] = {}  # names of the methods that draw, and of their values
    late = False  # whether it is drawn for the first time only when the page is open

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        own = {name: member.draws for name, member in vars(cls).items() if hasattr(member, "draws")}
        cls.parts = {name: values for name, values in cls.parts.items() if name not in own} | own

    def __init__(self, state: Reactive, **params: Any) -> None:
        super().__init__(state=state, **params)
        graph = state.graph
        self._wakes = {
            part: {name for _, name in graph.parameters_of(state, *values)}
            for part, values in self.parts.items()
        }
        self._values = {
            part: {name: attrgetter(name) for name in values} for part, values in self.parts.items()
        }
        self._drawn: dict[str, dict[str, Any]] = {}  # values that the parts were drawn with
        self._missed = set(self.parts)
        self._called = False
        self.differing: set[str] = set()  # values for which a part is being drawn
        # Before the views that it may hold are made, so that it is called before them.
        names = {name for values in self.parts.values() for name in values}
        graph.listen(self._changed, graph.parameters_of(state, *names))
        self.build()
        if self.active and not self.late:
            self.catch_up()
        self.param.watch(self._shown, "active")

    def build(self) -> None:
        """Make the models."""
        raise NotImplementedError

    def draw(self, part: str) -> None:
        """Draw a part; `differing` has the values that are not what it was drawn with."""
        getattr(self, part)()

    def mark_drawn(self, part: str) -> None:
        """A part has been drawn with the present values otherwise: by `build`."""
        self._drawn[part] = self._present(part)
        self._missed.discard(part)

    def answer(self, *parts: str) -> None:
        """Draw these parts, whether their values differ or not."""
        for part in parts:
            self._drawn.pop(part, None)
        self._missed |= set(parts)
        self._call()

    def contribute(self, **values: Any) -> None:
        """Give the state what the user has done in this view, which shows it already."""
        for name, value in values.items():
            for drawn in self._drawn.values():
                if name in drawn:
                    drawn[name] = value
        self.state.update(**values)

    def _changed(self, changed: set[str]) -> None:
        self._missed |= {part for part, wakes in self._wakes.items() if wakes & changed}
        self._call()

    def _shown(self, event: Any) -> None:
        self._call()

    def _call(self) -> None:
        if self.active and self._missed and not self._called:
            self._called = True
            schedule(self.catch_up)

    def catch_up(self) -> None:
        """Draw now what is still to be drawn, if the view is active."""
        self._called = False
        if not self.active:
            return
        missed, self._missed = self._missed, set()
        for part in self.parts:
            if part in missed:
                self._draw_if_it_differs(part)

    def _draw_if_it_differs(self, part: str) -> None:
        values, drawn = self._present(part), self._drawn.get(part)
        self.differing = {
            name for name, value in values.items() if drawn is None or not same(value, drawn[name])
        }
        if self.differing:
            self._drawn[part] = values
            self.draw(part)

    def _present(self, part: str) -> dict[str, Any]:
        return {name: get(self.state) for name, get in self._values[part].items()}
