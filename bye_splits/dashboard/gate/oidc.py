"""The OpenID Connect provider at which users log in, as the file of `--oidc` names it."""

import os
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import urlsplit

from ...sections import Section, expanded, key, local_path, read_yaml

LOGIN = "/login"
SECRET, COOKIE_SECRET = "BYE_SPLITS_OIDC_SECRET", "BYE_SPLITS_COOKIE_SECRET"
SHORTEST = 32  # characters of the cookie secret
LOOPBACK = ("localhost", "127.0.0.1", "::1")
EXPECTED = "a YAML file with the provider's addresses, see docs/howto/security.md"


@dataclass(frozen=True, kw_only=True)
class Oidc:
    """An OpenID Connect provider, and this server as its client.

    Attributes
    ----------
    authorize, token, userinfo : addresses of the provider; `userinfo` may be empty
    client : name under which the provider knows this server
    redirect : address of this server to which the provider sends browsers back, as it is registered there
    user : claim that names the user
    secret_file, cookie_secret_file : where the secrets are from; empty for the environment
    secret : the client's
    cookie_secret : signs the cookie of those who have logged in
    """

    authorize: str = key("authorize", "")
    token: str = key("token", "")
    userinfo: str = key("userinfo", "")
    client: str = key("client", "")
    redirect: str = key("redirect", "")
    user: str = key("user", "email")
    secret_file: str = key("secretFile", "")
    cookie_secret_file: str = key("cookieSecretFile", "")
    secret: str = field(repr=False)
    cookie_secret: str = field(repr=False)

    @classmethod
    def read(cls, path: str) -> "Oidc":
        """The provider that a file names, with the secrets of other files or of the environment.

        Raises
        ------
        ConfigError : the file cannot be read, a key is unknown, missing or no address, or there is no secret
        """
        file = Path(expanded(path)).absolute()
        section = Section(read_yaml(file)[0], file)
        section.only(tuple(one.metadata["key"] for one in fields(cls) if "key" in one.metadata), "key")
        made = section.read(
            cls,
            secret=_secret(section, "secretFile", SECRET, "the client's secret"),
            cookie_secret=_secret(section, "cookieSecretFile", COOKIE_SECRET, "a secret to sign cookies"),
        )
        section.require(bool(made.client), "client", "the name under which the provider knows this server")
        for name in ("authorize", "token", "redirect"):
            _require_address(section, name, getattr(made, name))
        if made.userinfo:
            _require_address(section, "userinfo", made.userinfo)
        section.require(
            urlsplit(made.redirect).path.endswith(LOGIN), "redirect", f"an address that ends in {LOGIN}"
        )
        section.require(
            len(made.cookie_secret) >= SHORTEST,
            "cookieSecretFile",
            f"a secret of at least {SHORTEST} characters",
            found=f"{len(made.cookie_secret)}",
        )
        return made


def _require_address(section: Section, name: str, address: str) -> None:
    """Codes and tokens travel there; the signature of an id_token is not looked at, as it comes by https."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        host = None
    secure = host is not None and (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK))
    section.require(secure, name, "an https address (http only of this machine)")


def _secret(section: Section, name: str, variable: str, what: str) -> str:
    """A secret from the file that the key `name` names, else from a variable of the environment."""
    if given := section.get(name, str):
        try:
            secret = Path(local_path(given, section.file.parent)).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise section.error(name, f"a file with {what}", f"{given}: {error}", "Check the path.") from None
    else:
        secret = os.environ.get(variable, "").strip()
    if not secret:
        raise section.error(
            name,
            f"the path of a file with {what}, or {what} in the variable {variable}",
            f"an empty file {given}" if given else "neither",
            "Give one of them.",
        )
    return secret
