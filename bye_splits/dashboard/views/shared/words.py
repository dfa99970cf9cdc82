"""Views that are words: one piece of HTML, with facts that can be spared where there is little room."""

from collections.abc import Iterable
from html import escape

from panel.viewable import Viewable

from ...page.template import text
from .base import StateView

# What a line of words does without where there is little room; its tooltip has all of them.
SPARE = ("CE-E \u00b7 ", "CE-H \u00b7 ", " of the particle", " \u00b7 colours as in 2D")


def thousands(value: int) -> str:
    """A number with thin spaces between its thousands."""
    return f"{value:,}".replace(",", "\u202f")


def _roomy(words: str) -> str:
    """Words as HTML in which those that can be spared are marked."""
    html = escape(words)
    for spare in SPARE:
        html = html.replace(spare, f"<s>{spare}</s>")
    return html


def swatch(colour: str | None) -> str:
    """A small square of a colour as HTML; nothing without one."""
    return f'<i class="swatch" style="background: {colour}"></i>' if colour else ""


class HtmlView(StateView):
    """A view that is one piece of HTML; a subclass writes it in `html`, which it marks by `draws`."""

    def build(self) -> None:
        self._pane = text("")

    def __panel__(self) -> Viewable:
        return self._pane

    def draw(self, part: str) -> None:
        """Show what the method `part` writes."""
        self._pane.say(getattr(self, part)())

    @staticmethod
    def facts(items: Iterable[tuple[str, str, str | None]], notices: Iterable[str] = ()) -> str:
        """A line of facts: (label, value, colour or None), and sentences below it."""
        line = "".join(
            f'<div class="fact" title="{escape(label)}: {escape(value)}">'
            f'<span class="label">{swatch(colour)}{escape(label)}</span>'
            f'<span class="value">{_roomy(value)}</span></div>'
            for label, value, colour in items
        )
        below = "".join(f"<li>{escape(notice)}</li>" for notice in notices)
        return f'<div class="facts">{line}</div>' + (f'<ul class="notices">{below}</ul>' if below else "")

    @staticmethod
    def title(name: str, words: str) -> str:
        """Title of a pane: what it is, and facts of it."""
        tip = escape(f"{name}: {words}")
        return f'<div class="title" title="{tip}"><b>{escape(name)}</b> {_roomy(words)}</div>'
