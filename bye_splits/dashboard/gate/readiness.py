"""Whether a server has what it needs: the geometry, and events to show."""

from collections.abc import Callable

Check = Callable[[], tuple[bool, dict[str, str]]]
"""Whether it is ready, and by what was looked at "ok" or what is wrong with it."""

_checks: list[Check] = []


def check_also(check: Check) -> None:
    """Let `readiness` ask this as well: the catalogue of this process's pages."""
    _checks.append(check)


def readiness() -> tuple[bool, dict[str, str]]:
    """What all checks of this process found: ready if each of them is."""
    results = [check() for check in _checks]
    found = {name: text for _, texts in results for name, text in texts.items()}
    return all(ready for ready, _ in results), found
