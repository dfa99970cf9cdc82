"""The cell-number raster of a layer: the trigger cell at each pixel of the map."""

import gc
import hashlib
import threading
import time
from dataclasses import dataclass
from functools import cache
from weakref import WeakKeyDictionary, ref

import datashader
import numpy as np
import pandas as pd

from ...chain import ChainParameters, run
from ...chain.cells import MODULES
from ...chain.chains import CHAINS
from ...chain.clustering import ASSOCIATIONS
from ...chain.compiled import compiled
from ...chain.seed_rules import SEED_RULES
from ...geometry import Geometry

MAX_PIXELS = 1400  # along a side, for the map on a 4K screen at single density
OPENING = 3.0  # s, time that a page takes to be opened
LATEST = 15.0  # s after which the compilation does not wait for pages any longer
PAUSE = 0.01  # s between layers
HALVES = (0, 1, 2, 0, 2, 3)  # corners of an outline's two triangles
VERTICES, TRIANGLES = pd.DataFrame(columns=["x", "y"]), pd.DataFrame(columns=["a", "b", "c", "cell"])
BORDERS_FROM = 14 / 16.7  # pixels per cm; wafers smaller than 14 pixels are drawn without borders
CELL_EDGES_FROM = 7 / 2.4  # pixels per cm; trigger cells smaller than 7 pixels are drawn without edges
A_CELL = {
    "x": [60.0],
    "y": [0.0],
    "z": [330.0],
    "mipPt": [90.0],
    "pt": [1.8],
    "layer": [9],
    **{name: [1] for name in MODULES},
}  # makes a cluster
KEPT = 48  # number of cached packed rasters, up to some 100 kB each
_kept: dict[tuple, tuple[np.ndarray, np.ndarray]] = {}
_lock = threading.Lock()
_ending = threading.Event()
# Weak references: a geometry that has grown replaces the previous one.
_prepared: WeakKeyDictionary[Geometry, threading.Timer] = WeakKeyDictionary()
UP, LEFT, UP_RIGHT, NEW = range(4)  # codes of `encode`: source of a pixel's number


@dataclass(frozen=True)
class Viewport:
    """The visible part of the layer: its edges in cm, and its size in pixels."""

    x0: float
    x1: float
    y0: float
    y1: float
    width: int
    height: int

    @classmethod
    def around(cls, x: float, y: float, half: float, width: int, height: int) -> "Viewport":
        """A viewport with equal aspect, centred on (x, y) [cm], with `half` cm to the nearer edges."""
        scale = half / min(width, height)
        return cls(
            x - scale * width, x + scale * width, y - scale * height, y + scale * height, width, height
        )

    @property
    def has_cell_edges(self) -> bool:
        """Whether trigger cells are large enough to have edges."""
        return bool(self.width > CELL_EDGES_FROM * (self.x1 - self.x0))

    @property
    def look(self) -> tuple[float, float, float]:
        """Centre x, y and half of the shorter side, cm: the arguments of `around`."""
        half = min(self.x1 - self.x0, self.y1 - self.y0) / 2
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2, half

    def holds(self, x: float, y: float, margin: float = 0.15) -> bool:
        """Whether a point lies inside, away from the edges by at least a fraction `margin` of the size."""
        dx, dy = margin * (self.x1 - self.x0), margin * (self.y1 - self.y0)
        return self.x0 + dx <= x <= self.x1 - dx and self.y0 + dy <= y <= self.y1 - dy


def outlines(geometry: Geometry, numbers: np.ndarray, endcap: str) -> np.ndarray:
    """Outlines of trigger cells of an endcap in CMS coordinates, float32, shape (n, 4, 2), cm."""
    corners = geometry.corners(numbers)
    if endcap == "-z":
        corners[..., 0] *= -1
    return corners


def cells_in_view(
    geometry: Geometry, layer: int, endcap: str, view: Viewport
) -> tuple[np.ndarray, np.ndarray]:
    """Trigger cells of a layer whose outline touches the viewport.

    Returns
    -------
    numbers : int64, shape (n,)
    corners : float32, shape (n, 4, 2), cm, without gaps between wafers
    """
    corners, low, high = geometry.outlines_of_layer(layer)
    seen = _touching(low, high, endcap, view)
    corners = corners[seen]
    if endcap == "-z":
        corners[..., 0] *= -1
    return geometry.numbers_of_layer(layer)[seen], corners


def borders_in_view(geometry: Geometry, layer: int, endcap: str, view: Viewport) -> np.ndarray:
    """Borders of wafers that may touch the viewport, float32, shape (n, 2, 2), cm; none of small wafers.

    They are drawn as lines because edges in a raster have steps.
    """
    if BORDERS_FROM * (view.x1 - view.x0) > view.width:
        return np.zeros((0, 2, 2), dtype=np.float32)
    lines = geometry.borders_of_layer(layer)
    lines = lines[_touching(lines.min(axis=1), lines.max(axis=1), endcap, view)]
    if endcap == "-z":
        lines[..., 0] *= -1
    return lines


def _touching(low: np.ndarray, high: np.ndarray, endcap: str, view: Viewport) -> np.ndarray:
    """Whether rectangles of the +z endcap touch the viewport, bool, shape (n,)."""
    x0, x1 = (view.x0, view.x1) if endcap == "+z" else (-view.x1, -view.x0)
    return (high[:, 0] >= x0) & (low[:, 0] <= x1) & (high[:, 1] >= view.y0) & (low[:, 1] <= view.y1)


def rasterise(corners: np.ndarray, view: Viewport) -> np.ndarray:
    """Find the outline that covers each pixel's centre.

    Parameters
    ----------
    corners : float32, shape (n, 4, 2), cm, n < 65535

    Returns
    -------
    uint16, shape (height, width), bottom row first: 1 + index of the outline, 0 for none; where outlines
    overlap, the first one (silicon precedes scintillator)
    """
    n = len(corners)
    if not n:
        return np.zeros((view.height, view.width), dtype=np.uint16)
    # datashader draws clockwise triangles, and does not check the orientation in a given mesh.
    (ux, uy), (vx, vy) = (corners[:, 1] - corners[:, 0]).T, (corners[:, 2] - corners[:, 0]).T
    corners = np.where((ux * vy > uy * vx)[:, None, None], corners[:, ::-1], corners)
    halves = corners[:, HALVES].reshape(-1, 2)
    cell = np.repeat(np.arange(1, n + 1, dtype=np.float32), len(HALVES))
    mesh = pd.DataFrame({"x": halves[:, 0], "y": halves[:, 1], "cell": cell}, copy=False)
    canvas = datashader.Canvas(view.width, view.height, (view.x0, view.x1), (view.y0, view.y1))
    # Two triangles per cell instead of a polygon: as fast and exact, and compiled in half the time.
    index = canvas.trimesh(
        VERTICES, TRIANGLES, mesh=mesh, agg=datashader.min("cell"), interpolate="nearest"
    ).data
    index[np.isnan(index)] = 0
    return index.astype(np.uint16)


def encode(raster: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compress a raster, in which most pixels repeat a neighbour's number.

    Parameters
    ----------
    raster : uint16, shape (height, width)

    Returns
    -------
    codes : uint8, shape (ceil(height width / 4),): two bits per pixel, first pixel in the lowest bits, row
        by row: number of the previous row's pixel (0), of the left pixel (1), of the previous row's pixel
        to the right (2), a new number (3); outside the raster the number is 0
    new : uint16, the new numbers in order
    """
    codes = np.zeros(-(-raster.size // 4), dtype=np.uint8)
    new = np.empty(raster.size, dtype=np.uint16)
    n = _encode(raster, codes, new)
    return codes, new[:n].copy()


@compiled
def _encode(raster: np.ndarray, codes: np.ndarray, new: np.ndarray) -> int:
    """Fill `codes`, all 0 before, and `new`; return the number of new ones."""
    height, width = raster.shape
    n = pixel = 0
    for y in range(height):
        for x in range(width):
            number = raster[y, x]
            if number == (raster[y - 1, x] if y > 0 else 0):
                code = UP
            elif number == (raster[y, x - 1] if x > 0 else 0):
                code = LEFT
            elif number == (raster[y - 1, x + 1] if y > 0 and x + 1 < width else 0):
                code = UP_RIGHT
            else:
                code = NEW
                new[n] = number
                n += 1
            codes[pixel >> 2] |= code << ((pixel & 3) << 1)
            pixel += 1
    return n


def encoded(corners: np.ndarray, view: Viewport) -> tuple[np.ndarray, np.ndarray]:
    """Rasterise and compress outlines, see `rasterise` and `encode`; the most recent results are cached.

    Layers with the same outlines in view, such as every other one of CE-H, are rasterised once.
    """
    key = hashlib.blake2b(np.ascontiguousarray(corners).data, digest_size=16).digest(), view
    with _lock:
        kept = _kept.pop(key, None)
    kept = kept or encode(rasterise(corners, view))
    with _lock:
        _kept[key] = kept  # now the most recent
        while len(_kept) > KEPT:
            del _kept[next(iter(_kept))]
    return kept


def warm_up() -> "WarmUp":
    """Have everything compiled in the background, once in a process; its `join` waits for completion.

    It takes 20 s at the first time, 7 s of them for what every page needs, and 1 s to load what was compiled
    before.

    To be called by each page that is opened, too.
    """
    thread = _warm_up()
    thread.asked = time.monotonic()
    return thread


def end_warm_up() -> None:
    """Have nothing else compiled in the background: the end of a program waits for it."""
    _ending.set()


@cache
def _warm_up() -> "WarmUp":
    gc.freeze()  # what is imported is permanent: the first page need not wait for a traversal of it
    thread = WarmUp()
    thread.start()
    return thread


class WarmUp(threading.Thread):
    """Triggers the compilation of the chain; once no page is being opened of datashader, then of variants.

    Numba compiles, and loads what it has compiled before, one function at a time: a page would wait for
    datashader, which it needs only when it is in the browser, and share the interpreter with its compilation.

    Attributes
    ----------
    asked : float, time of `warm_up`'s last call
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.asked = time.monotonic()
        self._needed, self._draws = threading.Event(), threading.Event()

    def ready(self) -> bool:
        """Whether layers can be rasterised without compilation; if not, that is compiled next.

        Waiting for it in the loop of the server would stop all sessions for up to half a minute.
        """
        self._needed.set()
        return self._draws.is_set()

    def run(self) -> None:
        """See the class."""
        latest = time.monotonic() + LATEST
        try:
            run(A_CELL)
            while not self._needed.is_set() and self._is_opening(latest):
                time.sleep(PAUSE)
            encode(rasterise(np.zeros((1, 4, 2), dtype=np.float32), Viewport(0.0, 1.0, 0.0, 1.0, 2, 2)))
        finally:
            self._draws.set()  # even after an error: the pages meet it, too, and report it
        while self._is_opening(latest):
            time.sleep(PAUSE)
        _compile_variants()
        # Imported and compiled objects are permanent: without this, each full collection would traverse them
        # all and block all sessions for a quarter of a second.
        gc.collect()
        gc.freeze()

    def _is_opening(self, latest: float) -> bool:
        return time.monotonic() < min(self.asked + OPENING, latest)


def prepare_layers(geometry: Geometry) -> threading.Timer:
    """Compute what is drawn of the layers in the background, once; else the first view does (8 ms).

    Returns
    -------
    threading.Timer : its `join` waits for completion
    """
    timer = _prepared.get(geometry)
    if timer is None:
        timer = _prepared[geometry] = threading.Timer(OPENING, _prepare, [ref(geometry)])
        timer.daemon = True
        timer.start()
    return timer


def _prepare(held: "ref[Geometry]") -> None:
    geometry = held()
    if geometry is None:  # no longer used by any page
        return
    for layer in geometry.layers:
        geometry.outlines_of_layer(int(layer))
        geometry.borders_of_layer(int(layer))
        geometry.outlines.blocks_of_layer(int(layer), geometry.numbers_of_layer(int(layer)))
        time.sleep(PAUSE)  # let sessions run


def _compile_variants() -> None:
    """The other chains, rules and associations, and the shapes: whoever asks for one first need not wait."""
    variants = [ChainParameters(chain=name) for name in CHAINS]
    variants += [ChainParameters(seeding=name) for name in SEED_RULES]
    variants += [ChainParameters(association=name) for name in ASSOCIATIONS]
    for one in variants:
        if _ending.is_set():
            return
        _ = run(A_CELL, one).shapes
        time.sleep(PAUSE)  # let sessions run
