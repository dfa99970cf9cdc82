"""What all views share: they draw what differs, once for all that changed, and nothing while hidden."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, ClassVar

import param
from panel.viewable import Viewer

from ...schedule import schedule
from ...state.derived import Reactive, same

MARK = "draws"  # attribute of a method that draws: the values that it draws


def draws(*values: str) -> Callable[[Callable], Callable]:
    """Mark a method of a view that draws these values of its state: parameters and derived values.

    It is called when one of them is another one than when it was called last. What can change them follows
    from the state's graph.
    """

    def mark(method: Callable) -> Callable:
        setattr(method, MARK, values)
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
        own = {name: getattr(member, MARK) for name, member in vars(cls).items() if hasattr(member, MARK)}
        cls.parts = {name: values for name, values in cls.parts.items() if name not in own} | own

    def __init__(self, state: Reactive, **params: Any) -> None:
        super().__init__(state=state, **params)
        graph = state.graph
        # For each part, by value: the names of the parameters that it follows from.
        self._follows = {
            part: {value: {name for _, name in graph.parameters_of(state, value)} for value in values}
            for part, values in self.parts.items()
        }
        self._drawn: dict[str, dict[str, Any]] = {}  # by part: the values that it was drawn with
        self._undrawn = set(self.parts)  # parts that are drawn next, whether their values differ or not
        self._missed: set[str] = set()  # parameters that have changed meanwhile
        self._called = False
        self.differing: set[str] = set()  # values for which a part is being drawn
        # Before the views that it may hold are made, so that it is called before them.
        drawn = {value for values in self.parts.values() for value in values}
        graph.listen(self._changed, graph.parameters_of(state, *drawn))
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
        self._drawn[part] = {value: attrgetter(value)(self.state) for value in self.parts[part]}
        self._undrawn.discard(part)

    def answer(self, *parts: str) -> None:
        """Draw these parts, whether their values differ or not."""
        self._undrawn |= set(parts)
        self._call()

    def contribute(self, **values: Any) -> None:
        """Give the state what the user has done in this view, which shows it already."""
        for name, value in values.items():
            for drawn in self._drawn.values():
                if name in drawn:
                    drawn[name] = value
        self.state.update(**values)

    def _changed(self, changed: set[str]) -> None:
        self._missed |= changed
        self._call()

    def _shown(self, event: Any) -> None:
        self._call()

    def _call(self) -> None:
        if self.active and (self._missed or self._undrawn) and not self._called:
            self._called = True
            schedule(self.catch_up)

    def catch_up(self) -> None:
        """Draw now what is still to be drawn, if the view is active."""
        self._called = False
        if not self.active:
            return
        missed, self._missed = self._missed, set()
        undrawn, self._undrawn = self._undrawn, set()
        for part, follows in self._follows.items():
            drawn = None if part in undrawn else self._drawn.get(part)
            # Only what follows from a change is looked at: most of it is not computed anew.
            values = {
                value: attrgetter(value)(self.state)
                for value, names in follows.items()
                if drawn is None or names & missed
            }
            self.differing = {
                value for value, new in values.items() if drawn is None or not same(new, drawn[value])
            }
            if self.differing:
                self._drawn[part] = (drawn or {}) | values
                self.draw(part)
