"""Derived values, what they follow from, and who is called when something has changed."""

import param
import pytest

from bye_splits.dashboard.state.derived import Reactive, derived, follows
from bye_splits.dashboard.state.display import DisplayState
from bye_splits.dashboard.views.shared.base import StateView, draws


class Below(Reactive):
    length = param.Number(1.0)
    unit = param.String("cm")

    @derived("length")
    def square(self):
        return self.length**2

    @follows("square", "unit")
    def area(self):
        return f"{self.square:g} {self.unit}2"


class Above(Reactive):
    height = param.Number(2.0)

    def update(self, **values):
        self.param.update(**values)

    def __init__(self, below, **values):
        self.below = below
        super().__init__(below, **values)

    @derived("below.square", "height")
    def volume(self):
        return self.below.square * self.height


@pytest.fixture
def state():
    return Above(Below())


def test_a_value_is_computed_once_for_each_change_of_what_it_follows_from(state):
    assert not state.graph.computed
    assert (state.volume, state.volume, state.below.square) == (2.0, 2.0, 1.0)
    assert state.graph.computed == {"square": 1, "volume": 1}
    state.below.unit = "mm"
    assert state.volume == 2.0
    assert state.graph.computed == {"square": 1, "volume": 1}
    state.below.length = 3.0
    assert state.volume == 18.0
    state.below.length = -3.0  # its square is as before
    assert state.volume == 18.0
    assert state.graph.computed == {"square": 3, "volume": 2}


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["height"], {"height"}),
        (["volume"], {"height", "length"}),
        (["below.area"], {"length", "unit"}),
        (["below.unit", "volume"], {"height", "length", "unit"}),
    ],
)
def test_parameters_follow_from_the_graph(state, paths, expected):
    assert {name for _, name in state.graph.parameters_of(state, *paths)} == expected


def test_an_unknown_value_names_the_known_ones(state):
    with pytest.raises(AttributeError, match=r"Below has no value 'breadth' .* area, length, square, unit"):
        state.graph.parameters_of(state, "below.breadth")


def test_what_changes_together_is_one_call(state):
    every, some = [], []
    state.graph.listen(every.append)
    state.graph.listen(some.append, state.graph.parameters_of(state, "below.area"))
    with state.graph.together():
        state.height = 5.0
        state.below.param.update(length=2.0, unit="m")
        assert state.volume == 20.0  # what is asked for meanwhile is up to date
    state.height = 6.0
    assert every == [{"height", "length", "unit"}, {"height"}]
    assert some == [{"length", "unit"}]


def test_what_a_listener_changes_is_a_call_of_its_own(state):
    calls = []

    def at_least_as_high_as_long(names):
        calls.append(names)
        state.height = max(state.height, state.below.length)

    state.graph.listen(at_least_as_high_as_long)
    state.below.length = 7.0
    assert calls == [{"length"}, {"height"}]
    assert state.volume == 343.0


def test_an_error_in_a_listener_does_not_stop_later_changes(state):
    calls = []

    def failing(names):
        calls.append(names)
        raise ValueError("no")

    state.graph.listen(failing)
    for height in (8.0, 9.0):
        with pytest.raises(ValueError, match="no"):
            state.height = height
    assert calls == [{"height"}] * 2


class Words(StateView):
    """Draws two values, each on its own."""

    def build(self):
        self.log = []

    @draws("volume")
    def volume(self):
        self.log.append(("volume", self.state.volume, self.differing))

    @draws("below.unit", "height")
    def unit(self):
        self.log.append(("unit", self.state.below.unit, self.differing))


def test_a_view_draws_the_parts_whose_values_differ(state):
    view = Words(state)
    assert view.log == [("volume", 2.0, {"volume"}), ("unit", "cm", {"below.unit", "height"})]
    view.log.clear()
    state.below.unit = "m"
    assert view.log == [("unit", "m", {"below.unit"})]
    view.log.clear()
    state.below.length = -1.0  # the volume is as before
    assert view.log == []
    state.height = 3.0
    assert view.log == [("volume", 3.0, {"volume"}), ("unit", "m", {"height"})]


def test_a_hidden_view_computes_nothing_and_draws_later_what_differs(state):
    view = Words(state, active=False)
    assert view.log == []
    assert not state.graph.computed
    state.height = 4.0
    view.active = True
    assert [entry[:2] for entry in view.log] == [("volume", 4.0), ("unit", "cm")]
    view.log.clear()
    view.active = False
    state.below.unit = "m"
    state.below.unit = "cm"
    view.active = True
    assert view.log == []


def test_what_a_view_contributes_is_not_drawn_by_it(state):
    mine, other = Words(state), Words(state)
    mine.log.clear()
    other.log.clear()
    mine.contribute(height=10.0)
    assert [entry[0] for entry in mine.log] == ["volume"]  # its own value follows, as in any view
    assert [entry[0] for entry in other.log] == ["volume", "unit"]


def test_a_part_that_fails_leaves_no_other_part_undrawn(state):
    class Failing(Words):
        def volume(self):
            super().volume()
            if self.state.volume > 10:
                raise ValueError(f"{self.state.volume} is too large")

    view = Failing(state)
    view.log.clear()
    with pytest.raises(ValueError, match="too large"):
        state.height = 11.0
    assert [entry[0] for entry in view.log] == ["volume", "unit"]
    view.log.clear()
    state.below.unit = "m"  # the failure is not reported again while its values are the same
    assert [entry[0] for entry in view.log] == ["unit"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("heigth", "Above has no parameter 'heigth', but height. Did you mean height?"),
        ("length", "Did you mean below.length?"),
        ("other", "but height.$"),
    ],
)
def test_what_nothing_reads_cannot_be_set(state, name, words):
    before = dict(state.__dict__)
    with pytest.raises(AttributeError, match=words):
        setattr(state, name, 3)
    assert state.__dict__ == before
    state.height = 3.0
    state.memo = {}
    assert state.volume == 3


def test_the_display_s_state_names_its_parameters():
    with pytest.raises(
        AttributeError, match=r"has no parameter 'themes', but .*theme.* Did you mean theme\?"
    ):
        DisplayState().themes = "light"
