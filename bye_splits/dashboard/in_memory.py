"""The display of an event in memory: in a notebook, or served by a script."""

import asyncio
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd
import panel as pn

from ..chain import ChainParameters
from ..chain.chains import CHAINS
from ..config import Config, Sample
from ..data import Event, EventsInMemory, EventSource
from ..data.memory import event_of
from ..errors import ChainError
from ..geometry import Geometry
from ..sample_geometry import SampleGeometry
from .catalogue import Catalogue
from .gate.gate import Gate
from .gate.policy import Policy
from .patches.admission import place
from .routing import requested_page
from .routing import show as page_of
from .set_up import set_up_panel

SAMPLE = ("in memory", "")
NOTEBOOKS = tuple(f"{host}:*" for host in ("http://localhost", "https://localhost", "http://127.0.0.1"))
"""Pages that may show the frame, besides those of `BYE_SPLITS_FRAME_ANCESTORS`."""
EDITORS = ("vscode-webview:", "vscode-file:")
HEIGHT = 780  # px of the frame in a notebook


class MemoryCatalogue(Catalogue):
    """A catalogue with a single sample of events in memory.

    Parameters
    ----------
    source : the events
    given : initial parameters of the chain; None: the defaults
    """

    in_memory = True

    def __init__(self, source: EventsInMemory, given: ChainParameters | None = None) -> None:
        super().__init__(Config(samples={SAMPLE: Sample(*SAMPLE, source.path)}))
        self._events, self._given = source, given or ChainParameters()
        self._geometries[SAMPLE] = SampleGeometry(source, (Geometry.v11(),), look_ahead=False)

    def source(self, key: tuple[str, str]) -> EventSource:
        return self._events if key == SAMPLE else super().source(key)

    def parameters(self, **changes: Any) -> ChainParameters:
        """The given parameters with changes; another chain gets its own configured threshold."""
        chain = changes.get("chain", self._given.chain)
        if chain != self._given.chain:
            threshold = CHAINS[chain].configured_threshold(self.config.seed, self._given.cs)
            changes = {"seed_threshold": threshold} | changes
        return self._given.changed(**changes)


class Shown:
    """The display of an event, returned by `bye_splits.show`.

    In a notebook it is rendered as a frame filled by a background server; in a script it is served with
    `pn.serve(shown.page)`.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        set_up_panel()
        self.catalogue = catalogue.ready()

    def page(self) -> pn.Template:
        """Create a page with its own state for the current session."""
        return page_of(requested_page(), self.catalogue, address="?page={}")

    @cached_property
    def url(self) -> str:
        """Address of a local server, which is started in the background at the first access."""
        port: Future[int] = Future()

        def run() -> None:
            asyncio.set_event_loop(asyncio.new_event_loop())  # a notebook's loop is already running
            try:
                server = pn.serve(
                    {"display": self.page},
                    address="localhost",
                    port=0,
                    show=False,
                    start=False,
                    verbose=False,
                )
                given = Policy.from_environment()
                shown_in = (*given.frame_ancestors, *NOTEBOOKS, *EDITORS)
                place(server, partial(Gate, policy=replace(given, frame_ancestors=shown_in)))
                server.start()
            except Exception as error:
                port.set_exception(error)
                return
            port.set_result(server.port)
            server.io_loop.start()

        threading.Thread(target=run, name="bye_splits-show", daemon=True).start()
        return f"http://localhost:{port.result(30)}/display"

    def _repr_html_(self) -> str:
        style = f"width: 100%; height: {HEIGHT}px; border: 0"
        return f'<iframe src="{self.url}" style="{style}"></iframe>'


def show(
    event: Event | pd.DataFrame | Mapping[str, np.ndarray], parameters: ChainParameters | None = None
) -> Shown:
    """See `bye_splits.show`."""
    if parameters is not None and not isinstance(parameters, ChainParameters):
        raise ChainError(
            "parameters",
            expected="ChainParameters, or None for the defaults",
            found=repr(parameters)[:80],
            action="Make them with `ChainParameters(...)`.",
        )
    converted = event if isinstance(event, Event) else event_of(event)
    return Shown(MemoryCatalogue(EventsInMemory([replace(converted, entry=0)]), parameters))
