"""Conditions on a catalogue: what they mean, and what is said of those that make no sense."""

import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bye_splits.studies.expressions import (
    MAX_DEPTH,
    MAX_LENGTH,
    ExpressionError,
    kinds_of,
    parse,
)

TABLE = pd.DataFrame(
    {
        "clusters": [0, 1, 2, 3],
        "share": [np.nan, np.nan, 0.2, 0.45],
        "gen_eta": [-2.5, 1.6, 2.0, 2.7],
        "split": [False, False, True, True],
        "split_b": [False, True, True, False],
        "tag": pd.Categorical(["", "noise", "", "brem"]),
        "p_split": pd.array([None, 0.5, 0.1, 0.9], dtype="Float64"),
    }
)
KNOWN = kinds_of(TABLE)


def rows(text):
    return np.flatnonzero(parse(text, KNOWN).mask(TABLE)).tolist()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("clusters > 1", [2, 3]),
        ("clusters > 1 and abs(gen_eta) > 2.4", [3]),
        ("clusters == 0 or gen_eta >= 2.7", [0, 3]),
        ("1 <= clusters < 3", [1, 2]),
        ("not split", [0, 1]),
        ("split != split_b", [1, 3]),
        ("split == true", [2, 3]),
        ("not split and not split_b or tag == 'brem'", [0, 3]),
        ('tag == "noise"', [1]),
        ("tag != ''", [1, 3]),
        ("share > 0.1", [2, 3]),
        ("share != 0.2", [3]),
        ("not share > 0.3", [0, 1, 2]),
        ("p_split < .5", [2]),
        ("2 * clusters - 1 == 3", [2]),
        ("clusters / 2 > +1e0", [3]),
        ("-(clusters + 1) * 2 < -6", [3]),
        ("clusters - 1 - 1 == 0", [2]),
        ("1 / clusters > 100", [0]),
        ("false", []),
        ("(((clusters))) > (2)", [3]),
    ],
)
def test_what_conditions_mean(text, wanted):
    assert rows(text) == wanted


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("", 0, "expected a column, a number, a word in quotes or a parenthesis, found the end"),
        ("clusters >", 10, "found the end"),
        ("clusters > 1 and", 16, "found the end"),
        (
            "lusters > 1",
            0,
            "expected one of the columns clusters, share, gen_eta, split, split_b, tag, p_split",
        ),
        ("clusters > 1 & split", 13, "found '&'"),
        ("clusters = 1", 9, "found '='"),
        ("clusters > 'x'", 11, "expected a number, as on the left, found a word"),
        ("tag < 'x'", 4, "expected == or !="),
        ("clusters", 0, "expected a condition, found a number"),
        ("tag", 0, "expected a condition, found a word"),
        ("clusters and split", 0, "expected a condition, found a number"),
        ("split + 1 > 0", 0, "expected a number, found a condition"),
        ("(clusters > 1", 13, "expected an operator or )"),
        ("clusters > 1)", 12, "expected an operator or the end"),
        ("abs gen_eta > 1", 4, "expected ( after abs"),
        ("clusters > 1 split", 13, "expected an operator or the end"),
        ("__import__('os')", 0, "found '__import__'"),
        ("split.real", 5, "found '.'"),
        ("clusters[0] > 1", 8, "found '['"),
        ("tag == 'open", 7, 'found "\'"'),
    ],
)
def test_what_makes_no_sense_is_said_with_its_place(text, position, words):
    with pytest.raises(ExpressionError) as found:
        parse(text, KNOWN)
    assert found.value.position == position
    assert f"character {position + 1}" in str(found.value)
    assert words in str(found.value)
    assert str(pickle.loads(pickle.dumps(found.value))) == str(found.value)


def test_length_and_depth_are_bounded():
    with pytest.raises(ExpressionError, match=f"at most {MAX_LENGTH} characters"):
        parse("split and " * MAX_LENGTH + "split", KNOWN)
    for deep in ("(" * 300 + "split" + ")" * 300, "not " * 150 + "split", "-" * 300 + "clusters > 1"):
        with pytest.raises(ExpressionError, match=f"at most {MAX_DEPTH} levels"):
            parse(deep, KNOWN)
    long = " + ".join(["clusters"] * 70) + " > 0"
    assert len(long) < MAX_LENGTH
    assert rows(long) == [1, 2, 3]


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=60))
def test_any_text_is_a_condition_or_an_error_of_its_own(text):
    place, mask = 0, np.zeros(len(TABLE), dtype=bool)
    try:
        mask = parse(text, KNOWN).mask(TABLE)
    except ExpressionError as error:
        place = error.position
    assert 0 <= place <= len(text)
    assert (mask.dtype, mask.shape) == (bool, (len(TABLE),))


NUMBERS = st.deferred(
    lambda: (
        st.sampled_from(["clusters", "gen_eta"])
        | st.integers(0, 9).map(str)
        | st.builds("({} {} {})".format, NUMBERS, st.sampled_from("+-*"), NUMBERS)
        | st.builds("abs({})".format, NUMBERS)
        | st.builds("-{}".format, NUMBERS)
    )
)
CONDITIONS = st.deferred(
    lambda: (
        st.sampled_from(["split", "split_b"])
        | st.builds("{} {} {}".format, NUMBERS, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), NUMBERS)
        | st.builds("{0} < {1} <= {2}".format, NUMBERS, NUMBERS, NUMBERS)
        | st.builds("({} {} {})".format, CONDITIONS, st.sampled_from(["and", "or"]), CONDITIONS)
        | st.builds("not {}".format, CONDITIONS)
    )
)


@settings(deadline=None, max_examples=60)
@given(CONDITIONS.filter(lambda text: len(text) <= MAX_LENGTH and text.count("(") < MAX_DEPTH // 2))
def test_the_answers_are_those_of_python(text):
    """The language is a part of Python's, so Python itself is the reference, here and nowhere else."""
    columns = {name: TABLE[name].tolist() for name in ("clusters", "gen_eta", "split", "split_b")}
    wanted = [
        bool(eval(text, {"abs": abs}, {name: values[row] for name, values in columns.items()}))
        for row in range(len(TABLE))
    ]
    assert parse(text, KNOWN).mask(TABLE).tolist() == wanted
