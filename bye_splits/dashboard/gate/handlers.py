"""Answers that are no page: refusals, and what machines ask a server."""

import asyncio
from collections.abc import Sequence
from functools import cache

from jinja2 import Environment, FileSystemLoader, Template
from tornado.web import RequestHandler

from ..page.assets import ASSETS
from .readiness import readiness
from .requests import Refusal

_TITLES = {
    200: "Logged out",
    400: "This address cannot be read",
    401: "A login, please",
    403: "Not allowed here",
    404: "Not found",
    405: "Not possible",
    502: "The login has failed",
    503: "The server is busy",
}
_AGAIN = 5  # s after which a busy server is asked again


@cache
def _template() -> Template:
    environment = Environment(loader=FileSystemLoader(ASSETS), autoescape=True)
    return environment.get_template("refused.html")


class Refusing(RequestHandler):
    """Says why a request gets no answer: as a page to a browser, else as plain text."""

    def refuse(self, refusal: Refusal) -> None:
        """Answer with a refusal."""
        self.set_status(refusal.status)
        self.set_header("Cache-Control", "no-store")
        again = _AGAIN if refusal.status == 503 else 0
        if again:
            self.set_header("Retry-After", str(again))
        for name, value in refusal.headers.items():
            self.set_header(name, value)
        if "text/html" in self.request.headers.get("Accept", ""):
            title = _TITLES.get(refusal.status, "No answer")
            self.finish(
                _template().render(title=title, reason=refusal.reason, action=refusal.action, again=again)
            )
            return
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{refusal.reason} {refusal.action}".strip() + "\n")


class Refused(Refusing):
    """The answer to a request that the gate has refused."""

    def initialize(self, refusal: Refusal) -> None:
        self._refusal = refusal

    def prepare(self) -> None:
        self.refuse(self._refusal)


class Unknown(Refusing):
    """The answer to a request for what is not there: it names the pages that are."""

    def initialize(self, pages: Sequence[str]) -> None:
        self._pages = pages

    def prepare(self) -> None:
        reason = f"There is no {self.request.path[:200]} on this server."
        self.refuse(Refusal(404, reason, f"Its pages are {', '.join(self._pages)}."))


class Alive(RequestHandler):
    """`/healthz`, and `/liveness` as Panel has it: the event loop answers. It builds nothing."""

    def get(self) -> None:
        self.set_header("Cache-Control", "no-store")
        self.finish({self.request.path: True})


class Ready(RequestHandler):
    """`/readyz`: whether data and geometry can be read (200) or not (503), with the reasons."""

    async def get(self) -> None:
        self.set_header("Cache-Control", "no-store")
        # In a thread: files may be on a slow network.
        ready, found = await asyncio.get_running_loop().run_in_executor(None, readiness)
        self.set_status(200 if ready else 503)
        self.finish({"ready": ready, "checks": found})
