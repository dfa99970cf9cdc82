"""What a widget says is acted upon at once: Panel waits for 50 ms.

Panel collects what a model of a session says for `Syncable._debounce` milliseconds
(`Syncable._server_change` in panel/reactive.py); only clicks and the few `_priority_changes` go on without
that. Neither has a public setting. 2 ms are kept, in which what comes together is collected.

Without this a layer change was answered 36 ms later through a running server (of 16; its target is 20 ms).

It can go once Panel acts at once, or has a setting for it.
"""

from panel.reactive import Syncable

MS = 2
_panels_own = Syncable._debounce


def apply() -> None:
    """Wait for `MS`, in this process."""
    Syncable._debounce = MS
