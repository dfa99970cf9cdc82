"""Widgets and state that follow each other."""

from collections.abc import Callable
from typing import Any

import panel as pn

from ...page.template import widget_css
from .base import StateView

STYLE = {"sizing_mode": "stretch_width", "margin": (2, 0)}


def style(*classes: str) -> dict:
    """Arguments of a widget in a column of controls; "inline" puts its label at its left."""
    return STYLE | {"stylesheets": [widget_css()], "css_classes": list(classes)}


def row(*items: Any) -> pn.Row:
    """Controls side by side."""
    return pn.Row(*items, sizing_mode="stretch_width", margin=0, styles={"gap": "8px"})


def _tidy(value: Any) -> Any:
    """A slider's step of 0.018000000000000002 is 0.018."""
    return round(value, 9) if isinstance(value, float) else value


def stand(slider: pn.widgets.Widget, value: Any) -> None:
    """Give a slider a value; one from beyond its ends, as a link may have it, makes it longer."""
    if not slider.start <= value <= slider.end:
        slider.param.update(start=min(slider.start, value), end=max(slider.end, value))
    if _tidy(slider.value) != value:  # what is sent for its last digits only may undo the user's next move
        slider.value = value


class Controls(StateView):
    """A view of widgets; what it sets itself, in methods marked by `draws`, is not the user's doing."""

    _echo = False

    def follow(self, widget: pn.widgets.Widget, act: Callable[[Any], object]) -> None:
        """Call `act` with each value that the user gives a widget."""
        widget.param.watch(lambda event: None if self._echo else act(_tidy(event.new)), "value")

    def draw(self, part: str) -> None:
        """Give the widgets of a part the state's values."""
        self._echo = True
        try:
            super().draw(part)
        finally:
            self._echo = False
