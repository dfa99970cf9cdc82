"""Plots of splits over the positions in the bins, over the seedings, and over places on wafers."""

from dataclasses import replace

import numpy as np
import pandas as pd

from ....studies.phase_average import more_showers
from ....studies.phases import N_PHI, N_RZ
from ....studies.profiles import VARIABLES, Counts
from ....studies.wafer_position import rhombus
from ...figures.densities import summed
from ...figures.picture import Density, Line, Picture, from_zero, points, stairs
from ...link import study as link
from ...state.splits import Showers, SplitsState
from ..shared.words import thousands
from . import shares
from .drawn import DASHES, MARKERS, SIZES, colour_of, name_of, waiting_for

MOST_DOTS = 400  # split particles that are drawn, and can be clicked, in a map
WANTED = 0.1  # relative uncertainty of the split rate that is asked for
WAFER_SIZE = 16.64408  # cm, from side to side of the active hexagon of an 8-inch sensor
WAFER = ((-10.0, 10.0), (-10.2, 0.6))
"""Limits of the axes of a map of a wafer's rhombus, cm."""

PER_BIN = 12  # showers in a bin of such a map, on average
FEWEST_SPLIT = 5  # showers split in any position, of which the error of their mean is known
FEWEST = 4  # showers in a bin of which a rate is drawn
STEPS = (0.3, 5.0)  # cm, the narrowest bins and the widest ones

NOT_MOVED = "This chain does not use the bins."
TITLES = {"phi": "\u03c6", "rz": "R/z"}


def _waiting(state: SplitsState, moved: bool) -> str:
    """Why there is nothing to draw; "" if there is something."""
    known = [one for one in state.showers if one is not None]
    if not known:
        return waiting_for(state) or "Waiting for the positions \u2026"
    return "" if not moved or any(one.moved for one in known) else NOT_MOVED


def _moved(state: SplitsState) -> list[Showers]:
    return [one for one in state.showers if one is not None and one.moved]


def _progress(state: SplitsState) -> tuple[str, ...]:
    """How many showers are known, where it is not all."""
    parts = []
    for one, series in zip(state.showers, state.series, strict=True):
        n, every = 0 if one is None else len(one.table), int(series.chosen.sum())
        if n < every:
            parts.append(f"{name_of(series, state)}: {thousands(n)} of {thousands(every)} showers")
    return tuple(parts)


def p_split(state: SplitsState) -> Picture:
    """In which share of its positions each shower is split."""
    edges = np.linspace(0, 1, 21)
    lines, marks, notes, tables = [], [], [], []
    for one in _moved(state):
        series, values = one.series, one.p_split
        some = values[values > 0]
        counted, name = Counts.of(some, edges), name_of(series, state)
        lines.append(Line(*stairs(edges, counted.counts), colour_of(series), dash=DASHES[series.which]))
        rows = pd.DataFrame({"low": edges[:-1], "high": edges[1:], "n": counted.counts})
        rows["n_error"] = np.sqrt(rows["n"])
        tables.append(rows.assign(series=name))
        point = points(name, rows[rows["n"] > 0], "n", colour_of(series), size=0.0, alpha=0.8)
        marks.append(point.assign(x_low=point["x"], x_high=point["x"]))
        notes.append(f"{name}: {thousands(int((values == 0).sum()))} of {thousands(len(values))} never split")
    highest = max([1.0, *(float(each["high"].max()) for each in marks if len(each))])
    return Picture(
        x=f"p(split), share of {N_RZ * N_PHI} positions",
        y="showers / 0.05",
        lines=tuple(lines),
        marks=pd.concat(marks, ignore_index=True) if marks else Picture(x="", y="").marks,
        x_range=(0.0, 1.0),
        y_range=(0.0, 1.12 * highest),
        notes=(*notes, *_progress(state)),
        empty=_waiting(state, moved=True),
        table=pd.concat(tables, ignore_index=True) if tables else None,
    )


def along(state: SplitsState, axis: str, plain: Picture) -> Picture:
    """Split rate against the phase: of the actual positions (`plain`), and of every shower at all phases."""
    moved = _moved(state)
    if not moved:
        return plain
    tables = [plain.marks.assign(alpha=0.4, marker="x", series=plain.marks["series"] + ", actual positions")]
    tables += [
        points(
            f"{name_of(one.series, state)}, all showers at each phase",
            one.by_phase[axis],
            "rate",
            colour_of(one.series),
            marker=MARKERS[one.series.which],
            size=SIZES[one.series.which] - 1.5,
        )
        for one in moved
    ]
    marks = pd.concat(tables, ignore_index=True)
    marks["low"] = marks["low"].clip(lower=0)
    shown = marks[marks["alpha"] == 1.0]
    y_range = plain.y_range
    if shown["y"].any():
        y_range = from_zero(max(float(shown["high"].max()), 1.2 * float(marks["y"].max())))
    words = "filled: all showers at each phase; faint crosses: the actual positions"
    return replace(plain, marks=marks, y_range=y_range, notes=(words, *_progress(state)))


def averaged(state: SplitsState, against: str) -> Picture:
    """Phase-averaged split rate in bins of a variable."""
    tables = []
    for one in _moved(state):
        edges = state.edges.get((one.series.number, against))
        if edges is not None:
            found = one.in_bins(against, edges)
            style = {"marker": MARKERS[one.series.which], "size": SIZES[one.series.which]}
            tables.append(points(name_of(one.series, state), found, "rate", colour_of(one.series), **style))
    marks = pd.concat(tables, ignore_index=True) if tables else Picture(x="", y="").marks
    marks = marks.assign(low=marks["low"].clip(lower=0))
    return Picture(
        x=VARIABLES[against].title,
        y="phase-averaged split rate",
        marks=marks,
        y_range=shares.share_range(marks),
        notes=("errors: of showers; where none is split in any position, the upper limit of 68.3 %",),
        empty=_waiting(state, moved=True),
    )


def bin_map(state: SplitsState) -> Picture:
    """Where in the bin splits lie: the rate of all showers at each position; dots: actual positions."""
    frame = Picture(
        x="phase in the \u03c6 bin",
        y="phase in the R/z bin",
        x_range=(0.0, 1.0),
        y_range=(0.0, 1.0),
        empty=_waiting(state, moved=True),
    )
    moved = _moved(state)
    if not moved:
        return frame
    one = moved[0]
    passed = one.split.sum(axis=0).astype(np.float64)
    counts = np.full(passed.shape, len(one.table), dtype=np.float64)
    edges = np.linspace(0, 1, N_PHI + 1), np.linspace(0, 1, N_RZ + 1)
    title = f"split [%] of {thousands(len(one.table))} showers"
    rates = Density(*edges, counts, title, 100 * passed / np.maximum(counts, 1), passed)
    split = one.table["split"].to_numpy(bool)
    rows, columns = np.indices(passed.shape).reshape(2, -1)
    table = pd.DataFrame(
        {
            "phase_phi": (columns + 0.5) / N_PHI,
            "phase_rz": (rows + 0.5) / N_RZ,
            "showers": counts.ravel().astype(np.int64),
            "split": passed.ravel().astype(np.int64),
        }
    )
    dots = _dots(state, one, split, one.table["phase_phi"].to_numpy(), one.table["phase_rz"].to_numpy())
    notes = (f"dots: the {thousands(int(split.sum()))} split ones where they are; a click opens the event",)
    return replace(frame, density=rates, dots=dots, table=table, notes=(*notes, *_progress(state)))


def on_wafer(state: SplitsState, split: bool) -> Picture:
    """Where on its wafer each shower has its axis, at its maximum: all, or the share that is split."""
    frame = Picture(
        x="x on the wafer [cm]",
        y="y on the wafer [cm]",
        x_range=WAFER[0],
        y_range=WAFER[1],
        lines=tuple(
            Line(x, y, "faint", 0.9 if k in (0, 1, 8, 9) else 0.35, 1.2 if k in (0, 1, 8, 9) else 0.7)
            for k, (x, y) in enumerate(rhombus(WAFER_SIZE))
        ),
        empty=_waiting(state, moved=False),
    )
    known = [one for one in state.showers if one is not None]
    if not known:
        return frame
    one = known[0]
    where, x, y = one.on_wafer
    edges = wafer_edges(len(x))
    counts = summed(x, y, *edges)
    off = f"{thousands(int((~where).sum()))} of {thousands(len(where))} showers have no maximum on a wafer"
    notes: tuple[str, ...] = (off, *_progress(state))
    area = float(np.prod([np.diff(each[:2])[0] for each in edges]))
    density = Density(*edges, counts, f"showers / {area:.2g} cm\u00b2")
    if split:
        passed = summed(x, y, *edges, weights=one.p_split[where])
        enough = counts >= FEWEST
        rates = np.where(enough, 100 * passed / np.maximum(counts, 1), np.nan)
        what = "mean of p(split) [%]" if one.moved else "split [%]"
        density = replace(density, title=what, shares=rates, passed=passed)
        is_split = one.table["split"].to_numpy(bool)
        every = np.full(len(where), np.nan)
        place_x, place_y = every.copy(), every.copy()
        place_x[where], place_y[where] = x, y
        frame = replace(frame, dots=_dots(state, one, is_split & where, place_x, place_y))
        left = int(counts[~enough].sum())
        if not enough.any():
            frame = replace(frame, empty=f"Fewer than {FEWEST} showers in each bin.")
        few = f"{thousands(left)} showers in bins of fewer than {FEWEST} are not drawn"
        notes = ("dots: split where they are; a click opens the event", few, *notes)
    j, i = np.nonzero(counts)
    table = pd.DataFrame(
        {
            "x_low": edges[0][i],
            "x_high": edges[0][i + 1],
            "y_low": edges[1][j],
            "y_high": edges[1][j + 1],
            "showers": counts[j, i].astype(np.int64),
        }
    )
    if density.passed is not None:
        table["sum_of_p_split"] = density.passed[j, i]
    return replace(frame, density=density, table=table, notes=notes)


def wafer_edges(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Edges of the bins of a map of a wafer's rhombus along x and y, cm, as fine as n showers allow."""
    area = WAFER_SIZE**2 / np.sqrt(3) / 2  # of the rhombus: a third of the hexagon
    step = float(np.clip(np.sqrt(area * PER_BIN / max(n, 1)), *STEPS))
    x, y = (np.linspace(low, high, max(1, round((high - low) / step)) + 1) for low, high in WAFER)
    return x, y


def _dots(state: SplitsState, one: Showers, which: np.ndarray, x: np.ndarray, y: np.ndarray) -> pd.DataFrame:
    rows = np.flatnonzero(which)[:MOST_DOTS]
    table = one.table.iloc[rows]
    series = one.series
    urls = link.of_each_event(state, series.sample, table["event"], table["particle"], series.which)
    text = [
        f"event {row.event}: split here, and in {100 * row.p_split:.0f} % of the positions; click to open it"
        for row in table.itertuples()
    ]
    return pd.DataFrame({"x": x[rows], "y": y[rows], "colour": "mark", "text": text, "url": urls})


def seedings(state: SplitsState) -> Picture:
    """Split rate with every kernel and window of the seeds."""
    names: dict[tuple[str, int], int] = {}
    for table in state.seedings:
        for row in table.itertuples():
            names.setdefault((row.kernel, row.window), len(names))
    tables = []
    n = max(len(state.series), 1)
    for k, (one, table) in enumerate(zip(state.series, state.seedings, strict=True)):
        if not len(table):
            continue
        at = np.array([names[row.kernel, row.window] for row in table.itertuples()], dtype=np.float64)
        at += (k - (n - 1) / 2) * 0.16
        found = table.assign(low=at, high=at)
        style = {"marker": MARKERS[one.which], "size": SIZES[one.which]}
        tables.append(points(name_of(one, state), found, "share", colour_of(one), **style))
    marks = pd.concat(tables, ignore_index=True) if tables else Picture(x="", y="").marks
    flat = {"flat_top": "flat"}
    ticks = {float(k): f"{flat.get(kernel, kernel)}\n{window}" for (kernel, window), k in names.items()}
    return Picture(
        x="kernel, half width of the window [\u03c6 bins]",
        y="split rate",
        marks=marks,
        x_range=(-0.5, len(names) - 0.5) if names else (0.0, 1.0),
        y_range=shares.share_range(marks),
        ticks=ticks,
        notes=("the other parameters as chosen",),
        empty=waiting_for(state) or ("" if tables else "Waiting for the kernels \u2026"),
    )


def words_of_average(one: Showers | None, n: int) -> list[str]:
    """Phase-averaged split rate, what it is worth, and what is missing, as cells of the table of numbers."""
    if one is None or not len(one.table):
        return ["\u2026", "\u2026", "\u2026"]
    if not one.moved:
        return ["the bins are not used", "\u2013", "\u2013"]
    found = one.average
    rate, error, m = float(found["rate"]), float(found["rate_error"]), int(found["n"])
    part = "" if m >= n else f" of {thousands(m)}"
    ever = f"{thousands(int(found['ever_split']))}{part}"
    if not rate > 0:
        return [f"0, none in any position{part}", "\u2013", ever]
    digits = max(0, 1 - int(np.floor(np.log10(100 * error)))) if error > 0 else 2
    gain = float(found["gain"]) if found["ever_split"] >= FEWEST_SPLIT else np.nan
    text = f"{100 * rate:.{digits}f} \u00b1 {100 * error:.{digits}f} %{part}"
    if not np.isfinite(gain):
        return [text, "too few are split to tell", ever]
    worth = f"{gain:.1f} times the showers"
    more = more_showers(rate, error, m, WANTED)
    if more > 0:
        worth += f"; {thousands(more)} more for \u00b1{100 * WANTED:.0f} %"
    return [text, worth, ever]
