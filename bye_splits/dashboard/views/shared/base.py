"""Base class of the views: it redraws only changed values, in one batch, and nothing while hidden."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, ClassVar

import param
from panel.viewable import Viewer

from ...schedule import schedule
from ...state.derived import Reactive, same

MARK = "draws"  # attribute of a drawing method: names of the values that it draws


def draws(*values: str) -> Callable[[Callable], Callable]:
    """Mark a method of a view as drawing these values of its state: parameters and derived values.

    The method is called when one of them differs from its value at the previous call. The state's graph
    gives the parameters that can change them.
    """

    def mark(method: Callable) -> Callable:
        setattr(method, MARK, values)
        return method

    return mark


class StateView(Viewer):
    """A view of a page's state.

    A subclass creates its models in `build` and fills them in methods marked by `draws`; these are called
    initially and whenever their values differ, in the order of their definition. While `active` is False
    nothing is computed; changes are drawn once it becomes True again.

    On a server the methods are called in the session's next callback, together with those of other views: a
    click is handled without the lock that is needed to change Bokeh models, and all changes before that
    callback are drawn in it.
    """

    state = param.ClassSelector(class_=Reactive)
    active = param.Boolean(True)

    parts: ClassVar[dict[str, tuple[str, ...]]] = {}  # names of the drawing methods and of their values
    late = False  # whether the first drawing waits until the page has loaded

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        own = {name: getattr(member, MARK) for name, member in vars(cls).items() if hasattr(member, MARK)}
        cls.parts = {name: values for name, values in cls.parts.items() if name not in own} | own

    def __init__(self, state: Reactive, **params: Any) -> None:
        super().__init__(state=state, **params)
        graph, self._drawn_values = state.graph, self.drawn_values()
        # For each part, by value: names of the parameters on which it depends.
        self._follows = {
            part: {value: {name for _, name in graph.parameters_of(state, value)} for value in values}
            for part, values in self._drawn_values.items()
        }
        self._drawn: dict[str, dict[str, Any]] = {}  # by part: the values at its last drawing
        self._undrawn = set(self._drawn_values)  # parts to be drawn next even if their values do not differ
        self._missed: set[str] = set()  # parameters that have changed since the last drawing
        self._scheduled = False
        self.differing: set[str] = set()  # values whose change causes the current drawing
        # Registered before any nested views, so that this view is called before them.
        drawn = {value for values in self._drawn_values.values() for value in values}
        graph.listen(self._changed, graph.parameters_of(state, *drawn))
        self.build()
        if self.active and not self.late:
            self.catch_up()
        self.param.watch(self._shown, "active")

    def drawn_values(self) -> dict[str, tuple[str, ...]]:
        """Names of the drawing methods and of their values; those marked by `draws`, unless overridden."""
        return self.parts

    def build(self) -> None:
        """Create the models."""
        raise NotImplementedError

    def draw(self, part: str) -> None:
        """Draw a part; `differing` has the names of the values that have changed since its last drawing."""
        getattr(self, part)()

    def mark_drawn(self, part: str) -> None:
        """Record that a part shows the current values because `build` has drawn it."""
        self._drawn[part] = {value: attrgetter(value)(self.state) for value in self._drawn_values[part]}
        self._undrawn.discard(part)

    def answer(self, *parts: str) -> None:
        """Draw these parts even if their values do not differ."""
        self._undrawn |= set(parts)
        self._schedule_drawing()

    def contribute(self, **values: Any) -> None:
        """Set parameters changed by the user in this view, which need not be drawn in it again."""
        for name, value in values.items():
            for drawn in self._drawn.values():
                if name in drawn:
                    drawn[name] = value
        self.state.update(**values)

    def _changed(self, changed: set[str]) -> None:
        self._missed |= changed
        self._schedule_drawing()

    def _shown(self, event: Any) -> None:
        self._schedule_drawing()

    def _schedule_drawing(self) -> None:
        if self.active and (self._missed or self._undrawn) and not self._scheduled:
            self._scheduled = True
            schedule(self.catch_up)

    def catch_up(self) -> None:
        """Draw all outstanding parts now if the view is active."""
        self._scheduled = False
        if not self.active:
            return
        missed, self._missed = self._missed, set()
        undrawn, self._undrawn = self._undrawn, set()
        failure: Exception | None = None
        for part, follows in self._follows.items():
            drawn = None if part in undrawn else self._drawn.get(part)
            # Only values that depend on a changed parameter are evaluated; most of them are cached.
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
                try:
                    self.draw(part)
                except Exception as error:  # reported once the other parts show the present state
                    failure = failure or error
        if failure is not None:
            raise failure
