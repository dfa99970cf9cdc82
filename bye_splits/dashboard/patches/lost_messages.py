"""Messages to a page that Panel keeps back until the page's next change.

What cannot be written at once, as the websocket is in use, Panel puts into a queue; it marks the document
as blocked and starts a task that writes the queue (`_dispatch_msgs` in panel/io/document.py). A task does
nothing where the document is not blocked. But one that has written what it took from the queue unblocks the
document, even if other messages came into the queue while it waited for the websocket. The task of those
then finds the document unblocked: at its start, or when it comes back after the 10 ms for which it leaves a
websocket alone that Bokeh writes to. So they stay in the queue until the page's next change starts another.

Under load this met up to five of a hundred answers. It can go once Panel writes all that is in the queue.
"""

from bokeh.document import Document
from panel.io import document as panel_document

_dispatch = panel_document._dispatch_msgs


async def _dispatch_waiting(document: Document) -> None:
    """Write what waits, whether or not another task has unblocked the document in the meantime."""
    if document in panel_document._WRITE_MSGS:
        panel_document._WRITE_BLOCK[document] = True
    await _dispatch(document)


def apply() -> None:
    """Have each task write what is in the queue when it starts, for all documents of this process.

    The start of a task follows every message: of the one that is made with it, or of the one that is made
    again where the websocket was in use. So nothing has to be looked for later, and nothing is kept of a
    document.
    """
    panel_document._dispatch_msgs = _dispatch_waiting
