"""What makes pages quick to build, beside the patches of Bokeh's models: it does its part, and is needed."""

import inspect
import json
import subprocess
import sys

import panel as pn

from bye_splits.dashboard.patches import garbage
from bye_splits.dashboard.patches.config_set import set_for_a_while


def test_config_set_is_still_needed():
    source = inspect.getsource(sys.modules["panel.config"])
    assert "for p in self.param if p != 'name'" in source, "remove patches/config_set.py"


def test_settings_are_put_back():
    before = pn.config.sizing_mode
    with set_for_a_while(pn.config, sizing_mode="stretch_both", design=None):
        assert pn.config.sizing_mode == "stretch_both"
    assert pn.config.sizing_mode == before


def test_settings_are_put_back_after_an_error():
    before = pn.config.sizing_mode
    try:
        with set_for_a_while(pn.config, sizing_mode="fixed"):
            raise LookupError
    except LookupError:
        assert pn.config.sizing_mode == before
    else:
        raise AssertionError("the error was lost")


def test_garbage_is_still_needed():
    assert sys.version_info < (3, 14), "the collector is incremental: remove patches/garbage.py"


def test_what_is_there_before_the_first_page_is_set_aside():
    program = """
import gc, json
from bye_splits.dashboard.set_up import set_up_panel
set_up_panel()
set_aside = gc.get_freeze_count()
set_up_panel()
print(json.dumps([gc.get_threshold(), set_aside, gc.get_freeze_count()]))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    threshold, first, again = json.loads(done.stdout)
    assert tuple(threshold) == garbage.LIMITS
    assert first > 100_000
    assert again <= first, "it is done once"
