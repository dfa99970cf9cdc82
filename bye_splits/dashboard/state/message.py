"""Messages to the user."""

from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class Message:
    """A message to the user; `level` is "info", "warning" or "error"."""

    level: str
    text: str
