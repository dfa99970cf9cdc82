"""Pages that tests leave open, for the next ones: to open a page takes ten times as long as a link in it."""

import re
from collections import defaultdict
from itertools import chain
from urllib.parse import urlsplit

from bye_splits.config import load_config
from bye_splits.dashboard.catalogue import Catalogue
from bye_splits.dashboard.link import display as display_link
from bye_splits.dashboard.link import geometry as geometry_link
from bye_splits.dashboard.state.display import DisplayState
from bye_splits.dashboard.state.geometry import GeometryState
from bye_splits.dashboard.views.display.page import start

MOST = 2  # kept of each kind

# As the browser's history does; what is not in the link goes first: the focus, and what a tab keeps.
FOLLOW = """async (query) => {
  await new Promise((done) => byeSplitsTraffic.whenDone(done));  // of the test before
  for (let one = document.activeElement; one; one = one.shadowRoot?.activeElement) one.blur();
  sessionStorage.clear();
  history.replaceState(null, "", query);
  const models = Bokeh.documents.flatMap((document) => [...document._all_models.values()]);
  models.find((model) => model.type?.endsWith("Location")).search = query;
  await new Promise((done) => byeSplitsTraffic.whenDone(() => requestAnimationFrame(done)));
}"""


class OpenPages:
    """The pages of a server: none of them may log an error, fail to load something, or talk to other hosts.

    `config` is the server's configuration.
    """

    def __init__(self, context, server: str, config) -> None:
        self._context, self._server = context, server
        self._catalogue = Catalogue(load_config(config))
        self._free = defaultdict(list)
        self._complaints = []

    def new(self, address: str, size: dict):
        """A page that is opened here and now."""
        page = self._context.new_page()
        page.set_viewport_size(size)
        self._watch(page)
        page.goto(self._server + address)
        return page

    def check(self) -> None:
        """Raise an error if a page has complained since the last time."""
        complaints, self._complaints[:] = list(self._complaints), []
        assert not complaints, "\n".join(complaints)

    def _watch(self, page) -> None:
        complain, host = self._complaints.append, urlsplit(self._server).netloc

        def foreign(url):
            if urlsplit(url).scheme not in ("data", "blob") and urlsplit(url).netloc != host:
                complain(f"request to another host: {url}")

        def logged(message):  # a callback's error is only logged
            if message.type == "error" or re.search(r"\b[A-Z]\w*Error\b", message.text):
                complain(f"console: {message.text}")

        page.on("console", logged)
        page.on("pageerror", lambda error: complain(f"error in the page: {error}"))
        page.on("request", lambda request: foreign(request.url))
        page.on("websocket", lambda socket: foreign(socket.url))
        page.on("requestfailed", lambda r: complain(f"failed request: {r.method} {r.url} ({r.failure})"))
        page.on("response", lambda r: r.status < 400 or complain(f"status {r.status}: {r.url}"))

    def complete(self, path: str, query: str) -> str | None:
        """The whole link that a new page makes of one, None if a part of it is not valid."""
        if path == "/display":
            state = DisplayState(self._catalogue)
            return None if start(state, query) else display_link.write(state)
        state = GeometryState(self._catalogue.geometry, self._catalogue)
        values, problems = geometry_link.read(query, state)
        state.show(**{"sample": next(iter(self._catalogue.samples))} | values)
        return None if problems else geometry_link.write(state)

    def take(self, path: str, query: str, size: dict):
        """A page that shows what a link says, None if a new one must be opened for it."""
        free = self._free[path, "panes=2D" in query]
        query = self.complete(path, query) if free else None
        if query is None:
            return None
        page = free.pop()
        page.set_viewport_size(size)
        page.bring_to_front()  # a page behind another one draws a frame a second
        page.evaluate(FOLLOW, query)
        return page

    def give_back(self, page, *, keep: bool) -> None:
        """Keep a page for other tests, if there are not enough of its kind, or close it."""
        path, query = urlsplit(page.url)[2:4]
        free = self._free[path, "panes=2D" in query]
        if keep and path in ("/display", "/geometry") and len(free) < MOST:
            page.mouse.up()
            page.mouse.move(0, 0)
            free.append(page)
        else:
            page.close()
            self._complaints.clear()  # of what was still being loaded

    def close(self) -> None:
        """Close those that are free."""
        for page in chain.from_iterable(self._free.values()):
            page.close()
        self._free.clear()
        for key in self._catalogue.samples:
            self._catalogue.source(key).close()
