"""Linked Param classes, values derived from their parameters, and listeners for changes.

The state of a page is one graph: parameters are its leaves, derived values depend on them, and views depend
on both. A view names the values that it draws; the graph gives the parameters whose changes trigger it
(`Graph.parameters_of`).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from operator import attrgetter
from typing import Any

import param

from ...sections import close_name

Parameter = tuple["Reactive", str]  # owner and name of a parameter


class Graph:
    """Common to all state objects of one page: the age of their parameters and the listeners.

    Attributes
    ----------
    age : int, increases with each change of any parameter; if it is the same, nothing has changed
    computed : number of times each derived value was computed, by name
    """

    def __init__(self) -> None:
        self.age = 0
        self.computed: Counter[str] = Counter()
        self._listeners: list[tuple[Callable[[set[str]], None], frozenset[Parameter] | None]] = []
        self._changed: set[Parameter] = set()
        self._depth = 0

    def parameters_of(self, owner: "Reactive", *paths: str) -> frozenset[Parameter]:
        """The parameters on which values depend.

        Parameters
        ----------
        owner : the object from which the paths start
        paths : parameters or derived values, as in ``layer`` or ``cuts.layer``

        Raises
        ------
        AttributeError : there is no such value
        """
        found: set[Parameter] = set()
        for path in paths:
            *steps, name = path.split(".")
            holder = attrgetter(".".join(steps))(owner) if steps else owner
            if name in holder.param:
                found.add((holder, name))
                continue
            value = getattr(type(holder), name, None)
            if not isinstance(value, Derived):
                known = ", ".join(sorted({*holder.param, *holder.derived_names()} - {"name"}))
                raise AttributeError(
                    f"{type(holder).__name__} has no value {name!r} to follow; it has {known}."
                )
            found |= self.parameters_of(holder, *value.names)
        return frozenset(found)

    def listen(
        self, callback: Callable[[set[str]], None], parameters: Iterable[Parameter] | None = None
    ) -> None:
        """Register a callback for changes of parameters.

        Parameters
        ----------
        callback : called once per change with the set of names of the parameters that changed together
        parameters : parameters to listen to, see `parameters_of`; None for all
        """
        self._listeners.append((callback, None if parameters is None else frozenset(parameters)))

    def report(self, owner: "Reactive", names: Iterable[str]) -> None:
        """Record that parameters of an object have changed, and notify the listeners."""
        self.age += 1
        self._changed.update((owner, name) for name in names)
        with self.together():
            pass

    @contextmanager
    def together(self) -> Iterator[None]:
        """Treat all changes within the context as one: the listeners are called once, at its end."""
        self._depth += 1
        try:
            yield
            while self._depth == 1 and self._changed:  # a listener may change parameters itself
                changed, self._changed = self._changed, set()
                for callback, parameters in tuple(self._listeners):
                    if names := {
                        name for _, name in (changed if parameters is None else changed & parameters)
                    }:
                        callback(names)
        finally:
            self._depth -= 1


class _Whole(type(param.Parameterized)):  # type: ignore[misc]
    """Marks objects once they are made."""

    def __call__(cls, *arguments: Any, **values: Any) -> Any:
        made = super().__call__(*arguments, **values)
        vars(made)["made"] = True
        return made


class Reactive(param.Parameterized, metaclass=_Whole):
    """A Param class with derived values, which has no attributes but those that it was made with.

    Parameters
    ----------
    *below : objects of the same graph that this one refers to; without any, a new graph is started
    **values : values of the parameters
    """

    def __init__(self, *below: "Reactive", **values: Any) -> None:
        self.graph: Graph = below[0].graph if below else Graph()
        self.memo: dict[str, tuple] = {}
        super().__init__(**values)
        self.param.watch(self._report, list(self.param))  # registered first, so that `age` is current

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self.__dict__ and not name.startswith("_") and not hasattr(type(self), name):
            self._require_unmade(name)
        super().__setattr__(name, value)

    def _require_unmade(self, name: str) -> None:
        """Refuse an attribute that nothing reads, such as a parameter with a typing error."""
        if "made" not in self.__dict__:
            return
        known = sorted({*self.param} - {"name"})
        parts = (part for part, value in self.__dict__.items() if isinstance(value, Reactive))
        holder = next((part for part in parts if name in self.__dict__[part].param), "")
        close = f"{holder}.{name}" if holder else close_name(name, known)
        raise AttributeError(
            f"{type(self).__name__} has no parameter {name!r}, but {', '.join(known)}."
            + (f" Did you mean {close}?" if close else "")
        )

    def _report(self, *events: Any) -> None:
        self.graph.report(self, [event.name for event in events])

    @classmethod
    def derived_names(cls) -> list[str]:
        """Names of the derived values."""
        return [name for name in dir(cls) if isinstance(getattr(cls, name), Derived)]


class Derived(property):
    """A property that depends on the values with these `names`."""

    def __init__(self, get: Callable, names: tuple[str, ...], doc: str | None) -> None:
        super().__init__(get, doc=doc)
        self.names = names


def derived(*names: str) -> Callable[[Callable], Derived]:
    """Decorate a method of a `Reactive` as a property that is recomputed only if one of `names` has changed.

    `names` are parameters or derived values of the object itself (``layer``) or of one that it refers to
    (``cuts.layer``). The evaluation is lazy: a value that no visible view needs is never computed.
    """
    getters = [attrgetter(name) for name in names]

    def decorate(function: Callable) -> Derived:
        name = function.__name__

        def get(self: Reactive) -> Any:
            kept = self.memo.get(name)
            if kept is not None and kept[2] == self.graph.age:
                return kept[1]
            key = [getter(self) for getter in getters]
            if kept is None or not all(map(same, key, kept[0])):
                self.graph.computed[name] += 1
                kept = (key, function(self))
            self.memo[name] = (*kept[:2], self.graph.age)
            return kept[1]

        return Derived(get, names, function.__doc__)

    return decorate


def follows(*names: str) -> Callable[[Callable], Derived]:
    """Like `derived`, but without caching, for values that cost nothing to compute."""

    def decorate(function: Callable) -> Derived:
        return Derived(function, names, function.__doc__)

    return decorate


def same(a: Any, b: Any) -> bool:
    """Whether two values are the same: scalars and tuples by value, the rest by identity.

    Arrays and events are never changed in place.
    """
    return a is b or (isinstance(a, str | int | float | tuple) and type(a) is type(b) and a == b)
