"""What Panel needs before it shows a page; nothing of it happens at an import."""

import panel as pn

from .patches import process


def set_up_panel() -> None:
    """Patch Panel for this process, and have it load what pages need.

    Its settings are the process's, or the present session's where there is one.
    """
    process.apply()
    pn.extension("plotly", notifications=True, sizing_mode="stretch_width")
