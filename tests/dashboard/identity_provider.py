"""An OpenID Connect provider of one user, on this machine: authorization code flow."""

import asyncio
import base64
import json
import secrets
import threading
from urllib.parse import urlencode

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

CLIENT, SECRET = "bye-splits", "the-secret-of-the-client"


def unsigned(claims):
    """A token without a signature [RFC 7519, 6.1]."""
    parts = [{"alg": "none"}, claims]
    encoded = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
    return ".".join([*encoded, ""])


class Provider:
    """Answers at `url`; a context.

    Attributes
    ----------
    claims : of the user in the id_token, and at userinfo
    in_token, at_userinfo : whether there are claims there
    refuses : error with which the next logins are refused; "" if they are not
    broken : what the token's address answers instead, as status and text
    issued : all codes and tokens that were handed out
    """

    def __init__(self):
        self.claims = {"sub": "1234", "email": "ada@example.org"}
        self.in_token = self.at_userinfo = True
        self.refuses, self.broken = "", None
        self.issued = []
        self.codes = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self):
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        return self

    def __exit__(self, *error):
        self._loop.call_soon_threadsafe(self._server.stop)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _listen(self):
        sockets = bind_sockets(0, "127.0.0.1")
        self.url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
        handlers = {"authorize": Authorize, "token": Token, "userinfo": UserInfo}
        self._server = HTTPServer(
            Application([(f"/{name}", handler, {"provider": self}) for name, handler in handlers.items()])
        )
        self._server.add_sockets(sockets)

    def issue(self):
        """A new code or token."""
        self.issued.append(secrets.token_urlsafe())
        return self.issued[-1]


class Answer(RequestHandler):
    def initialize(self, provider):
        self.provider = provider


class Authorize(Answer):
    def get(self):
        assert self.get_argument("response_type") == "code"
        assert self.get_argument("client_id") == CLIENT
        assert SECRET not in self.request.uri
        redirect = self.get_argument("redirect_uri")
        answer = {"state": self.get_argument("state")}
        if self.provider.refuses:
            answer |= {"error": self.provider.refuses, "error_description": "<b>no</b>"}
        else:
            answer["code"] = self.provider.issue()
            self.provider.codes[answer["code"]] = redirect
        self.redirect(f"{redirect}?{urlencode(answer)}")


class Token(Answer):
    def post(self):
        provider = self.provider
        given = {name: self.get_argument(name, "") for name in ("client_id", "client_secret", "redirect_uri")}
        redirect = provider.codes.pop(self.get_argument("code", ""), None)
        if given != {"client_id": CLIENT, "client_secret": SECRET, "redirect_uri": redirect}:
            self.set_status(400)
            self.finish({"error": "invalid_grant", "error_description": "no such code"})
            return
        answer = {"access_token": provider.issue(), "token_type": "Bearer", "expires_in": 300}
        answer["refresh_token"] = provider.issue()
        if provider.in_token:
            answer["id_token"] = unsigned(provider.claims)
            provider.issued.append(answer["id_token"])
        if provider.broken is not None:
            status, text = provider.broken
            self.set_status(status)
            self.finish(text.format(**answer))
            return
        self.finish(answer)


class UserInfo(Answer):
    def get(self):
        bearer = self.request.headers.get("Authorization", "").removeprefix("Bearer ")
        if bearer not in self.provider.issued or not self.provider.at_userinfo:
            self.send_error(401)
            return
        self.finish(self.provider.claims)
