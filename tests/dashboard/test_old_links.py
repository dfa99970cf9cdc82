"""Links that an earlier version wrote open the same views."""

import json
from pathlib import Path

import pytest
from link_names import link_names

from bye_splits.dashboard.state.display import DisplayState
from bye_splits.dashboard.views.display.page import start

OF_SET = (
    "chain",
    "kernel",
    "seed_window",
    "seed_threshold",
    "association",
    "radius",
    "legacy",
    "norm_by_area",
)
# Each with what the version that wrote it opened with it, on the same toy samples.
LINKS = json.loads(Path(__file__).with_name("links_of_0_1.json").read_text())


def parameters(given):
    if given is None:
        return None
    return {name: getattr(given, name) for name in OF_SET} | {"width": given.smooth.bin_sums[0]}


def plain(value):
    """As JSON has it."""
    return list(value) if isinstance(value, tuple) else value


def test_there_are_enough():
    assert len(LINKS) >= 30
    assert len({one["link"] for one in LINKS}) > 40


@pytest.mark.parametrize("old", LINKS, ids=lambda old: old["link"])
def test_an_old_link_opens_the_same_view(catalogue, old):
    state = DisplayState(catalogue)
    assert start(state, old["link"]) == old["problems"]
    values = {name: plain(state.value(name)) for name in link_names(state)}
    values |= {name: parameters(values[name]) for name in ("set_a", "set_b")}
    later = set(values) - set(old["state"])  # parameters that the version did not have
    new = {name: plain(state.parameter(name).default) for name in later}
    new["tab"] = "cell" if "cell=" in old["link"] else "clusters"
    assert {name: values[name] for name in later} == new
    assert {name: value for name, value in values.items() if name not in later} == old["state"]
