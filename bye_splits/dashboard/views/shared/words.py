"""Text views: one piece of HTML, parts of which are hidden in narrow panes."""

import re
from collections.abc import Iterable, Mapping
from html import escape

from panel.viewable import Viewable

from ...page.template import text
from .base import StateView

# Fragments omitted from a line in narrow panes; its tooltip contains them.
SPARE = ("CE-E \u00b7 ", "CE-H \u00b7 ", " of the particle", " \u00b7 colours as in 2D")


_HYPHEN = re.compile(r"(?<![\w.-])-(?=\.?\d)")  # before a number; not that of 1e-05 or of 2026-11-27


def minus(text: str) -> str:
    """Text in which negative numbers have minus signs instead of hyphens; for pages, not for files.

    Examples
    --------
    >>> minus("-0.5 to -.25, 2-3, 1e-05, min-distance") == "\u22120.5 to \u2212.25, 2-3, 1e-05, min-distance"
    True
    """
    return _HYPHEN.sub("\u2212", text)


def lowered(label: str) -> str:
    """A label as it is within a sentence: with a small first letter, unless it begins with an acronym.

    Examples
    --------
    >>> lowered("Seed threshold"), lowered("TC threshold")
    ('seed threshold', 'TC threshold')
    """
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def p_value(value: float) -> str:
    """A probability with two digits; small ones with a power of ten.

    Examples
    --------
    >>> p_value(0.0123), p_value(1.4e-7) == "1.4 \u00d7 10\u207b\u2077"
    ('0.012', True)
    """
    digits, _, power = f"{value:.2g}".partition("e")
    return f"{digits} \u00d7 10{str(int(power)).translate(_RAISED)}" if power else digits


_RAISED = str.maketrans("-0123456789", "\u207b\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079")


def missing(part: str, why: str) -> str:
    """A part of a sample that could not be worked on, and why; the file is named once.

    Examples
    --------
    >>> missing("a.root, entries 6 to 11", "a.root, branch 'x': damaged")
    "entries 6 to 11 are missing: a.root, branch 'x': damaged"
    >>> missing("a.root, entries 6 to 11", "no memory")
    'entries 6 to 11 of a.root are missing: no memory'
    """
    place, found, entries = part.rpartition(", entries ")
    if not found:
        return f"{part} is missing: {why}"
    return f"entries {entries}{'' if place in why else f' of {place}'} are missing: {why}"


def thousands(value: int) -> str:
    """A number with thin spaces as thousands separators."""
    return f"{value:,}".replace(",", "\u202f")


def _with_optional(words: str) -> str:
    """Text as HTML with the fragments of `SPARE` marked."""
    html = escape(words)
    for spare in SPARE:
        html = html.replace(spare, f"<s>{spare}</s>")
    return html


def swatch(colour: str | None) -> str:
    """A small coloured square as HTML; "" without a colour."""
    return f'<i class="swatch" style="background: {colour}"></i>' if colour else ""


class HtmlView(StateView):
    """A view of one piece of HTML, returned by the method `html` of a subclass, marked by `draws`."""

    def build(self) -> None:
        self._pane = text("")

    def __panel__(self) -> Viewable:
        return self._pane

    def draw(self, part: str) -> None:
        """Show the HTML returned by the method `part`."""
        self._pane.say(getattr(self, part)())

    @staticmethod
    def facts(
        items: Iterable[tuple[str, str, str | None]],
        notices: Iterable[str] = (),
        means: Mapping[str, str] | None = None,
    ) -> str:
        """A line of facts (label, value, colour or None) with sentences below it.

        Parameters
        ----------
        means : name in the page's help of what a fact is, by its label
        """
        means = means or {}
        line = "".join(
            f'<div class="fact" {_tip(label, value, means.get(label))}>'
            f'<span class="label">{swatch(colour)}{escape(label)}</span>'
            f'<span class="value">{_with_optional(value)}</span></div>'
            for label, value, colour in items
        )
        below = "".join(f"<li>{escape(notice)}</li>" for notice in notices)
        return f'<div class="facts">{line}</div>' + (f'<ul class="notices">{below}</ul>' if below else "")

    @staticmethod
    def title(name: str, words: str) -> str:
        """Title of a pane: its name, and facts about it."""
        tip = escape(f"{name}: {words}")
        return f'<div class="title" title="{tip}"><b>{escape(name)}</b> {_with_optional(words)}</div>'


def _tip(label: str, value: str, name: str | None) -> str:
    """The attribute of a fact's tip: what it means, and all of it where a narrow pane omits some."""
    if name is None:
        return f'title="{escape(label)}: {escape(value)}"'
    omitted = any(spare in value for spare in SPARE)
    return tip_of(name, f"Here: {value}." if omitted else "")


def tip_of(name: str, more: str = "") -> str:
    """Attributes of an element whose tip is what the page's help says of a number, and more."""
    return f'data-means="{escape(name)}"' + (f' data-more="{escape(more)}"' if more else "")


def badge(description: str) -> str:
    """What a file says of its events, as HTML in the header; the tip has what a narrow one omits."""
    words = description.partition(";")[0]
    if not words:
        return ""
    first, comma, rest = words.partition(",")
    return (
        f'<span class="badge" title="{escape(words)}">{escape(first)}'
        f'<span class="more">{comma}{escape(rest)}</span></span>'
    )
