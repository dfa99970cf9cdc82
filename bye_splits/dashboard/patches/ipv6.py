"""Addresses with an IPv6 number: Panel takes the host apart at its colons, and fails where there are many."""

from collections.abc import Callable
from functools import cache, wraps

from panel.io import location


@cache
def expect_ipv6() -> None:
    """Let pages be asked for by IPv6 numbers, in this process."""
    location._get_location_params = _with_brackets(location._get_location_params)


def _with_brackets(taken_apart: Callable[..., dict]) -> Callable[..., dict]:
    """The same function, which also understands hosts such as ``[::1]:5006``."""

    @wraps(taken_apart)
    def params(protocol: str | None, host: str | None, uri: str | None) -> dict:
        if not host or not host.startswith("["):
            return taken_apart(protocol, host, uri)
        number, bracket, port = host.rpartition("]")
        found = taken_apart(protocol, f"host{port}", uri)
        found["hostname"] = number + bracket
        found["href"] = found["href"].replace(f"//host{port}", f"//{host}", 1)
        return found

    return params
