"""What makes pages quick to build, beside the patches of Bokeh's models: it does its part, and is needed."""

import gc
import inspect
import json
import os
import subprocess
import sys
import weakref
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import panel as pn
import pytest
from bokeh.document import Document
from bokeh.model import Model
from bokeh.models import AllIndices, AllLabels, CDSView, ColumnDataSource, UnionRenderers
from bokeh.plotting import figure
from bokeh.settings import settings
from panel.reactive import Syncable

from bye_splits.dashboard.patches import garbage, shared_defaults, synced_parameters
from bye_splits.dashboard.patches.config_set import set_for_a_while
from bye_splits.dashboard.patches.shared_defaults import shared_in


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


# -- models and parameters --------------------------------------------------------------------------------


def test_synced_parameters_is_still_needed():
    made = inspect.getsource(Syncable.__dict__["_init_params"])
    ours = inspect.getsource(synced_parameters.initial_values)
    assert made == ours or "not in self._synced_params" in made, "remove patches/synced_parameters.py"


def test_synced_parameters_are_panels_own():
    program = """
import panel as pn
from panel.reactive import Syncable
from bye_splits.dashboard.patches.synced_parameters import initial_values
views = [pn.Row(), pn.widgets.Button(label="a"), pn.widgets.FloatSlider(value=0.3), pn.pane.HTML("b"),
         pn.widgets.Select(options=["a", "b"]), pn.Column(css_classes=["c"])]
for view in views:
    own = Syncable._init_params(view)
    assert own == initial_values(view), view
    assert own
print(len(views))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "6"


def test_kept_settings_is_still_needed():
    source = inspect.getsource(type(settings).__dict__["simple_ids"].get_value_with_provenance)
    assert "os.environ" in source, "remove patches/kept_settings.py"


@pytest.mark.parametrize("value", ["yes", "no"])
def test_kept_settings_are_those_of_the_environment(value):
    program = """
from bokeh.settings import settings
from bye_splits.dashboard.patches import kept_settings
kept_settings.apply()
from bokeh.util.serialization import make_id
print(settings.simple_ids(), make_id()[:1] == "p")
"""
    environment = os.environ | {"BOKEH_SIMPLE_IDS": value}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment
    )
    simple = value == "yes"
    assert done.stdout.split() == [str(simple), str(simple)]


@pytest.fixture
def page():
    """A document that is being built."""
    document = Document()
    with shared_in(document):
        yield document


def test_shared_defaults_is_still_needed():
    first, second = (shared_defaults._get_default(CDSView.filter, CDSView()) for _ in range(2))
    assert isinstance(first, Model), "remove patches/shared_defaults.py"
    assert first is not second, "remove patches/shared_defaults.py"


def test_a_default_without_properties_is_one_for_the_page(page):
    sources = [ColumnDataSource({"x": []}) for _ in range(2)]
    first, second = (one.selection_policy for one in sources)
    assert first is second
    assert first is sources[0].selection_policy, "read again"
    plot = figure()
    for source in sources:
        plot.scatter("x", "x", source=source)
    page.add_root(plot)
    counted = Counter(type(model) for model in page.models)
    assert counted[CDSView] == 2
    assert {counted[kind] for kind in (AllIndices, AllLabels, UnionRenderers)} == {1}
    other = UnionRenderers()
    sources[1].selection_policy = other
    assert (sources[0].selection_policy, sources[1].selection_policy) == (first, other)


def test_other_pages_have_their_own(page):
    first = CDSView().filter
    assert CDSView().filter is first
    with shared_in(Document()):
        assert CDSView().filter is not first
    assert CDSView().filter is first


def test_models_that_are_made_elsewhere_share_nothing(page):
    """In another thread, or later: they may be for another document, as the copies of a figure."""
    first = CDSView().filter
    with ThreadPoolExecutor(1) as thread:
        views = [thread.submit(lambda: CDSView().filter).result() for _ in range(2)]
    assert len({first, *views}) == 3


def test_shared_defaults_do_not_keep_a_closed_page():
    document = Document()
    with shared_in(document):
        plot = figure()
        plot.scatter([1], [2])
        document.add_root(plot)
    kept = weakref.ref(document)
    del document, plot
    gc.collect()
    assert kept() is None
