"""The page that compares A with B on the same particles."""

from collections.abc import Callable
from dataclasses import replace
from html import escape

import numpy as np
import pandas as pd

from ....studies.paired import STATES
from ....studies.profiles import VARIABLES, Counts, profile
from ....studies.profiles import shares as shares_in_bins
from ...figures.colours import SERIES_COLOURS
from ...figures.picture import Density, Line, Picture, points, stairs
from ...link import study as link
from ...state.compare import CompareState
from ..shared.words import minus, p_value, thousands
from . import older, shares
from .drawn import MARKERS, Plot, Study, waiting_for
from .response import FEW, TITLES, pm

NO_B = "Choose a set B at the left, under Compare."
BETWEEN = "#8b97a5"  # of what is neither A's nor B's
CONDITIONS = {
    "split": ("split{0}",),
    "not split": ("clusters{0} > 0", "not split{0}"),
    "no cluster": ("clusters{0} == 0",),
}
"""Of a particle in each of `STATES`, in the language of the events page."""


def waiting(state: CompareState) -> str:
    """Why there is nothing to draw; "" if there is something."""
    if state.set_b is None:
        return NO_B
    if state.compare != "A | B":
        return 'Show both sets: "A | B" at the left.'
    return waiting_for(state) or ("" if len(state.pairs) else "Waiting for B \u2026")


def _frame(state: CompareState, x: str, y: str) -> Picture:
    return Picture(x=x, y=y, empty=waiting(state))


def responses(state: CompareState) -> Picture:
    """Response under B against that under A."""
    a, b = state.values
    axis = TITLES[state.norm]
    frame = _frame(state, f"{axis} under A", f"{axis} under B")
    both = np.isfinite(a) & np.isfinite(b)
    lost = [int((np.isfinite(one) & ~both).sum()) for one in (a, b)]
    if not both.any():
        return frame
    a, b = a[both], b[both]
    low, high = np.quantile(np.concatenate([a, b]), (0.002, 0.998))
    room = 0.1 * (high - low)
    ends = float(low - room), float(high + room)
    outside = int(((np.minimum(a, b) < ends[0]) | (np.maximum(a, b) > ends[1])).sum())
    notes = (
        f"{thousands(lost[0])} found under A alone, {thousands(lost[1])} under B alone, "
        f"{thousands(outside)} outside the axes",
    )
    diagonal = Line(np.array(ends), np.array(ends), "faint", 0.8, 1.0, "dashed")
    frame = replace(frame, x_range=ends, y_range=ends, notes=notes, lines=(diagonal,))
    table = pd.DataFrame({"x": a, "y": b})
    if len(a) <= FEW:
        pairs = state.pairs[both]
        urls = link.of_each_event(state, state.samples[0], pairs["event"])
        text = [f"event {event}; click to open it" for event in pairs["event"]]
        dots = table.assign(colour=SERIES_COLOURS[0, "A"], url=urls, text=text)
        return replace(frame, dots=dots, table=table)
    edges = np.linspace(*ends, 81)
    return replace(frame, density=Density(edges, edges, np.histogram2d(b, a, (edges, edges))[0]), table=table)


def change(state: CompareState) -> Picture:
    """Distribution of the difference of the responses."""
    a, b = state.values
    difference = b - a
    known = difference[np.isfinite(difference)]
    axis = TITLES[state.norm]
    frame = _frame(state, f"B \u2212 A of {axis}", "particles")
    if not len(known):
        return frame
    reach = max(float(np.quantile(np.abs(known), 0.99)) * 1.2, 1e-3)
    edges = np.linspace(-reach, reach, 62)  # an odd number of bins: the middle one holds equal responses
    counted = Counts.of(known, edges)
    rows = pd.DataFrame({"low": edges[:-1], "high": edges[1:], "n": counted.counts})
    rows["n_error"] = np.sqrt(rows["n"])
    marks = points("B \u2212 A", rows[rows["n"] > 0], "n", BETWEEN, alpha=0.9)
    notes = (
        f"{thousands(counted.under)} below, {thousands(counted.over)} above; "
        f"{thousands(int((known == 0).sum()))} equal",
    )
    low = np.maximum(marks["low"], 0.1)
    picture = replace(
        frame,
        lines=(Line(edges.repeat(2), np.maximum(stairs(edges, counted.counts)[1], 0.05), BETWEEN),),
        marks=marks.assign(x_low=marks["x"], x_high=marks["x"], low=low),
        x_range=(-reach, reach),
        y_range=(0.5, 2.5 * float(counted.counts.max())),
        notes=notes,
        table=rows,
    )
    return older.change_by_row(state, picture)


def _both(state: CompareState, of: str, y: str) -> Picture:
    """Share of the particles with a property under A and under B, in bins."""
    frame = _frame(state, VARIABLES[state.against].title, y)
    x, edges = state.bins
    tables = []
    for which in ("A", "B") if len(x) else ():
        column = state.pairs[f"{which.lower()}_{of}"]
        passed = (column.notna() if of == "leading_pt" else column).to_numpy(bool)
        found = shares_in_bins(x, passed, edges)
        size = {"A": 7.5, "B": 5.0}[which]
        tables.append(
            points(which, found, "share", SERIES_COLOURS[0, which], marker=MARKERS[which], size=size)
        )
    marks = pd.concat(tables, ignore_index=True) if tables else frame.marks
    return replace(frame, marks=marks, y_range=shares.share_range(marks))


def split_difference(state: CompareState) -> Picture:
    """Difference of the split rates in bins, with the error of a paired difference."""
    frame = _frame(state, VARIABLES[state.against].title, "split rate of B \u2212 of A")
    x, edges = state.bins
    if not len(x):
        return frame
    a, b = (state.pairs[f"{which}_split"].to_numpy(bool) for which in "ab")
    found = profile(x, b.astype(float) - a.astype(float), edges)  # the mean of -1, 0, 1 is the difference
    marks = points("B \u2212 A", found, "mean", BETWEEN)
    reach = 1.15 * max(float(np.abs([marks["low"], marks["high"]]).max()), 1e-3)
    return replace(frame, marks=marks, levels=(0.0,), y_range=(-reach, reach))


def shifts(state: CompareState) -> Picture:
    """Mean difference of the responses in bins."""
    axis = TITLES[state.norm]
    frame = _frame(state, VARIABLES[state.against].title, f"B \u2212 A, {axis}")
    x, edges = state.bins
    if not len(x):
        return frame
    a, b = state.values
    found = profile(x, b - a, edges)
    picture = replace(frame, marks=points("B \u2212 A", found, "mean", BETWEEN), levels=(0.0,))
    return older.shifts_by_row(state, picture)


# -- the table -----------------------------------------------------------------------------------------------


def condition(a: str, b: str) -> str:
    """The particles in a state under A and in another one under B, for the events page.

    Examples
    --------
    >>> condition("split", "not split")
    'split and clusters_b > 0 and not split_b'
    """
    parts = [part.format(suffix) for states, suffix in ((a, ""), (b, "_b")) for part in CONDITIONS[states]]
    return " and ".join(parts)


def tables(state: CompareState) -> str:
    """Numbers of particles by their states, with links to them, and the differences, as HTML."""
    if waiting(state) or not len(state.cells):
        return f'<p class="hint">{escape(waiting(state))}</p>'
    counts = {(row.a_state, row.b_state): int(row.particles) for row in state.cells.itertuples()}
    head = "".join(f"<th>B: {name}</th>" for name in STATES)
    rows = []
    for a in STATES:
        cells = []
        for b in STATES:
            n = counts[a, b]
            address = link.of_events(state, condition(a, b))
            text = f'<a href="{escape(address)}" target="_blank">{thousands(n)}</a>' if n else "0"
            cells.append(f"<td>{text}</td>")
        rows.append(f"<tr><th>A: {a}</th>{''.join(cells)}</tr>")
    html = f'<table class="numbers"><tr><td></td>{head}</tr>{"".join(rows)}</table>'
    test = state.test
    if test is not None:
        html += (
            f'<p class="hint">McNemar, exact: {thousands(test.only_a)} split under A alone, '
            f"{thousands(test.only_b)} under B alone, p = {p_value(test.p_value)}.</p>"
        )
    return f'<div class="cards"><div>{html}</div><div>{_differences(state)}</div></div>'


def _differences(state: CompareState) -> str:
    found = state.differences
    if found is None:
        return '<p class="hint">The differences are computed once both sets are known \u2026</p>'
    head = "".join(f"<th>{title}</th>" for title in ("A", "B", "B \u2212 A", "p"))
    names = {
        "efficiency": "efficiency",
        "split_rate": "split rate, found in both",
        "mean": "mean of {}",
        "effective_rms": "effective RMS of {}",
    }
    rows = []
    for row in found.itertuples():
        name = names[row.quantity].format(TITLES.get(row.norm, ""))
        p = p_value(row.p_value) if np.isfinite(row.p_value) else ""
        cells = (f"{row.a:.4f}", f"{row.b:.4f}", pm(row.difference, row.error), p)
        rows.append(f"<tr><th>{name}</th>{''.join(f'<td>{minus(cell)}</td>' for cell in cells)}</tr>")
    return f'<table class="numbers"><tr><td></td>{head}</tr>{"".join(rows)}</table>'


def changed_first(particles: pd.DataFrame, values: np.ndarray) -> np.ndarray:
    """Order of the table of events: the split ones first."""
    return -particles["second_share"].fillna(0.0).to_numpy()


def _plot(
    name: str, title: str, make: Callable, words: str, layers: tuple[str, ...], log_y: bool = False
) -> Plot:
    follows = ("pairs", "values", "bins", "compare", "set_b")
    return Plot(
        name=f"compare-{name}",
        title=title,
        layers=layers,
        make=make,
        follows=follows,
        words=lambda state: words,
        log_y=log_y,
    )


_POINTS = ("lines", "errors", "marks")
COMPARE = Study(
    title="Compare",
    older=older.COMPARE,
    state=CompareState,
    needs_b=True,
    with_b=True,
    html=tables,
    follows=("pairs", "differences", "compare", "set_b"),
    order=changed_first,
    order_words="split in equal parts first",
    plots=(
        _plot("responses", "Response", responses, "of each particle", ("density", "lines", "dots")),
        _plot(
            "change", "Change of the response", change, "of each particle", ("lines", "errors"), log_y=True
        ),
        _plot("shifts", "Mean change", shifts, "paired: common fluctuations cancel", _POINTS),
        _plot(
            "splits",
            "Split rate",
            lambda state: _both(state, "split", "split rate"),
            "circle: A, square: B",
            _POINTS,
        ),
        _plot("split-difference", "Change of the split rate", split_difference, "paired", _POINTS),
        _plot(
            "efficiency",
            "Efficiency",
            lambda state: _both(state, "leading_pt", "efficiency"),
            "circle: A, square: B",
            _POINTS,
        ),
    ),
)
