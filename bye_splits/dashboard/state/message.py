"""Messages to the user: one at a time, which goes once what it is about is good again."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import param

from .derived import Reactive

FOLDERS = re.compile(r"(?:\w+:/)?/(?:[^\s,:'\"]+/)+(?=[^\s,:'\"/])")
TREE = re.compile(r",? tree '[^']*'")
LOOKS = {"look", "camera", "theme", "message"}
"""Parameters that change without anything being entered anew."""


@dataclass(frozen=True, eq=False)
class Message:
    """A message to the user.

    Attributes
    ----------
    level : "info", "warning" or "error"
    text : a paragraph
    details : further paragraphs
    lasting : whether it is not about an input, so that a good one does not remove it
    in_full : of an error that `text` puts plainly: what was read, expected and found, and what to do
    """

    level: str
    text: str
    details: tuple[str, ...] = ()
    lasting: bool = False
    in_full: str = ""

    @property
    def short(self) -> str:
        """The text without the folders of files and the names of trees.

        Examples
        --------
        >>> Message("error", "/data/run3/photons.root, tree 'a/b': expected event 9, found 3 events.").short
        'photons.root: expected event 9, found 3 events.'
        """
        return TREE.sub("", FOLDERS.sub("", self.text))

    @classmethod
    def of_all(
        cls, level: str, texts: Iterable[str], summary: str, *, lasting: bool = False
    ) -> "Message | None":
        """One message of several texts, None without any; `summary` with "{}" for their number heads them."""
        every = tuple(dict.fromkeys(texts))
        if len(every) < 2:
            return cls(level, every[0], lasting=lasting) if every else None
        return cls(level, summary.format(len(every)), every, lasting)


def said(message: Message | None) -> tuple[str, ...]:
    """The paragraphs of a message."""
    return () if message is None else message.details or (message.text,)


class Reporting(Reactive):
    """A state with the latest message to the user."""

    message = param.ClassSelector(class_=Message, doc="The latest message to the user, None if it is past")

    def report(self, level: str, text: str, *, in_full: str = "") -> None:
        """Show a message to the user."""
        self.message = Message(level, text, in_full=in_full)

    def settle(self, **changed: Any) -> None:
        """Remove the message: something valid has been entered.

        Parameters
        ----------
        changed : parameters that change; if these are only `LOOKS` the message stays
        """
        message: Message | None = self.message
        if message is not None and not message.lasting and (not changed or changed.keys() - LOOKS):
            self.message = None
