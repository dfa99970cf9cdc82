"""Set-up of Panel before it shows a page; nothing is set up by an import."""

import panel as pn
from bokeh.settings import settings

from .gate.actions import watch
from .gate.gate import from_environment
from .patches import admission, process


def set_up_panel() -> None:
    """Patch Panel for this process, and load the extensions that pages need.

    The settings apply to the current session, or without one to the process.
    """
    process.apply()
    admission.install(from_environment)
    watch()
    # Bokeh looks for mistakes in each document and at each callback's arguments, a fifth of the time that a
    # page takes; tests do so instead.
    settings.perform_document_validation.set_value(False)
    settings.perform_error_diagnostics.set_value(False)
    pn.extension("plotly", sizing_mode="stretch_width")
