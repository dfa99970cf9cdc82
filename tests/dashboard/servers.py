"""Servers in processes of their own, and sessions on them."""

import os
import re
import subprocess
import time
import urllib.error
import urllib.request
from html import unescape
from urllib.parse import urlsplit

import panel as pn
from bokeh.client import ClientSession
from bokeh.util.token import get_session_id
from forking import PYTHON
from panel.models import HTML

pn.extension("plotly")  # the models that a page's document is made of


class PageSession(ClientSession):
    """A session by the token of its page, as the server has signed it."""

    def __init__(self, token, url):
        self._page_token = token
        super().__init__(get_session_id(token), url)

    @property
    def token(self):
        return self._page_token


class Server:
    """A process that serves pages and says where.

    Parameters
    ----------
    command : arguments of python
    log : file for what the process says
    python : command of python; where the start is tested, or more than its signals and exit code, its own
    """

    def __init__(self, command, log, python=PYTHON, **environment):
        self._log = log
        with open(log, "wb") as out:
            self.process = subprocess.Popen(
                [*python, "-u", *map(str, command)],
                stdout=out,
                stderr=subprocess.STDOUT,
                env=os.environ | environment,
            )

    def said(self):
        return self._log.read_text()

    def wait_for(self, what, seconds=60):
        """The first truthy answer of `what()`, asked again and again."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert self.process.poll() is None, self.said()
            if found := what():
                return found
            time.sleep(0.05)
        raise AssertionError(f"not in {seconds} s; the server said: {self.said()}")

    @property
    def url(self):
        return self.wait_for(lambda: re.search(r"http://localhost:\d+", self.said()))[0]

    def get(self, path):
        """Status and text of the answer."""

        def answered():
            try:
                with urllib.request.urlopen(f"{self.url}{path}", timeout=60) as answer:
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as error:
                return error.code, error.read().decode()
            except (urllib.error.URLError, ConnectionError):
                return None

        return self.wait_for(answered)

    def session(self, path):
        """A session as a browser opens it: the page first, then its websocket; close it."""
        status, page = self.get(path)
        assert status == 200
        (token,) = re.findall(r'"token":"([^"]+)"', page)
        return self.joined(token, path)

    def joined(self, token, path):
        """The session of a page's token."""
        session = PageSession(token, f"{self.url.replace('http', 'ws')}{urlsplit(path).path.rstrip('/')}/ws")
        session.pull()
        return session

    def stop(self):
        self.process.terminate()
        return self.process.wait(timeout=20)


def texts(document):
    """All pieces of HTML of a page as one text."""
    parts = document.select({"type": HTML})
    return "\n".join(unescape(part.text) for part in parts)  # as Panel sends HTML
