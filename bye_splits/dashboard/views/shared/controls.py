"""Widgets synchronised with the state."""

from collections.abc import Callable
from typing import Any

import panel as pn

from ...page.template import widget_css
from .base import StateView

TYPED = "0[.]00[0000]"  # format of sliders: two digits as usual, more of a typed value that has more
STYLE = {"sizing_mode": "stretch_width", "margin": (2, 0)}


def style(*classes: str) -> dict:
    """Arguments of a widget in a column of controls; the class "inline" puts its label on the left."""
    return STYLE | {"stylesheets": [widget_css()], "css_classes": list(classes)}


def row(*items: Any) -> pn.Row:
    """Controls side by side."""
    return pn.Row(*items, sizing_mode="stretch_width", margin=0, styles={"gap": "8px"})


def _tidy(value: Any) -> Any:
    """Remove rounding errors of sliders: 0.018000000000000002 becomes 0.018."""
    return round(value, 9) if isinstance(value, float) else value


def stand(slider: pn.widgets.Widget, value: Any) -> None:
    """Set a slider's value and extend its range if needed, as for a value from a link."""
    if not slider.start <= value <= slider.end:
        slider.param.update(start=min(slider.start, value), end=max(slider.end, value))
    if _tidy(slider.value) != value:  # an update of the last digits only could undo the user's next move
        slider.value = value


def marked(slider: pn.widgets.Widget, *words: str) -> None:
    """Say in the browser what a slider takes when a value is typed: "whole" numbers, "stepped" ones only."""
    slider.css_classes = [*slider.css_classes, *words]


class Controls(StateView):
    """A view of widgets; values set in methods marked by `draws` are not treated as user input."""

    _echo = False

    def follow(self, widget: pn.widgets.Widget, act: Callable[[Any], object]) -> None:
        """Call `act` with each value that the user sets in a widget."""
        if isinstance(widget, pn.widgets.IntSlider | pn.widgets.IntRangeSlider):
            marked(widget, "whole")
        widget.param.watch(lambda event: None if self._echo else act(_tidy(event.new)), "value")

    def draw(self, part: str) -> None:
        """Set the widgets of a part to the state's values."""
        self._echo = True
        try:
            super().draw(part)
        finally:
            self._echo = False
