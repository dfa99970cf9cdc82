"""Values that follow from parameters: computed when asked for, once per change."""

from collections.abc import Callable


def derived(*names: str) -> Callable[[Callable], property]:
    """A property of a Parameterized class that is computed anew only when one of `names` has changed.

    `names` are parameters or other derived properties. A value is computed when a view asks for it, so
    what no visible view needs is never computed. The owner has a dict `memo` and a Counter `computed`,
    which says how often each property was computed.
    """

    def decorate(function: Callable) -> property:
        name = function.__name__

        def get(self):
            key = [getattr(self, needed) for needed in names]
            kept = self.memo.get(name)
            if kept is None or not all(_same(a, b) for a, b in zip(key, kept[0], strict=True)):
                self.computed[name] += 1
                kept = self.memo[name] = (key, function(self))
            return kept[1]

        get.__doc__ = function.__doc__
        return property(get)

    return decorate


def _same(a, b) -> bool:
    """Parameters are compared by value, arrays and events by identity: they are never changed in place."""
    return a is b or (isinstance(a, str | int | float | tuple) and type(a) is type(b) and a == b)
