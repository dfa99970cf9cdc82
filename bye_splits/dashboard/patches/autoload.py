"""A document that is embedded in a page of another program brings its script along.

`server_document` asks for a page's `autoload.js`, which Panel makes of the models alone
(`autoload_js_script` in panel/io/server.py): what a template has in its head is not in it. Callbacks of
models that call functions of that script fail, and what they draw stays empty. Addresses of Panel's own
files in it are relative to `autoload.js`, but a browser takes them to be relative to the page around: in any
but the topmost folder Plotly is not found.

Here the script and the style sheet that a document was given run before its models are made, addresses are
in full, and all documents come with the scripts that any page needs: Bokeh loads those of the first one only.

This patch can be removed once Panel has a place for scripts of a document in `autoload.js`, and addresses
there that do not depend on the page around.
"""

from urllib.parse import urljoin
from weakref import WeakKeyDictionary

from bokeh.core.templates import AUTOLOAD_JS
from bokeh.document import Document
from bokeh.embed.bundle import URL, Script, Style
from bokeh.embed.elements import script_for_render_items
from bokeh.embed.util import RenderItem
from bokeh.resources import Resources as BokehResources
from panel.io import server
from panel.io.resources import Resources

from .needed_scripts import is_ours, resources_of_all

_autoload_js_script = server.autoload_js_script
_given: WeakKeyDictionary[Document, tuple[str, str]] = WeakKeyDictionary()


def apply() -> None:
    """Patch Panel."""
    server.autoload_js_script = autoload_js_script


def give(document: Document, script: str, style: str) -> None:
    """Have a document bring a script and a style sheet to the pages in which it is embedded."""
    _given[document] = script, style


def in_full(page: str | None, url: str) -> str:
    """An address that is relative to the `autoload.js` of a page, in full; as it is if the page has none.

    Examples
    --------
    >>> in_full("http://localhost:5006/panes", "../static/panel.js")
    'http://localhost:5006/static/panel.js'
    """
    return urljoin(f"{page}/autoload.js", url) if page else url


def autoload_js_script(
    doc: Document,
    resources: BokehResources,
    token: str,
    element_id: str,
    app_path: str,
    absolute_url: str | None,
    absolute: bool = False,
) -> str:
    """As Panel's, with addresses in full, and with what a document was given before its models."""
    if not is_ours(doc):
        return _autoload_js_script(doc, resources, token, element_id, app_path, absolute_url, absolute)
    script, style = _given.get(doc, ("", ""))
    bundle = resources_of_all(doc.roots, Resources.from_bokeh(resources, absolute=absolute))
    items = [RenderItem(token=token, elementid=element_id, use_for_title=False)]
    models = script_for_render_items({}, items, app_path=app_path, absolute_url=absolute_url)
    for files in (bundle.js_files, bundle.css_files):
        files[:] = [URL(in_full(absolute_url, file.url)) for file in files]
    for part in (Style(style), Script(script), Script(models)):
        bundle.add(part)
    return AUTOLOAD_JS.render(bundle=bundle, elementid=element_id)
