"""Each patch against the libraries as they come: once a test fails with newer ones, its patch can go."""

import gc
import json
import subprocess
import weakref
from importlib import import_module
from pathlib import Path

import numba
import numpy as np
import pandas as pd
import panel as pn
import plotly.graph_objects as go
import pytest
from bokeh.core.properties import Color, Either, Enum, Float
from bokeh.core.serialization import Serializer
from bokeh.document import Document
from bokeh.models import ColumnDataSource, Title
from bokeh.resources import Resources
from bokeh.server.util import create_hosts_allowlist
from bokeh.themes import Theme
from forking import PYTHON
from panel.links import Callback
from panel.models.widgets import EnterEvent

from bye_splits.dashboard import patches
from bye_splits.dashboard.patches import (
    autoload,
    debounce,
    ipv6,
    kept_kernel,
    needed_scripts,
    process,
    property_defaults,
    shared_watchers,
    small_buffers,
    valid_texts,
)
from bye_splits.dashboard.patches.number_field import NumberField
from bye_splits.dashboard.patches.paged_table import PagedTable
from bye_splits.dashboard.patches.plotly_figure import figure_of
from bye_splits.dashboard.patches.plotly_pane import Scene
from bye_splits.dashboard.patches.property_defaults import default_of, is_made_anew
from bye_splits.dashboard.patches.shared_watchers import share
from bye_splits.dashboard.patches.text import Text
from bye_splits.dashboard.routing import show

FILES = {path.stem for path in Path(patches.__file__).parent.glob("*.py")} - {"__init__", "process"}


def probed(*options, program: str = "panel_probe.py") -> dict:
    command = [*PYTHON, Path(__file__).with_name(program), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def plain():
    """What Panel and Bokeh do as they come; see panel_probe.py."""
    return probed()


@pytest.fixture(scope="module")
def patched():
    return probed("--patched")


def needless(name: str, words: str) -> str:
    return f"{words}: remove patches/{name}"


def test_every_patch_has_a_test():
    begin, end = "test_", "_is_still_needed"
    tested = {
        name[len(begin) : -len(end)] for name in globals() if name.startswith(begin) and name.endswith(end)
    }
    of_gate = {"admission", "incoming", "compressed_files", "needed_scripts", "silent_pages"}
    of_speed = {"config_set", "garbage", "kept_settings", "shared_defaults", "synced_parameters"}
    elsewhere = {"lost_messages", "one_write", "page_thread", "prepared_pages"} | of_speed | of_gate
    assert FILES - tested == elsewhere, "these have files of their own"
    of_process = {name for name in FILES if hasattr(import_module(f"{patches.__name__}.{name}"), "apply")}
    assert {patch.__name__.rpartition(".")[2] for patch in process.PATCHES} == of_process


def test_debounce_is_still_needed(plain, patched):
    assert max(plain["waits"]) > 5 * debounce.MS, needless("debounce.py", "Panel acts at once")
    assert patched["waits"] == [debounce.MS]


def test_nagle_is_still_needed(plain, patched):
    assert not plain["no delay"], needless("nagle.py", "websockets do not wait for acknowledgements")
    assert patched["no delay"]


def test_small_buffers_is_still_needed(monkeypatch):
    small, large = np.zeros(small_buffers.SMALL, np.uint8), np.zeros(small_buffers.SMALL + 1, np.uint8)
    assert [len(Serializer().serialize(array).buffers) for array in (small, large)] == [0, 1]
    monkeypatch.setattr(Serializer, "_encode_bytes", small_buffers._encode_bytes)
    buffers = Serializer().serialize(small).buffers
    assert buffers, needless("small_buffers.py", "Bokeh leaves small arrays in the message")


def test_closed_pages_is_still_needed(plain, patched):
    assert plain["reported"], needless("closed_pages.py", "Panel forgets no future of a page that is closed")
    assert not patched["reported"]


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # of Panel's own table
@pytest.mark.parametrize(("table", "copied"), [(pn.widgets.Tabulator, True), (PagedTable, False)])
def test_paged_table_is_still_needed(table, copied):
    """A change of the order: the rows, all of which are known here, or those of one page."""
    frame = pd.DataFrame({"pt": [1.0, 3.0, 2.0]})
    options = {"pagination": "remote"} if copied else {}
    view = table(frame, page_size=2, show_index=False, **options)
    view.sorters = [{"field": "pt", "dir": "desc"}]
    sent = view.get_root(Document()).source.data["pt"].tolist()
    assert (sent == [3.0, 2.0]) == copied, needless("paged_table.py", "Panel leaves the order to others")
    assert copied or sent == [1.0, 3.0, 2.0]


@pytest.mark.parametrize(("field", "twice"), [(pn.widgets.TextInput, True), (NumberField, False)])
def test_number_field_is_still_needed(field, twice):
    """The browser's Enter in a field whose value was answered with another one."""
    view, document = field(value="3"), Document()
    model = view.get_root(document)
    document.add_root(model)
    model._trigger_event(EnterEvent(model, "77"))
    assert (view.value == "77") == twice, needless("number_field.py", "Panel leaves an answered value alone")


def test_completion_is_still_needed(plain):
    words = "Bokeh's OK comes after all that a change leads to"
    assert plain["kinds"] == ["OK", "PATCH-DOC"], needless("completion.py and traffic.js", words)


def test_autoload_is_still_needed():
    template = pn.Template("{% extends base %}{% block postamble %}<script>mine();</script>{% endblock %}")
    document = template.server_doc(Document())
    asked = Resources(mode="server"), "token", "here", "/page", "http://localhost:5006/page"
    found = "mine();" in autoload._autoload_js_script(document, *asked)
    assert not found, needless("autoload.py", "Panel sends a template's script")
    needed_scripts.add(document)
    autoload.give(document, "mine();", ".own { }")
    text = autoload.autoload_js_script(document, *asked)
    assert text.index("mine();") < text.index('"token"'), "before the models"
    assert ".own { }" in text


def test_ipv6_is_still_needed():
    try:
        ipv6._get_location_params("http", "[::1]:5006", "/")
    except ValueError:
        pass
    else:
        pytest.fail(needless("ipv6.py's apply", "Panel knows brackets"))
    try:
        create_hosts_allowlist(["[::1]:5006"], 5006)
    except ValueError:
        return
    pytest.fail(needless("ipv6.py's allow_origins", "Bokeh takes such origins"))


def changes_of(view, change) -> list[tuple[str, str]]:
    """What a browser is told when a view changes: (kind of model, what of it has changed)."""
    document, events = Document(), []
    document.add_root(view.get_root(document))
    document.on_change(events.append)
    change()
    return [(type(event.model).__name__, event.attr) for event in events]


def test_property_defaults_is_still_needed(monkeypatch):
    descriptor, model = Title.lookup("standoff"), Title()
    prepared = []

    def prepare(self, owner, name, value, *rest):
        prepared.append(name)
        return value

    monkeypatch.setattr(type(descriptor.property), "prepare_value", prepare)
    for _ in range(2):
        property_defaults._get_default(descriptor, model)
    assert len(prepared) == 2, needless("property_defaults.py", "Bokeh validates a default once")
    for _ in range(3):
        property_defaults.default_of(descriptor, model)
    assert len(prepared) <= 3


def test_empty_defaults_are_still_made_by_bokeh():
    def made(by) -> list[str]:
        model = object.__new__(ColumnDataSource)
        by(model)
        return [
            name
            for name, value in model._unstable_default_values.items()
            if property_defaults.is_empty(value)
        ]

    assert made(property_defaults._init), needless(
        "property_defaults.py", "a default is made where it is used"
    )
    assert not made(property_defaults.initialise)


def test_valid_texts_is_still_needed(monkeypatch):
    tried = []
    monkeypatch.setattr(Enum, "validate", lambda self, value, detail=True: tried.append(value))
    colour = Color()
    for _ in range(2):
        valid_texts._validate(colour, "teal")
    assert tried == ["teal"] * 2, needless("valid_texts.py", "Bokeh validates a colour once")
    for _ in range(3):
        valid_texts.validate(colour, "navy")
    assert tried == [*["teal"] * 2, "navy"]
    monkeypatch.undo()
    other = Either(Enum("left", "right"), Float)
    valid_texts.validate(other, "left")
    valid_texts.validate(other, 1.0)
    for value in ("navy", "center", None, ["left"]):
        with pytest.raises(ValueError, match="expected"):
            valid_texts.validate(other, value)


def test_property_defaults_are_bokehs_own(catalogue):
    """Of all properties of a page's models, also after others have been set or put into a container."""
    document = Document()
    show("display", catalogue).server_doc(document)
    compared = 0
    for model in document.models:
        for name in model.properties(_with_props=True):
            descriptor = model.lookup(name)
            if name not in model._property_values:
                ours, own = default_of(descriptor, model), property_defaults._get_default(descriptor, model)
                assert type(ours) is type(own)
                assert ours is own or ours == own or (ours != ours and own != own), (model, name)
                compared += 1
            assert is_made_anew(descriptor, model) == property_defaults._has_unstable_default(
                descriptor, model
            )
    assert compared > 10_000
    for model in document.models:
        found, expected = [], []
        property_defaults.visit_references(model, found.append)
        property_defaults._visit(model, expected.append)
        assert set(found) == set(expected), model
        for _ in range(2):  # at first those that Bokeh reads are missing, then they are there
            written = property_defaults.values_of(model, lambda one: one.serialized, include_defaults=False)
            own = property_defaults._query(model, lambda one: one.serialized, include_defaults=False)
            assert list(written) == list(own), model
            assert all(written[name] is one or written[name] == one for name, one in own.items()), model
    first, second, standoff = Title(), Title(), Title().standoff
    first.tags.append("mine")
    assert (first.tags, second.tags, Title().tags) == (["mine"], [], [])
    first.standoff = 77
    assert (second.standoff, Title().standoff) == (standoff,) * 2
    Theme(json={"attrs": {"Title": {"standoff": 5}}}).apply_to_model(second)
    assert (second.standoff, Title().standoff) == (5, standoff)


def kept_dicts(view) -> int:
    """How many dicts a view's lists of watchers are in."""
    return len({id(of_kind) for of_kind in view.param.watchers.values()})


def test_kept_kernel_is_still_needed(tmp_path):
    def compiled(*options):
        found = probed(tmp_path / "compiled", *options, program="compiled_probe.py")
        return found, any("extend_triangles" in name for name in found["names"])

    plain, again = compiled(), compiled()
    assert again[1], needless("kept_kernel.py", "numba keeps what datashader has it compile")
    first, second = compiled("patched"), compiled("patched")
    assert (first[1], second[1]) == (True, False)
    assert len(second[0]["names"]) <= 3, "the axes' functions alone"
    assert 0.4 < plain[0]["covered"] < 0.6
    assert len({made["digest"] for made, _ in (plain, again, first, second)}) == 1, "the same raster"


def test_machine_code_is_found_by_all_code_that_takes_part():
    def made(change, factor):
        @numba.njit
        def inner(x):
            return x + 1 if change else x + 2

        @numba.njit
        def outer(x):
            return factor * inner(x)

        return kept_kernel.fingerprint(outer.py_func)

    def another():
        @numba.njit
        def inner(x):
            return x + 3

        factor = 2

        @numba.njit
        def outer(x):
            return factor * inner(x)

        return kept_kernel.fingerprint(outer.py_func)

    assert made(True, 2) == made(True, 2)
    assert len({made(True, 2), made(False, 2), made(True, 3), another()}) == 4


def test_shared_watchers_is_still_needed():
    select = pn.widgets.Select(options=["a", "b"])
    row = pn.Row(select)
    found = {
        view: {name: dict(kinds) for name, kinds in view.param.watchers.items()} for view in (select, row)
    }
    assert kept_dicts(row) > 20, needless("shared_watchers.py", "Param keeps one list of a watcher")
    share(select, row)
    assert kept_dicts(select) + kept_dicts(row) < 15
    assert {view: view.param.watchers for view in found} == found


def test_parameters_that_share_watchers_are_watched_separately():
    shared_watchers.apply()
    select, calls = pn.widgets.Select(options=["a", "b"]), []
    share(select)
    by_height = select.param.watch(
        lambda *events: calls.extend(event.name for event in events), ["height", "max_height"]
    )
    select.param.update(height=50, min_height=20, max_height=80)
    assert calls == ["height", "max_height"]
    share(select)
    select.param.unwatch(by_height)
    select.param.watch(lambda event: calls.append("min"), "min_height")
    select.param.update(height=60, min_height=30)
    assert calls == ["height", "max_height", "min"]
    model = select.get_root(Document())
    select.value = "b"
    assert model.value == "b"  # as without


def lines(*more) -> go.Figure:
    """A figure with a broken line, as all of the outlines are."""
    broken = np.array([0.0, 1.0, np.nan, 2.0, *more], dtype=np.float32)
    return figure_of([{"type": "scatter3d", "x": broken, "y": broken, "z": broken}], {})


@pytest.mark.parametrize(("pane", "needed"), [(pn.pane.Plotly, True), (Scene, False)])
def test_plotly_pane_is_still_needed(pane, needed):
    view = pane(lines(), link_figure=False)
    changes = changes_of(view, lambda: view.param.update(object=lines()))
    again = ("ColumnDataSource", "data") in changes
    assert again == needed, needless("plotly_pane.py", "Panel takes NaN for the same as NaN")
    model = view.get_root(Document())
    mouse = "plotly_event" in model.subscribed_events
    assert mouse == needed, needless("plotly_pane.py", "Panel leaves the mouse to the browser")


def test_plotly_figure_is_still_needed():
    array = np.arange(5, dtype=np.float32)
    traces = [{"type": "scatter3d", "x": array, "nonsense": 1}]
    ours, public = figure_of(traces, {}), go.Figure(data=traces, skip_invalid=True)
    checked = "nonsense" not in public.to_plotly_json()["data"][0]
    assert checked, needless("plotly_figure.py", "Plotly can be told to check nothing")
    assert ours.to_plotly_json()["data"][0].keys() == traces[0].keys()
    assert ours.data[0].x is array
    assert public.data[0].x is not array


@pytest.mark.parametrize(("pane", "needed"), [(pn.pane.HTML, True), (Text, False)])
def test_text_is_still_needed(pane, needed, monkeypatch):
    """What is made anew where only the words change: the model's other properties, and their stylesheets."""
    made, own = [], pane._get_properties
    view = pane("one", stylesheets=["p { margin: 0; }"])
    document = Document()
    model = view.get_root(document)
    document.add_root(model)
    monkeypatch.setattr(pane, "_get_properties", lambda *given: made.append(own(*given)) or made[-1])
    (view.say if pane is Text else lambda html: view.param.update(object=html))("two")
    assert model.text == "two"
    assert bool(made) == needed, needless("text.py", "Panel makes nothing but the text anew")


def test_views_in_panels_list_of_callbacks_are_still_kept():
    """Why `Page` of page/template.py takes them out of it."""
    button = pn.widgets.Button(label="one")
    button.jscallback(clicks="1", args={"itself": button})
    kept = weakref.ref(button)
    del button
    gc.collect()
    assert kept() is not None, "Panel's list holds nothing any more: remove `_forget_callbacks`"
    Callback.registry.pop(kept())
