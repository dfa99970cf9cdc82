"""Values that follow from parameters: computed when asked for, once per change."""

from collections import Counter
from collections.abc import Callable

import param


class Reactive(param.Parameterized):
    """A Parameterized class with `derived` properties."""

    def __init__(self, **values):
        self.memo: dict = {}
        self.computed: Counter = Counter()
        self.age = 0
        super().__init__(**values)
        self.param.watch(self._increment_age, list(self.param))  # registered first, so that `age` is current

    def _increment_age(self, *events) -> None:
        self.age += 1


def derived(*names: str) -> Callable[[Callable], property]:
    """A property of a Parameterized class that is computed anew only when one of `names` has changed.

    `names` are parameters or other derived properties. A value is computed when a view asks for it, so
    what no visible view needs is never computed. The owner has a dict `memo`, a Counter `computed`, which
    says how often each property was computed, and a number `age`, which grows with each change of any of its
    parameters: at the same age nothing can have changed.
    """

    def decorate(function: Callable) -> property:
        name = function.__name__

        def get(self):
            kept = self.memo.get(name)
            if kept is not None and kept[2] == self.age:
                return kept[1]
            key = [getattr(self, needed) for needed in names]
            if kept is None or not all(_same(a, b) for a, b in zip(key, kept[0], strict=True)):
                self.computed[name] += 1
                kept = (key, function(self))
            self.memo[name] = (*kept[:2], self.age)
            return kept[1]

        get.__doc__ = function.__doc__
        return property(get)

    return decorate


def _same(a, b) -> bool:
    """Parameters are compared by value, arrays and events by identity: they are never changed in place."""
    return a is b or (isinstance(a, str | int | float | tuple) and type(a) is type(b) and a == b)
