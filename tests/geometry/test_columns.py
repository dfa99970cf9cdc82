"""Columns that are made when they are asked for."""

import numpy as np
import pytest

from bye_splits.geometry.columns import Columns


def test_a_column_is_made_once_when_it_is_asked_for():
    made = []

    def late():
        made.append("late")
        return np.arange(3)

    columns = Columns({"x": np.ones(3)}, {"late": late})
    assert (list(columns), len(columns), made) == (["x", "late"], 2, [])
    assert columns["late"] is columns["late"]
    assert made == ["late"]
    assert {**columns}.keys() == {"x", "late"}
    with pytest.raises(KeyError, match="other"):
        columns["other"]
