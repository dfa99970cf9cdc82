"""What is said of a link that cannot be followed in full: each part once, and what is shown instead."""

from bye_splits.dashboard.link.query import IN_LINK, Unused
from bye_splits.dashboard.page import address
from bye_splits.dashboard.state.display import DisplayState
from bye_splits.dashboard.views.display.page import start


def opened(catalogue, query):
    """The state that a link opens, and what the user is told."""
    state = DisplayState(catalogue)
    return state, start(state, query)


def test_each_part_without_effect_is_counted(catalogue):
    """Also where two of them have one line; the head line says once that it is about the link."""
    query = "?particle=photons&pileup=200&event=13&layer=2&thresold=3&bogus=1&stretch=1&stretch=2"
    state, problems = opened(catalogue, query)
    assert (state.navigation.key, state.shown.loaded.event.number) == (("photons", "0"), 4)
    message = address.of_link(problems)
    assert message.text.startswith("7 parts of the link could not be used: the defaults are shown")
    assert len(message.details) == 6
    assert "particle='photons' with pileup='200' is not one of the samples" in " ".join(message.details)
    parts = ("particle=", "There is no event 13: ", "layer=", "thresold ", "bogus ", "stretch ")
    assert all(sum(one.startswith(part) for one in message.details) == 1 for part in parts)
    assert "Event 4 is shown." in " ".join(message.details)


def test_a_sample_of_two_parts_that_there_is_not_is_one_line_alone(catalogue):
    _, problems = opened(catalogue, "?particle=muons&pileup=77")
    (line,) = problems
    assert line.parts == 2
    assert address.of_link(problems).text == line
    assert line.startswith("In the link, particle='muons' with pileup='77' is not one of the samples ")
    _, problems = opened(catalogue, "?particle=muons&pileup=77&layer=99")
    assert (
        address.of_link(problems).text
        == "3 parts of the link could not be used: the defaults are shown instead."
    )


def test_one_part_without_effect_is_the_message(catalogue):
    _, problems = opened(catalogue, "?layer=2")
    assert address.of_link(problems).text.startswith("In the link, layer='2' is not ")
    assert address.of_link([]) is None


def test_other_messages_are_no_parts_of_the_link():
    assert address.of_link(["the file has changed"]).text == "the file has changed"
    message = address.of_link(["the file has changed", Unused(f"{IN_LINK}layer=2 is wrong.")])
    assert message.text.startswith("A part of the link could not be used: the default is shown")
    assert message.text.endswith("There is more to know.")
    assert message.details == ("the file has changed", "layer=2 is wrong.")
    assert "link" not in address.of_link(["the file has changed", "another one"]).text


def test_an_event_that_a_sample_lacks_is_said_with_the_one_that_is_shown(catalogue):
    state, problems = opened(catalogue, "?particle=pions&pileup=200&event=13")
    n, shown = state.navigation.n_events, state.shown.loaded.event.number
    assert (state.navigation.key, n < 13) == (("pions", "200"), True)
    expected = (
        f"There is no event 13: pions, pile-up 200 has {n} events, numbered 1 to {n}. Event {shown} is shown."
    )
    assert problems == [expected]
    assert address.of_link(problems).text == expected


def test_a_sample_that_cannot_be_read_is_said_with_what_is_shown(open_files, toys, tmp_path):
    catalogue = open_files(toys["photons", "0"], tmp_path / "gone.root")
    state, problems = opened(catalogue, "?particle=gone&event=2")
    assert state.navigation.key == ("photons_PU0", "")
    assert "gone.root" in problems[0]
    assert problems[0].endswith("Event 1 of photons_PU0 is shown.")
