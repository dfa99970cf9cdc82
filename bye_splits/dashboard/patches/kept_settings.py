"""Bokeh's settings that each model asks for are read once, as the process starts.

Bokeh looks for them in the environment and in three files whenever they are asked for
(`get_value_with_provenance` in bokeh/settings.py), which each new model does and each model that is written:
2 % of the time to build a page.

This patch can be removed once Bokeh keeps what it has read.
"""

from bokeh.settings import settings

ASKED_OFTEN = ("simple_ids", "serialize_include_defaults", "perform_error_diagnostics")


def apply() -> None:
    """Keep the present values, as if they had been set."""
    for name in ASKED_OFTEN:
        setattr(settings, name, getattr(settings, name)())
