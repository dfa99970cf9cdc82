"""What a page declares of itself: its panes and groups of controls, its controls, its keys, its tour."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape

from .keys import KEYS, Key
from .marks import Mark

ANSWER = {
    "Server's answer": "To the last action: time until all of it had come [ms], and its size.",
}


@dataclass(frozen=True)
class Topic:
    """A pane, or a group of controls.

    Attributes
    ----------
    title : of the pane; of a group its heading
    words : two sentences: what it shows, and what can be done in it
    marks : its legend
    numbers : meaning of its numbers, by their names; also their tips
    """

    title: str
    words: str
    marks: tuple[Mark, ...] = ()
    numbers: Mapping[str, str] = field(default_factory=dict)

    @property
    def shows(self) -> str:
        """The first sentence: what is shown."""
        return self.words.partition(". ")[0] + "."


@dataclass(frozen=True)
class Step:
    """A step of the tour.

    Attributes
    ----------
    topic : pane or group that is framed
    title, words : what the card says
    """

    topic: str
    title: str
    words: str


@dataclass(frozen=True)
class PageHelp:
    """What a page says of itself.

    Attributes
    ----------
    title : of the page, as in the header
    words : what it is for, a sentence
    topics : by name: of a pane its word in the template, of a group of controls its heading
    fields : meaning of each field and slider by its label, without the unit
    buttons : meaning of each button and of each choice of a row of buttons, by what is written on it
    keys : names of the keys that have an effect, of `keys.KEYS`
    tour : its steps
    in_header : meaning of the numbers in the header, by their names
    """

    title: str
    words: str
    topics: Mapping[str, Topic]
    fields: Mapping[str, str]
    buttons: Mapping[str, str]
    keys: tuple[str, ...]
    tour: tuple[Step, ...] = ()
    in_header: Mapping[str, str] = field(default_factory=lambda: ANSWER)

    @property
    def numbers(self) -> dict[str, str]:
        """Meaning of all numbers that have a tip, by their names."""
        every = dict(self.in_header)
        for topic in self.topics.values():
            every |= topic.numbers
        return every

    @property
    def known_keys(self) -> list[Key]:
        """The keys, in the order of their declaration."""
        return [key for name, key in KEYS.items() if name in self.keys]

    @property
    def meanings(self) -> str:
        """Fields, buttons, numbers and steps of the tour as JSON, for the script."""
        steps = [[step.topic, step.title, step.words] for step in self.tour]
        data = {
            "fields": dict(self.fields),
            "buttons": dict(self.buttons),
            "numbers": self.numbers,
            "tour": steps,
        }
        return json.dumps(data, ensure_ascii=False).replace("</", "<\\/")


def label_of(label: str) -> str:
    """A label without its unit, as `PageHelp.fields` has it.

    Examples
    --------
    >>> label_of("Seed threshold [mipT]"), label_of("Sets:")
    ('Seed threshold', 'Sets')
    """
    return unescape(label).partition(" [")[0].rstrip(":").strip()
