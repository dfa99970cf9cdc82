"""A field for numbers that sets its value once on Enter; Panel's sets it twice.

Enter in a `panel.widgets.TextInput` sends its value as a change, followed by an event with the same text,
which `_process_event` in panel/widgets/input.py sets as the value again. If the program has replaced the
value in response to the change, as it does for a number that no event has, the replacement is overwritten
and the change is processed again.

This patch can be removed once Panel ignores an event whose value was already set by the change.
"""

from typing import Any

import panel as pn


class NumberField(pn.widgets.TextInput):
    """A field for a whole number of any size; the browser's own number fields are limited to 53 bits."""

    def _process_event(self, event: Any) -> None:
        """Ignore the event: the change has already set the value."""
