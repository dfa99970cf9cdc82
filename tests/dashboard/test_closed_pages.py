"""What the log says of pages that were closed while they were being written to."""

import asyncio
import logging

import pytest
from tornado.websocket import WebSocketClosedError

from bye_splits.dashboard.patches.closed_pages import apply


@pytest.mark.parametrize(("error", "said"), [(WebSocketClosedError, 0), (ValueError, 1)])
def test_only_other_errors_than_a_closed_page_are_in_the_log(caplog, error, said):
    filters = list(logging.getLogger("asyncio").filters)
    apply()
    apply()
    assert len(logging.getLogger("asyncio").filters) <= len(filters) + 1

    async def written():
        raise error

    async def nobody_asks():
        task = asyncio.ensure_future(written())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        del task

    asyncio.run(nobody_asks())
    assert len([record for record in caplog.records if record.name == "asyncio"]) == said
