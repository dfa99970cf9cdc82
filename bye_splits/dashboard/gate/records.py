"""The log: one line an action, a page, a refusal or a page that was closed, of names and values."""

import json
import logging
import sys
import time
from collections.abc import Mapping
from typing import Any, TextIO

from . import metrics

LOGGER = "bye_splits"
OTHERS = ("bokeh", "panel")
log = logging.getLogger(f"{LOGGER}.server")


def record(what: str, level: int = logging.INFO, /, **facts: Any) -> None:
    """Write a line: what happened, and facts by name. It is complete in any format that a program has."""
    facts = {"what": what} | facts
    log.log(level, "%s", in_line(facts), extra={"facts": facts})


def in_line(facts: Mapping[str, Any]) -> str:
    """Facts as ``name=value``, in quotes where a value has blanks.

    Examples
    --------
    >>> in_line({"what": "action", "control": "Layer 9", "ms": 42})
    'what=action control="Layer 9" ms=42'
    """
    return " ".join(f"{name}={_text(value)}" for name, value in facts.items())


class Lines(logging.Formatter):
    """Lines of ``name=value``, with time and level; records of others have their text in ``text``."""

    def format(self, record: logging.LogRecord) -> str:
        return in_line(self.facts(record))

    def facts(self, record: logging.LogRecord) -> dict[str, Any]:
        """What a record says, by name, time first."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        found: dict[str, Any] = {
            "time": f"{stamp}.{int(record.msecs):03}Z",
            "level": record.levelname.lower(),
        }
        own: dict[str, Any] | None = getattr(record, "facts", None)
        if own is not None:
            return found | own
        found |= {"what": "message", "from": record.name, "text": record.getMessage()}
        if record.exc_info:
            found["traceback"] = self.formatException(record.exc_info)
        return found


class JsonLines(Lines):
    """The same as one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(self.facts(record), default=str, ensure_ascii=False)


FORMATS: dict[str, type[Lines]] = {"text": Lines, "json": JsonLines}
"""Forms of the log by name."""


def write_log(form: str, stream: TextIO | None = None) -> None:
    """Write all records of this process from now on, warnings of libraries included, to stdout."""
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(FORMATS[form]())
    root = logging.getLogger()
    for old in list(root.handlers):
        if isinstance(old, metrics.Faults) or isinstance(old.formatter, Lines):
            root.removeHandler(old)
    root.addHandler(handler)
    root.addHandler(metrics.Faults(logging.WARNING))
    for name in OTHERS:  # they have handlers of their own
        other = logging.getLogger(name)
        other.handlers.clear()
        other.propagate = True
        other.setLevel(logging.WARNING)  # Panel's would be a line for each callback
    logging.getLogger(LOGGER).setLevel(logging.INFO)


def _text(value: Any) -> str:
    text = str(value)
    plain = text and all(character.isprintable() and character not in ' "=\\' for character in text)
    return text if plain else json.dumps(text, ensure_ascii=False)
