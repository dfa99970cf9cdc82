"""Messages to a page that Panel would delay until the page's next change.

If the websocket is in use, Panel queues a message, marks the document as blocked and starts a task that
writes the queue (`_dispatch_msgs` in panel/io/document.py). A task does nothing if the document is not
blocked. A task that has written the messages it took from the queue unblocks the document, even if others
were queued while it waited for the websocket. Their task then finds the document unblocked, either at its
start or when it retries 10 ms after finding that Bokeh was writing to the websocket. The messages therefore
stay in the queue until the page's next change starts another task.

Under load this affected up to five of a hundred responses. The patch can be removed once Panel writes all
queued messages.
"""

from bokeh.document import Document
from panel.io import document as panel_document

_dispatch = panel_document._dispatch_msgs


async def _dispatch_waiting(document: Document) -> None:
    """Write the queued messages even if another task has unblocked the document in the meantime."""
    if document in panel_document._WRITE_MSGS:
        panel_document._WRITE_BLOCK[document] = True
    await _dispatch(document)


def apply() -> None:
    """Make each task write the messages queued at its start, for all documents of this process.

    Every queued message is followed by the start of a task: the one created with it, or a retry because the
    websocket was in use. So no later check is needed, and no state is kept per document.
    """
    panel_document._dispatch_msgs = _dispatch_waiting
