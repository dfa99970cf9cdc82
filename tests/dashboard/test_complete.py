"""The word that an answer is complete: after all that a change leads to, and not before."""

import pytest
from bokeh.document import Document
from bokeh.models import ColumnDataSource

from bye_splits.dashboard.patches.completion import MAX_DELAY, add_completion


@pytest.fixture
def document():
    made = Document()
    add_completion(made)
    return made


def ask(document, number):
    (mark,) = document.select({"type": ColumnDataSource, "name": "complete"})
    mark.data = {"asked": [number]}
    return mark


def call(document, callback):
    """Have a session's callback run, as the server does."""
    assert callback in document.session_callbacks
    callback.callback()


def test_at_once_where_nothing_waits(document):
    assert ask(document, 3).data == {"done": [3]}
    assert ask(document, 4).data == {"done": [4]}


@pytest.mark.parametrize("add", ["add_next_tick_callback", "add_timeout_callback"])
def test_after_what_waits_and_what_that_leads_to(document, add):
    more = []

    def work():
        more.append(document.add_next_tick_callback(lambda: None))

    waits = (MAX_DELAY,) if add == "add_timeout_callback" else ()
    first = getattr(document, add)(work, *waits)
    mark = ask(document, 1)
    for before in (first, more):
        callback = before if before is first else more[0]
        assert mark.data == {"asked": [1]}
        look = next(one for one in document.session_callbacks if one is not callback)
        call(document, look)
        assert mark.data == {"asked": [1]}, "something still waits"
        call(document, callback)
    (look,) = document.session_callbacks
    call(document, look)
    assert mark.data == {"done": [1]}
    assert not document.session_callbacks


def test_what_is_put_off_or_repeats_is_no_part_of_an_answer(document):
    document.add_timeout_callback(lambda: None, MAX_DELAY + 1)
    document.add_periodic_callback(lambda: None, 10)
    assert ask(document, 1).data == {"done": [1]}
