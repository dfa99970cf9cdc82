"""Only the patches lean on what libraries keep to themselves, and nothing is patched by an import."""

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
import textwrap
from functools import cache
from pathlib import Path

import panel as pn
import pytest

import bye_splits

PACKAGE = Path(bye_splits.__file__).parent
PATCHES = PACKAGE / "dashboard" / "patches"
PUBLIC = {"_asdict", "_fields", "_field_defaults", "_make", "_replace"}  # of named tuples, as documented
BY_NAME = {"getattr", "setattr", "hasattr", "delattr", "attrgetter", "methodcaller"}


def is_private(name) -> bool:
    return (
        isinstance(name, str)
        and name.isidentifier()
        and name.strip("_") != ""
        and name.startswith("_")
        and not name.endswith("__")
        and name not in PUBLIC
    )


@cache
def modules() -> dict[Path, ast.Module]:
    """Trees of all modules but the patches."""
    files = (path for path in PACKAGE.rglob("*.py") if PATCHES not in path.parents)
    return {path: ast.parse(path.read_text(encoding="utf-8"), path) for path in files}


def defined(tree: ast.AST) -> set[str]:
    """Private names that a module, or a class, makes: functions, classes, variables, attributes of `self`."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and is_own(node.value):
            names.add(node.attr)
    return set(filter(is_private, names))


def is_own(node: ast.expr) -> bool:
    """Whether this is `self`, `cls` or `super()`."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "super"
    return isinstance(node, ast.Name) and node.id in ("self", "cls")


def is_of_ours(node: ast.Import | ast.ImportFrom, module: str) -> bool:
    relative = isinstance(node, ast.ImportFrom) and node.level > 0
    return relative or module.split(".")[0] == "bye_splits"


def is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def used(tree: ast.AST):
    """What a module uses of others: (line, private name, whether of `self`)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.lineno, node.attr, is_own(node.value)
        elif isinstance(node, ast.Call):
            for keyword in node.keywords:
                yield node.lineno, keyword.arg, False
            function = node.func
            if getattr(function, "attr", getattr(function, "id", "")) in BY_NAME:
                texts = [each.value for each in node.args if is_text(each)]
                yield from ((node.lineno, part, False) for text in texts for part in text.split("."))
        elif isinstance(node, ast.Import):
            for one in node.names:
                if not is_of_ours(node, one.name):
                    yield from ((node.lineno, part, False) for part in one.name.split("."))
        elif isinstance(node, ast.ImportFrom) and not is_of_ours(node, node.module or ""):
            parts = [*(node.module or "").split("."), *(one.name for one in node.names)]
            yield from ((node.lineno, part, False) for part in parts)


@cache
def made() -> dict[Path, set[str]]:
    """Private names that the modules of a folder make."""
    names = {}
    for path, tree in modules().items():
        names[path.parent] = names.get(path.parent, set()) | defined(tree)
    return names


def foreign(path: Path, tree: ast.Module) -> list[str]:
    """Uses of private names that are not the program's own.

    Those of `self` have to be made somewhere in the program, those of other objects in the same folder.
    """
    here = made()[path.parent] | defined(tree)
    anywhere = here.union(*made().values())
    return [
        f"{path.name}:{line} {name}"
        for line, name, own in used(tree)
        if is_private(name) and name not in (anywhere if own else here)
    ]


def test_only_patches_use_private_names_of_others():
    found = [each for path, tree in modules().items() for each in foreign(path, tree)]
    assert len(modules()) > 100
    assert found == [], "put it into a file of bye_splits/dashboard/patches"


@pytest.mark.parametrize(
    "line",
    [
        "server._tornado.websocket_origins.update(ipv6)",
        "widget._models.clear()",
        "self._models.clear()",
        "self._pane._models.clear()",
        "super()._update_pane()",
        "from panel.io.document import _dispatch_msgs",
        "from panel._param import Margin",
        "import panel._param",
        "go.Figure(data=[], _validate=False)",
        "setattr(Syncable, '_debounce', 2)",
        "operator.attrgetter('_models')(pane)",
        "operator.attrgetter('results._writer')(pool)",
        "operator.attrgetter('_writer.handle')(pool)",
        "views._outlines",  # a name that another folder has for itself
    ],
)
def test_a_private_name_of_others_is_found(line):
    path = PACKAGE / "dashboard" / "page" / "seeded.py"
    code = f"class Seeded:\n    def method(self):\n        self._pane = 1\n{textwrap.indent(line, ' ' * 8)}"
    found = foreign(path, ast.parse(code))
    assert len(found) == 1, found
    assert found[0].startswith("seeded.py:4")


def imported():
    """All modules of the program but what `panel serve` runs, and the patches."""
    for module in pkgutil.walk_packages(bye_splits.__path__, "bye_splits."):
        if module.name.endswith(("__main__", "dashboard.main")) or ".patches" in module.name:
            continue
        yield importlib.import_module(module.name)


@cache
def made_by(cls: type) -> set[str]:
    """Private names that a class makes by itself; none where it is not written in python."""
    try:
        return defined(ast.parse(textwrap.dedent(inspect.getsource(cls))))
    except (OSError, TypeError):
        return set()


def taken(cls: type) -> set[str]:
    """Private names that a class makes although a library's class that it is made from has them."""
    ours = ("bye_splits", "builtins", __name__)
    bases = [base for base in cls.__mro__[1:] if base.__module__.split(".")[0] not in ours]
    theirs = {name for base in bases for name in (*vars(base), *made_by(base)) if is_private(name)}
    return made_by(cls) & theirs


def test_no_class_takes_a_private_name_of_the_library_class_that_it_is_made_from():
    classes = {
        one
        for module in imported()
        for one in vars(module).values()
        if isinstance(one, type) and one.__module__ == module.__name__
    }
    assert len(classes) > 60
    assert {cls.__qualname__: names for cls in classes if (names := taken(cls))} == {}


class Taking(pn.Template):
    def __init__(self):
        self._documents = []

    def _init_doc(self):
        self._own = 1


def test_a_private_name_that_is_taken_is_found():
    assert taken(Taking) == {"_init_doc", "_documents"}


IMPORTS = """
import importlib, logging, pkgutil, sys
import bokeh.server.server, panel as pn, panel.models.plotly, plotly.graph_objects
import bokeh.server.views.ws, panel.io.location, panel.io.server

LIBRARIES = ("bokeh", "panel", "param", "plotly", "tornado")
METHODS = (property, classmethod, staticmethod)

def of_libraries():
    return [m for n, m in sorted(sys.modules.items()) if n.split(".")[0] in LIBRARIES and m is not None]

def attributes(modules):
    "Functions of modules; all but what is counted or kept of their classes."
    for module in modules:
        for name, value in list(vars(module).items()):
            if isinstance(value, type) and value.__module__ == module.__name__:
                for key, one in list(vars(value).items()):
                    if callable(one) or isinstance(one, METHODS) or key == "_debounce":
                        yield f"{module.__name__}.{name}.{key}", one
            elif callable(value) and not isinstance(value, type):
                yield f"{module.__name__}.{name}", value

known = of_libraries()
before = dict(attributes(known))
def changed():
    after = dict(attributes(known))
    return sorted(key for key, one in before.items() if after.get(key) is not one)

import bye_splits
for module in pkgutil.walk_packages(bye_splits.__path__, "bye_splits."):
    if not module.name.endswith(("__main__", "dashboard.main")):
        importlib.import_module(module.name)

def tell():
    filters = len(logging.getLogger("asyncio").filters)
    print(*changed(), filters, pn.config.sizing_mode)

tell()
from bye_splits.dashboard.set_up import set_up_panel
for _ in range(2):
    set_up_panel()
    tell()
"""


def test_no_import_patches_anything():
    """The second and third line are after setting up, once and twice: they show that patches are seen."""
    done = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=True)
    patched = [
        "bokeh.core.has_props.HasProps.__init__",
        "bokeh.core.has_props.HasProps.query_properties_with_values",
        "bokeh.core.property.descriptors.PropertyDescriptor._get_default",
        "bokeh.core.property.descriptors.PropertyDescriptor.has_unstable_default",
        "bokeh.core.property.either.Either.validate",
        "bokeh.core.serialization.Serializer._encode_bytes",
        "bokeh.model.util.visit_immediate_value_references",
        "bokeh.protocol.message.Message.send",
        "bokeh.server.contexts.ApplicationContext.create_session_if_needed",
        "bokeh.server.protocol_handler.ProtocolHandler.handle",
        "bokeh.server.session.ServerSession._handle_pull",
        "bokeh.server.session.ServerSession.notify_connection_lost",
        "bokeh.server.views.ws.WSHandler._handle",
        "bokeh.server.views.ws.WSHandler.on_close",
        "bokeh.server.views.ws.WSHandler.open",
        "panel.config._config.set",
        "panel.io.application.Application.initialize_document",
        "panel.io.application.Application.on_session_created",
        "panel.io.document._dispatch_msgs",
        "panel.io.document.dispatch_tornado",
        "panel.io.location._get_location_params",
        "panel.io.server.autoload_js_script",
        "panel.io.server.bundle_resources",
        "panel.reactive.Syncable._debounce",
        "panel.reactive.Syncable._init_params",
        "param.parameterized.Parameters._register_watcher",
        "tornado.web.StaticFileHandler.get",
        "tornado.websocket.WebSocketProtocol13.close",
        "1 stretch_width",
    ]
    assert done.stdout.splitlines() == ["0 None", *[" ".join(patched)] * 2]
