"""What asks for a name and password."""

import asyncio
import logging

from . import metrics
from .handlers import Refusing
from .records import record
from .requests import Refusal
from .users import Users

AT_ONCE = 4  # passwords that are verified at the same time; more are refused
WRONG = 1.0  # s until the answer to a wrong one

_verifying = 0


class Login(Refusing):
    """Asks for a password, or verifies the one that came with a request, in a thread.

    A right one is remembered, and the address asked for once more.
    """

    def initialize(self, users: Users, given: str) -> None:
        self._users, self._given = users, given

    async def prepare(self) -> None:
        global _verifying
        if self._given and _verifying >= AT_ONCE:
            self.refuse(Refusal(503, "Many passwords are verified at once.", "Try again."))
            return
        if self._given:
            _verifying += 1
            try:
                loop = asyncio.get_running_loop()
                if await loop.run_in_executor(None, self._users.verify, self._given):
                    self.redirect(self.request.uri or "/", status=307)
                    return
                await asyncio.sleep(WRONG)
            finally:
                _verifying -= 1
            metrics.REFUSED.labels("401").inc()
            facts = {"path": self.request.path[:200], "from": self.request.remote_ip}
            record("refused", logging.WARNING, **facts, status=401, reason="Wrong name or password.")
        reason = "Wrong name or password." if self._given else "These pages are for users with a password."
        header = {"WWW-Authenticate": 'Basic realm="bye_splits", charset="UTF-8"'}
        self.refuse(Refusal(401, reason, "Ask whoever runs this server for one.", header))
