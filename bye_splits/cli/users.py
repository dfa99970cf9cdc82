"""`bye-splits user`: who may see the pages of a server."""

import argparse
import getpass
import os
import sys
from pathlib import Path

from bye_splits import cache
from bye_splits.cache import not_writable
from bye_splits.errors import ByeSplitsError

from .complaints import FINE


def add_user(options: argparse.Namespace) -> int:
    """Add a user, or change a user's password."""
    from bye_splits.dashboard.gate.users import line_of

    path = Path(options.users).expanduser()
    line = line_of(options.name, _password(options.name))
    try:
        old = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
        kept = [one for one in old if one.partition(":")[0] != options.name]

        def write(file: Path) -> None:
            file.chmod(0o600)
            file.write_text("".join([*kept, line]), encoding="utf-8")

        cache.write_atomically(path, write)
    except OSError as error:
        raise not_writable(path, error.strerror or str(error)) from error
    print(f"{options.name}: {'changed' if len(kept) < len(old) else 'added'} in {path}")
    return FINE


def _password(name: str) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip(os.linesep)
    password = getpass.getpass(f"Password of {name}: ")
    if getpass.getpass("Again: ") != password:
        raise ByeSplitsError(
            f"the password of {name}", expected="the same twice", found="two", action="Try again."
        )
    return password
