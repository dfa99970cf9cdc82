"""Names and hashed passwords of those who may see the pages of a server."""

import base64
import binascii
import hashlib
import secrets
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import ConfigError

KNOWN = 3600.0  # s for which a password that was right is not hashed again
LONGEST = 1000  # characters of name and password together
EXPECTED = "a file with a line NAME:HASH for each user, as `bye-splits user NAME --users FILE` writes it"

if TYPE_CHECKING:
    from argon2 import PasswordHasher


@cache
def _hasher() -> "PasswordHasher":
    """Argon2id, with the parameters of RFC 9106 for little memory; imported by those who have users."""
    from argon2 import PasswordHasher

    return PasswordHasher()


class Users:
    """Who may see the pages of a server.

    Parameters
    ----------
    hashes : Argon2 hash of the password by name; empty: nobody
    """

    def __init__(self, hashes: Mapping[str, str]) -> None:
        self._hashes = dict(hashes)
        self._nobody = _hasher().hash(
            secrets.token_hex()
        )  # an unknown name takes as long as a wrong password
        self._salt = secrets.token_bytes(32)
        self._right: dict[bytes, float] = {}  # until when; no password is kept

    @classmethod
    def read(cls, path: str) -> "Users":
        """The users in a file.

        Raises
        ------
        ValueError : it cannot be read, a line is not one of a user, or there is none
        """
        try:
            lines = Path(path).expanduser().read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"{path}: {error}") from None
        hashes = dict(_entry(line, f"{path}, line {number}") for number, line in enumerate(lines, 1) if line)
        if not hashes:
            raise ValueError(f"{path}: no user")
        return cls(hashes)

    def known(self, authorization: str) -> str | None:
        """Name of the user whose password was verified during the last hour; None if it was not."""
        until = self._right.get(self._mark(authorization), 0.0)
        return _parts(authorization)[0] if until > time.monotonic() else None

    def verify(self, authorization: str) -> bool:
        """Whether an `Authorization` header of the Basic scheme has a user's password; takes some 50 ms."""
        if len(authorization) > 2 * LONGEST:
            return False
        from argon2.exceptions import VerificationError

        name, password = _parts(authorization)
        try:
            right = _hasher().verify(self._hashes.get(name, self._nobody), password) and name in self._hashes
        except VerificationError:
            right = False
        if right:
            now = time.monotonic()
            self._right = {mark: until for mark, until in self._right.items() if until > now}
            self._right[self._mark(authorization)] = now + KNOWN
        return right

    def _mark(self, authorization: str) -> bytes:
        return hashlib.blake2b(authorization.encode(), key=self._salt).digest()


def line_of(name: str, password: str) -> str:
    """The line of a user in a file for `Users.read`.

    Raises
    ------
    ConfigError : a name that cannot be one, or a password that is empty or too long
    """
    if not name or ":" in name or not name.isprintable() or name != name.strip():
        raise ConfigError(
            "the name", expected="letters, without a colon", found=repr(name), action="Choose another."
        )
    if not password or len(name) + len(password) > LONGEST:
        raise ConfigError(
            f"the password of {name}",
            expected=f"1 to {LONGEST - len(name)} characters",
            found=str(len(password)),
            action="Choose another.",
        )
    return f"{name}:{_hasher().hash(password)}\n"


def _entry(line: str, place: str) -> tuple[str, str]:
    from argon2.exceptions import InvalidHashError

    name, colon, hashed = line.partition(":")
    try:
        _hasher().check_needs_rehash(hashed)
    except InvalidHashError:
        raise ValueError(f"{place}: {'no hash of Argon2' if colon else 'no colon'}") from None
    return name, hashed


def _parts(authorization: str) -> tuple[str, str]:
    """Name and password of a header of HTTP's Basic scheme [RFC 7617]; both empty if it is none."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, password
