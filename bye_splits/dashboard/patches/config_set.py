"""`panel.config.set` looks at what it sets, and not at all that could be set.

Panel's (panel/config.py) reads each of its some 70 settings twice, to put back whatever is changed meanwhile,
each through a function that looks for the session's own. A page comes there for each slider and for each part
of its template, 34 times: 8 % of the time to build it.

This patch can be removed once Panel keeps only the settings that it is given.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from panel.config import _config


def apply() -> None:
    """Patch Panel."""
    _config.set = set_for_a_while


@contextmanager
def set_for_a_while(config: _config, **settings: Any) -> Iterator[None]:
    """Set some settings, and put them back in the end."""
    before = {name: getattr(config, name) for name in settings}
    for name, value in settings.items():
        setattr(config, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            if getattr(config, name) is not value:
                setattr(config, name, value)
