"""A field for numbers whose value is given once: on Enter, Panel gives it twice.

Enter in a `panel.widgets.TextInput` sends its value as a change, and then an event with the same text,
which `_process_event` in panel/widgets/input.py makes the value once more. Where the program has answered
the change with another value, as it does with a number that no event has, that one is overwritten and the
change answered again.

It can go once Panel leaves a value alone that the change has set already.
"""

from typing import Any

import panel as pn


class NumberField(pn.widgets.TextInput):
    """A field for a whole number of any size: those of a browser's own fields have 53 bits."""

    def _process_event(self, event: Any) -> None:
        """Nothing: the change has said it."""
