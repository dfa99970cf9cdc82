"""What Panel and Bokeh do with a small page and its websocket, as they come or patched, printed as JSON.

A program of its own: a test's process is patched.
"""

import asyncio
import gc
import json
import logging
import socket
import sys

import panel as pn
from bokeh.models import Slider
from panel.io.document import hold
from panel.io.state import set_curdoc
from tornado.ioloop import IOLoop

from benchmarks.proxy import CountingProxy
from benchmarks.session import Session


class Records(logging.Handler):
    """Counts what is said."""

    count = 0

    def emit(self, record):
        self.count += 1


def page():
    """A slider, and words that follow it."""
    slider, words = pn.widgets.IntSlider(name="number", start=0, end=9), pn.pane.HTML("0")
    slider.param.watch(lambda event: words.param.update(object=str(event.new)), "value")
    return pn.Column(slider, words)


async def change(session: Session, document) -> dict:
    """Move the slider: how long Panel means to wait, and the kinds of messages that the browser gets."""
    waits, add = [], document.add_timeout_callback

    def noted(callback, milliseconds):
        waits.append(milliseconds)
        return add(callback, milliseconds)

    document.add_timeout_callback = noted
    await session.say("number", 3)
    kinds = [(await session._next(30)).kind for _ in range(2)]
    return {"waits": waits, "kinds": kinds}


async def write_to_a_lost_page(connection, document) -> int:
    """How many errors asyncio reports after a change whose page has gone without a word."""
    records = Records()
    logging.getLogger("asyncio").addHandler(records)
    connection._socket.ws_connection.stream.socket.shutdown(socket.SHUT_RDWR)
    with set_curdoc(document), hold(document):
        document.select_one({"type": Slider}).title = "another"
    for _ in range(20):
        await asyncio.sleep(0)
    gc.collect()
    return records.count


async def probe() -> dict:
    server = pn.serve(page, port=0, show=False, start=False, verbose=False, loop=IOLoop.current())
    server.start()
    try:
        async with (
            CountingProxy(server.port) as proxy,
            Session(proxy, f"http://localhost:{server.port}", "/") as session,
        ):
            (connection,) = server._tornado._clients
            document, stream = connection.session.document, connection._socket.ws_connection.stream
            return {
                "no delay": bool(stream.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)),
                **await change(session, document),
                "reported": await write_to_a_lost_page(connection, document),
            }
    finally:
        server.stop()


if __name__ == "__main__":
    if "--patched" in sys.argv:
        from bye_splits.dashboard.patches import process

        process.apply()
    print(json.dumps(asyncio.run(probe())))
