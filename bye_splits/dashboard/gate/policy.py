"""What a server allows: declared once, for the command line, the environment and scripts."""

import argparse
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from ...errors import ConfigError
from .oidc import EXPECTED as PROVIDER
from .oidc import Oidc
from .records import FORMATS
from .users import EXPECTED, Users

PREFIX = "BYE_SPLITS_"
_ANCESTOR = re.compile(r"(\*|'self'|[a-z][a-z0-9+.-]*:(//[\w.*\[\]:-]+)?|[\w.*-]+(:(\d+|\*))?)")


def _hosts(text: str) -> tuple[str, ...]:
    """Addresses separated by blanks or commas, as CSP's `frame-ancestors` takes them."""
    found = tuple(re.split(r"[\s,]+", text.strip())) if text.strip() else ()
    for each in found:
        if not _ANCESTOR.fullmatch(each):
            raise ValueError(f"{each!r}")
    return found


def _header(text: str) -> str:
    if text and not re.fullmatch(r"[A-Za-z0-9-]+", text):
        raise ValueError(repr(text))
    return text


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _number(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def _time(text: str) -> float:
    time = float(text)
    if not 0 < time < float("inf"):
        raise ValueError(text)
    return time


def _log_format(text: str) -> str:
    if text not in FORMATS:
        raise ValueError(text)
    return text


def _setting(default: Any, read: Callable[[str], Any], metavar: str, expected: str, meaning: str) -> Any:
    facts = {"read": read, "metavar": metavar, "expected": expected, "help": meaning}
    return field(default=default, metadata=facts)


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What a server allows.

    Attributes
    ----------
    frame_ancestors : addresses of pages that may show these pages in a frame, besides those of this server;
        in the form of CSP's `frame-ancestors`
    user_header : header in which a proxy names the user; "" if there is none to trust
    users : who may see the pages, by name and password; None: whoever reaches the server
    oidc : the provider at which those log in who may see the pages; None: there is none
    max_sessions : pages that are open at once; more are asked to wait
    prepared_pages : display pages that are kept ready for whoever opens the next ones
    log_format : "text" (name=value) or "json"
    idle_hours : after which an open page that nobody uses ends
    silent_seconds : within which a page that does not answer, or does not read, is closed
    """

    frame_ancestors: tuple[str, ...] = _setting(
        (),
        _hosts,
        "HOSTS",
        "addresses such as https://twiki.cern.ch, separated by blanks",
        "other pages that may show these in a frame, such as https://twiki.cern.ch (separated by blanks)",
    )
    user_header: str = _setting(
        "",
        _header,
        "NAME",
        "the name of a header, such as X-Forwarded-User",
        "header in which a proxy names the user; only for a server that is reached through it alone",
    )
    users: Users | None = _setting(  # noqa: RUF009 - it makes a field, as the others
        None,
        Users.read,
        "FILE",
        EXPECTED,
        "names and hashed passwords of those who may see the pages, made by `bye-splits user`; "
        "for https or a tunnel, as passwords travel with the requests",
    )
    oidc: Oidc | None = _setting(  # noqa: RUF009
        None,
        Oidc.read,
        "FILE",
        PROVIDER,
        "an OpenID Connect provider at which those log in who may see the pages; see docs/howto/security.md",
    )
    max_sessions: int = _setting(
        100,
        _count,
        "N",
        "a whole number of at least 1",
        "pages open at once; whoever opens another one is asked to wait (default: 100)",
    )
    prepared_pages: int = _setting(
        4,
        _number,
        "N",
        "a whole number of at least 0",
        "display pages that are built in idle time, for whoever opens the next ones at once: each takes "
        "4 MB of memory (default: 4)",
    )
    idle_hours: float = _setting(
        12.0,
        _time,
        "H",
        "a number of hours above 0",
        "hours after which an open page that nobody uses ends, until it is looked at again (default: 12)",
    )
    silent_seconds: float = _setting(
        60.0,
        _time,
        "S",
        "a number of seconds above 0",
        "seconds within which a page that answers no ping is closed, half of which lie between two pings "
        "(default: 60)",
    )

    log_format: str = _setting(
        "text",
        _log_format,
        "FORMAT",
        f"one of {', '.join(FORMATS)}",
        f"of the log on stdout, one line an action: {' or '.join(FORMATS)} (default: text)",
    )

    @classmethod
    def from_texts(cls, texts: "dict[str, str | None]", named: Callable[[str], str]) -> "Policy":
        """A policy from texts by attribute; None is the default, `named` the name of an attribute in errors.

        Raises
        ------
        ConfigError : a text that cannot be read
        """
        values = {}
        for one in fields(cls):
            text = texts.get(one.name)
            if text is None:
                continue
            try:
                values[one.name] = one.metadata["read"](text)
            except ValueError as error:
                found = str(error) if one.name == "users" else repr(text)
                raise ConfigError(
                    named(one.name), expected=one.metadata["expected"], found=found, action="Correct it."
                ) from None
            except ConfigError as error:
                raise error.named_by(named(one.name)) from None
        if "users" in values and "oidc" in values:
            raise ConfigError(
                named("oidc"),
                expected="one way to log in",
                found=f"{named('users')} as well",
                action="Leave one of them out.",
            )
        return cls(**values)

    @classmethod
    def from_environment(cls) -> "Policy":
        """The policy of `BYE_SPLITS_FRAME_ANCESTORS` and so on.

        Raises
        ------
        ConfigError : a variable that cannot be read
        """
        texts = {one.name: os.environ.get(variable(one.name)) for one in fields(cls)}
        return cls.from_texts(texts, variable)


def variable(attribute: str) -> str:
    """Environment variable of one of a policy's attributes.

    Examples
    --------
    >>> variable("user_header")
    'BYE_SPLITS_USER_HEADER'
    """
    return PREFIX + attribute.upper()


def policy_option(attribute: str) -> str:
    """Option of the command line of one of a policy's attributes.

    Examples
    --------
    >>> policy_option("user_header")
    '--user-header'
    """
    return "--" + attribute.replace("_", "-")


def only_one_process(arguments: Sequence[str]) -> None:
    """Refuse `--num-procs`, with which a server would have several processes.

    A page and its websocket may then reach different ones, each of which builds the page; and SIGTERM leaves
    them on the port.

    Raises
    ------
    ConfigError : the command line asks for another number than one
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--num-procs", default="1")
    found = parser.parse_known_args(list(arguments))[0].num_procs
    if found != "1":
        raise ConfigError(
            "--num-procs",
            expected="1, as a server is one process",
            found=found,
            action="For more people start several servers on ports of their own, behind a proxy that keeps "
            "each page with its server.",
        )
