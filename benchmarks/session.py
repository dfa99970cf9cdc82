"""The client side of a session without a browser: page, websocket, document, widgets."""

import asyncio
import json
import re
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp

from .proxy import CountingProxy

QUIET = 0.1  # s without messages before asking the server whether it is idle; Panel itself waits 0.05 s
PATIENCE = 60.0  # s
MAP_SIZE = 620, 520  # pixels of the 2D map in a browser window of 1600 x 1000


@dataclass
class Answer:
    """The server's response to one action.

    Attributes
    ----------
    ms : time from the action to the last byte of the response
    payload, wire : bytes received: content of the websocket's messages, and compressed as transferred
    changed : identifiers of the changed models
    """

    ms: float = 0.0
    payload: int = 0
    wire: int = 0
    changed: set[str] = field(default_factory=set)


class Session:
    """One open page.

    Parameters
    ----------
    proxy : proxy between this client and the server
    origin : origin of the server as in a browser, such as "http://localhost:5006"
    path : path of the page, with its query

    Attributes
    ----------
    page_bytes : size of the HTML
    opened : Answer for the page and the websocket's first document together
    document_bytes : size of the document's message
    models : {"name", "attributes"} by identifier; attributes are updated from the server, data of sources not
    """

    def __init__(self, proxy: CountingProxy, origin: str, path: str = "/display"):
        self._proxy, self._origin, self._path = proxy, origin, path
        self._url = f"http://127.0.0.1:{proxy.port}"
        # The proxy hands on what it gets: the server is asked for under its own name.
        self._client = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(PATIENCE), headers={"Host": urlsplit(origin).netloc}
        )
        self.models: dict[str, dict] = {}
        self.page_bytes = self.document_bytes = 0
        self.opened = Answer()
        self._messages: asyncio.Queue[_Message | ConnectionError] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        try:
            await self._open()
        except BaseException:
            await self._client.close()
            raise
        return self

    def stop_reading(self) -> None:
        """Leave all further messages, and pings, to the buffers of the connection."""
        self._reader.cancel()

    async def __aexit__(
        self, kind: type | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reader.cancel()
        await self._socket.close()
        await self._client.close()

    async def _open(self) -> None:
        start, before = time.perf_counter(), self._proxy.received
        async with self._client.get(self._url + self._path) as answer:
            answer.raise_for_status()
            page = await answer.text()
        self.page_bytes = len(page.encode())
        (token,) = set(re.findall(r'"token":"([^"]+)"', page))
        self._socket = await self._client.ws_connect(
            f"{self._url}{self._path.split('?')[0].rstrip('/')}/ws",
            protocols=["bokeh", token],
            origin=self._origin,
            compress=15,
            max_msg_size=0,
        )
        self._reader = asyncio.create_task(self._read())
        await self._expect("ACK")
        await self._send("PULL-DOC-REQ", {})
        document = await self._expect("PULL-DOC-REPLY")
        self.document_bytes = document.size
        self.opened = Answer(
            (document.time - start) * 1e3, document.size + self.page_bytes, document.received - before
        )
        self._collect(json.loads(document.content))
        ready = {"type": "event", "name": "document_ready", "values": {"type": "map", "entries": []}}
        await self._patch(_bokeh_event(ready), effects=False)

    # -- user actions ----------------------------------------------------------------------------------------

    async def set(self, label: str, value: Any, attribute: str = "value") -> Answer:
        """Set a widget's value, as its user does."""
        return await self.change(self.widget(label), attribute, value)

    async def change(self, model: str, attribute: str, value: Any) -> Answer:
        """Change an attribute of a model, as the browser does."""
        event = {"kind": "ModelChanged", "model": {"id": model}, "attr": attribute, "new": value}
        self._changed(event)
        return await self._patch(event)

    async def drag(self, label: str, values: Sequence[Any], per_second: float) -> tuple[list[float], Answer]:
        """Set a widget's value repeatedly at a steady rate, as if a slider was dragged.

        Returns
        -------
        taken : s, from each change to its acknowledgement by the server
        rest : Answer to the last change, which takes long if the server has fallen behind
        """
        taken, sent, identifier = [], {}, self.widget(label)
        start = time.perf_counter()
        for step, value in enumerate(values[:-1]):
            while (left := start + step / per_second - time.perf_counter()) > 0:
                with suppress(TimeoutError):
                    self._note(await self._next(left), sent, taken)
            event = {"kind": "ModelChanged", "model": {"id": identifier}, "attr": "value", "new": value}
            begun = time.perf_counter()
            sent[await self._send("PATCH-DOC", {"events": [event]})] = begun
        rest = await self.set(label, values[-1])
        return taken, rest

    def _note(self, message: "_Message", sent: dict[str, float], taken: list[float]) -> None:
        if message.kind == "ERROR":
            raise RuntimeError(message.content[:2000])
        if message.kind == "OK" and message.request in sent:
            taken.append(message.time - sent.pop(message.request))

    async def say(self, label: str, value: Any) -> None:
        """Set a widget's value without waiting for the response."""
        await self.tell(self.widget(label), "value", value)

    async def tell(self, model: str, attribute: str, value: Any) -> None:
        """Change an attribute of a model without waiting for the response."""
        event = {"kind": "ModelChanged", "model": {"id": model}, "attr": attribute, "new": value}
        await self._send("PATCH-DOC", {"events": [event]})

    async def ask(self, number: int) -> None:
        """Request the notification that a response is complete, as the page does; numbers start at 1."""
        await self.tell(self._mark(), "data", {"type": "map", "entries": [["asked", [number]]]})

    async def until(self, condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Take messages until a condition on the models holds; raise TimeoutError if it never does."""
        async with asyncio.timeout(seconds):
            while not condition():
                message = await self._messages.get()
                if isinstance(message, Exception):
                    raise message
                if message.kind == "PATCH-DOC":
                    for change in json.loads(message.content)["events"]:
                        self._changed(change)

    def says(self, words: str) -> bool:
        """Whether the text of one of the models has these words."""
        return any(words in str(model["attributes"].get("text", "")) for model in self.models.values())

    async def complete(self, number: int, seconds: float = PATIENCE) -> None:
        """Wait for the response to `ask`; raise TimeoutError if there is none."""
        mark = self._mark()
        async with asyncio.timeout(seconds):
            while True:
                message = await self._expect("PATCH-DOC")
                for change in json.loads(message.content)["events"]:
                    columns = change.get("data") or change.get("new")
                    if self._changed(change) == mark and columns["entries"] == [["done", [number]]]:
                        return

    def _mark(self) -> str:
        models = self.models.items()
        (mark,) = (
            identifier for identifier, model in models if model["attributes"].get("name") == "complete"
        )
        return mark

    async def click(self, label: str) -> Answer:
        """Click a button."""
        values = {"type": "map", "entries": [["model", {"id": self.widget(label)}]]}
        click = {"type": "event", "name": "button_click", "values": values}
        return await self._patch(_bokeh_event(click))

    async def look(self, half: float | None = None, size: tuple[int, int] = MAP_SIZE) -> Answer:
        """Request the map's raster as the browser does once it knows the map's size.

        Parameters
        ----------
        half : cm from the centre of the view to its nearer edges; None: unchanged
        size : width and height of the map, pixels
        """
        wire = self._columns_of(self.source("codes"))
        x0, x1, y0, y1 = (wire[name][0] for name in ("x0", "x1", "y0", "y1"))
        return await self.look_at((x0 + x1) / 2, (y0 + y1) / 2, half or min(x1 - x0, y1 - y0) / 2, size)

    async def look_at(self, x: float, y: float, half: float, size: tuple[int, int] = MAP_SIZE) -> Answer:
        """As `look`, around a point (x, y) [cm]."""
        scale = half / min(size)
        corners = (x - scale * size[0], x + scale * size[0], y - scale * size[1], y + scale * size[1])
        asked = dict(zip(("x0", "x1", "y0", "y1", "width", "height"), (*corners, *size), strict=True))
        columns = {"type": "map", "entries": [[name, [value]] for name, value in asked.items()]}
        request = self.source("x0", without="codes")
        return await self.change(request, "data", columns)

    # -- models ----------------------------------------------------------------------------------------------

    def widget(self, label: str) -> str:
        """Identifier of the widget with a label ("Layer", "Event", "Next", ...)."""
        found = [
            identifier
            for identifier, model in self.models.items()
            if label in (model["attributes"].get("title"), model["attributes"].get("label"))
            and "Axis" not in model["name"]
        ]
        if len(found) != 1:
            raise LookupError(f"{len(found)} widgets have the label {label!r}")
        return found[0]

    def attribute(self, label: str, name: str) -> Any:
        """An attribute of a widget, as last sent by the server or set here."""
        return self.models[self.widget(label)]["attributes"].get(name)

    def source(self, column: str, without: str = "") -> str:
        """Identifier of the only data source with a column, and without another."""
        found = []
        for identifier, model in self.models.items():
            if model["name"].endswith("ColumnDataSource"):
                columns = self._columns_of(identifier)
                if column in columns and without not in columns:
                    found.append(identifier)
        if len(found) != 1:
            raise LookupError(f"{len(found)} data sources have the column {column!r}")
        return found[0]

    def _columns_of(self, identifier: str) -> dict:
        data = self.models[identifier]["attributes"].get("data", {})
        return dict(data.get("entries", ()))

    def _collect(self, node: Any) -> None:
        """Add all models in a part of a message to `models`."""
        if isinstance(node, list):
            for item in node:
                self._collect(item)
        elif isinstance(node, dict):
            if node.get("type") == "object" and "id" in node:
                model = {"name": node["name"], "attributes": node.get("attributes", {})}
                self.models[node["id"]] = model
            for item in node.values():
                self._collect(item)

    def _changed(self, change: dict) -> str:
        """Record a change of a model's attribute; return the model's identifier, "" for other events."""
        identifier = (change.get("model") or {}).get("id", "")
        if change["kind"] == "ModelChanged" and identifier in self.models:
            self.models[identifier]["attributes"][change["attr"]] = change["new"]
        self._collect(change.get("new"))
        return identifier

    # -- messages --------------------------------------------------------------------------------------------

    async def _patch(self, event: dict, effects: bool = True) -> Answer:
        """Send an event; wait for the server's OK, its first patch, and the end of its messages.

        Panel responds to most changes 50 ms after the OK, so the OK alone is not sufficient; `effects` is
        whether any patch is to be expected.
        """
        start, before = time.perf_counter(), self._proxy.received
        sent = await self._send("PATCH-DOC", {"events": [event]})
        answer, accepted, last, asked, interrupted = Answer(), False, start, "", False
        while True:
            begun = accepted and (answer.changed or not effects)
            try:
                message = await self._next(QUIET if begun and not asked else PATIENCE)
            except TimeoutError:
                if begun and not asked:  # silent because it is idle, or because it is busy?
                    asked, interrupted = await self._send("SERVER-INFO-REQ", {}), False
                    continue
                raise RuntimeError(f"no response to {json.dumps(event)[:300]} in {PATIENCE} s") from None
            if asked and message.request == asked:
                if not interrupted:
                    break
                asked = ""
                continue
            interrupted = bool(asked)
            last = message.time
            answer.payload += message.size
            answer.wire = message.received - before
            accepted |= message.kind == "OK" and message.request == sent
            if message.kind == "PATCH-DOC":
                for change in json.loads(message.content)["events"]:
                    answer.changed.add(self._changed(change))
            elif message.kind == "ERROR":
                raise RuntimeError(message.content[:2000])
        answer.ms = (last - start) * 1e3
        return answer

    async def _send(self, kind: str, content: dict) -> str:
        identifier = uuid.uuid4().hex
        await self._socket.send_str(json.dumps({"msgid": identifier, "msgtype": kind}))
        await self._socket.send_str("{}")
        await self._socket.send_str(json.dumps(content))
        return identifier

    async def _expect(self, kind: str) -> "_Message":
        """The next message of a kind; others are skipped."""
        while (message := await self._next(PATIENCE)).kind != kind:
            pass
        return message

    async def _next(self, seconds: float) -> "_Message":
        """The next message; TimeoutError if none arrives, ConnectionError if the connection is closed."""
        message = await asyncio.wait_for(self._messages.get(), seconds)
        if isinstance(message, Exception):
            raise message
        return message

    async def _read(self) -> None:
        """Put every message into the queue, with the time when its last byte was received."""
        try:
            while True:
                fragments = [await self._fragment() for _ in range(3)]
                header = json.loads(fragments[0])
                size = sum(map(len, fragments))
                for _ in range(2 * header.get("num_buffers", 0)):
                    size += len(await self._fragment())
                message = _Message(
                    header["msgtype"],
                    header.get("reqid", ""),
                    fragments[2],
                    size,
                    time.perf_counter(),
                    self._proxy.received,
                )
                self._messages.put_nowait(message)
        except ConnectionError as error:
            self._messages.put_nowait(error)

    async def _fragment(self) -> str | bytes:
        received = await self._socket.receive()
        if received.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
            raise ConnectionError(f"the server closed the websocket: {received}")
        return received.data


@dataclass(frozen=True)
class _Message:
    kind: str
    request: str  # identifier of the message to which it responds
    content: str
    size: int  # bytes, with its buffers
    time: float  # s, perf_counter, when it was complete
    received: int  # bytes that the proxy had forwarded by then


def _bokeh_event(data: dict) -> dict:
    return {"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": data}
