"""The page of a scan: many sets of parameters, what each gives, and which are not beaten."""

from html import escape
from typing import Any

import numpy as np
import pandas as pd

from ....chain.parameters import DECLARED
from ....studies.sample_scan import MOST_EVENTS
from ...figures.picture import Line, Picture
from ...link import study as link
from ...state.scan import ScanState
from ..shared.shares import share
from ..shared.words import lowered, minus, thousands
from .drawn import Plot, Study
from .older import NO_SCAN
from .scan_controls import ScanControls

BEATEN, FRONT, FAINT = "#5588dd", "#ee7733", "line"
"""Colours of sets that are beaten, of those on the Pareto front, and of those outside the ranges."""

MOST_ROWS = 40  # of the table of sets
TITLES = {
    "split_rate": "split rate",
    "low_pt_efficiency": "efficiency, pT < 10 GeV",
    "leading_pt_effective_rms": "eff. RMS / mean of pT",
    "seeds_per_event": "seeds / event",
}
"""Titles of the axes of `scan.OBJECTIVES`; those of the varied parameters are from their declarations."""

SHORT = {
    "split_rate": "split rate",
    "low_pt_efficiency": "low-pT eff.",
    "leading_pt_effective_rms": "RMS(pT)",
    "seeds_per_event": "seeds",
}
"""Their names in the parallel coordinates."""


def title_of(name: str) -> str:
    """Title of the axis of a varied parameter or of an objective."""
    if name in TITLES:
        return TITLES[name]
    declaration = DECLARED[name]
    unit = declaration.unit
    unit = f" in {unit}" if unit.startswith("(") else f" [{unit}]" if unit else ""
    return lowered(declaration.label) + unit


def ticks_of(state: ScanState, name: str) -> dict[float, str]:
    """Names of the values of a parameter that has no numbers, by `ScanState.values_of`."""
    if name not in DECLARED or not (axis := [one for one in state.axes if one.name == name]):
        return {}
    if choices := list(DECLARED[name].choices):
        return {float(choices.index(value)): value for value in axis[0].values}
    return {0.0: "no", 1.0: "yes"} if DECLARED[name].kind is bool else {}


def _waiting(state: ScanState) -> str:
    if len(state.sets_table):
        return ""
    if not state.catalogue.has_studies:
        return "Samples are not studied here: there are no background processes."
    return "Waiting for the first sets \u2026"


def _colours(state: ScanState) -> np.ndarray:
    front = state.sets_table["pareto"].to_numpy(bool)
    return np.where(state.chosen_sets, np.where(front, FRONT, BEATEN), FAINT)


def parallel(state: ScanState) -> Picture:
    """A line per set, from axis to axis; each axis spans its values."""
    table = state.sets_table
    names = [*(axis.name for axis in state.axes), *SHORT]
    short = [SHORT.get(name, title_of(name).partition(" [")[0].partition(" in (")[0]) for name in names]
    short = [word.removeprefix("seed ") for word in short]
    frame = Picture(
        x="",
        y="lowest to highest",
        x_range=(-0.3, len(names) - 0.7),
        y_range=(-0.04, 1.04),
        ticks={float(k): name for k, name in enumerate(short)},
        empty=_waiting(state),
    )
    if not len(table):
        return frame
    values = np.stack([state.values_of(name) for name in names], axis=1)
    low, high = np.fmin.reduce(values, axis=0), np.fmax.reduce(values, axis=0)  # NaN: of no set
    shares = (values - low) / np.where(high > low, high - low, 1)
    x = np.arange(len(names), dtype=float)
    colours = _colours(state)
    order = np.argsort([(FAINT, BEATEN, FRONT).index(colour) for colour in colours], kind="stable")
    alphas = {FAINT: 0.5, BEATEN: 0.45, FRONT: 0.95}
    lines = tuple(
        Line(x, shares[k], colours[k], alphas[colours[k]], 1.6 if colours[k] == FRONT else 1.0) for k in order
    )
    across = tuple(Line(np.full(2, at), np.array([0.0, 1.0]), "faint", 0.6) for at in x)
    notes = tuple(
        f"{word} {', '.join(ticks.values())}"
        if (ticks := ticks_of(state, name))
        else f"{word} {a:.3g} to {b:.3g}"
        for name, word, a, b in zip(names, short, low, high, strict=True)
    )
    return Picture(**vars(frame) | {"lines": (*across, *lines), "notes": notes, "table": _plain(state)})


def _plain(state: ScanState) -> pd.DataFrame:
    return state.sets_table.drop(columns="parameters").assign(chosen=state.chosen_sets)


def scatter(state: ScanState, axes: tuple[str, str]) -> Picture:
    """A point per set with its uncertainties; a click shows it as B in the display."""
    table = state.sets_table
    x, y = axes
    frame = Picture(x=title_of(x), y=title_of(y), ticks=ticks_of(state, x), empty=_waiting(state))
    if not len(table):
        return frame
    text = [
        f"{', '.join(f'{name} {_value(row, name)}' for name in _varied(state))}: split rate "
        f"{share(int(row['split']), int(row['particles']))}; click to show it as B"
        for row in table.to_dict("records")
    ]
    urls = [link.of_set(state, one) for one in state.restored]
    values = {name: state.values_of(name) for name in axes}
    colours = _colours(state)
    dots = pd.DataFrame({"x": values[x], "y": values[y], "colour": colours, "text": text, "url": urls}).iloc[
        np.argsort(state.chosen_sets, kind="stable")
    ]
    ends = {name: _interval(state, name) for name in axes}
    marks = pd.DataFrame(
        {"series": "sets", "x": values[x], "x_low": ends[x][0], "x_high": ends[x][1]}
        | {"y": values[y], "low": ends[y][0], "high": ends[y][1], "colour": colours}
        | {"alpha": np.where(colours == FRONT, 0.7, 0.16), "marker": "circle", "size": 0.0}
    )
    return Picture(
        **vars(frame)
        | {"dots": dots, "marks": marks, "table": _plain(state)}
        | {"x_range": _ends(*ends[x]), "y_range": _ends(*ends[y])}
        | {"notes": ("bars: 68.3 %",) if f"{x}_low" in table or f"{y}_low" in table else ()}
    )


def _interval(state: ScanState, name: str) -> tuple[np.ndarray, np.ndarray]:
    """The interval of each value; of what has none, the value."""
    table, values = state.sets_table, state.values_of(name)
    if f"{name}_low" not in table:
        return values, values
    return table[f"{name}_low"].to_numpy(np.float64), table[f"{name}_high"].to_numpy(np.float64)


def _varied(state: ScanState) -> list[str]:
    return [axis.name for axis in state.axes]


def _value(row: dict[Any, Any], name: str) -> str:
    """The value of a parameter or an objective of a set."""
    value = row[name]
    if value is None or value != value:  # NaN
        return DECLARED[name].none if name in DECLARED else "\u2013"
    return f"{value:#.3g}".rstrip(".") if isinstance(value, float) else str(value)


def _ends(lows: np.ndarray, highs: np.ndarray) -> tuple[float, float]:
    low, high = float(np.fmin.reduce(lows)), float(np.fmax.reduce(highs))
    if np.isnan(low):  # an objective that no set has, as the response of clusters where none was found
        return 0.0, 1.0
    room = 0.06 * (high - low) or 0.05
    return low - room, high + room


def tables(state: ScanState) -> str:
    """The chosen sets, those on the Pareto front first, with their parameters to copy, as HTML."""
    table = state.sets_table
    if not len(table):
        return f'<p class="hint">{escape(_waiting(state))}</p>'
    rank = np.lexsort((table["split_rate"], ~table["pareto"].to_numpy(bool)))
    rows = [k for k in rank if state.chosen_sets[k]]
    varied = _varied(state)
    heads = [title_of(name).partition(" in (")[0] for name in (*varied, *TITLES)]
    html = []
    for k in rows[:MOST_ROWS]:
        row = table.iloc[k].to_dict()
        mark = "\u25c6 " if row["pareto"] else ""
        cells = [_value(row, name) for name in varied]
        cells += [_with_interval(row, name) for name in TITLES]
        address = escape(link.of_set(state, state.restored[k]))
        html.append(
            f'<tr><th><a href="{address}" target="_blank">{mark}set {row["set"] + 1}</a></th>'
            + "".join(f"<td>{escape(minus(cell))}</td>" for cell in cells)
            + f"<td><details><summary>YAML</summary><pre>{escape(row['parameters'])}</pre></details></td>"
            + "</tr>"
        )
    front = int((table["pareto"].to_numpy(bool) & state.chosen_sets).sum())
    words = f"{thousands(len(rows))} sets chosen, {thousands(front)} of them \u25c6 not beaten by another one"
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    titles = f"<tr><th>as B</th>{head}<td></td></tr>"
    return f'<p class="hint">{words}.</p><table class="numbers">{titles}{"".join(html)}</table>'


def _with_interval(row: dict[Any, Any], name: str) -> str:
    """An objective of a set, with the interval if it has one; shares in %."""
    counts = {"split_rate": ("split", "particles"), "low_pt_efficiency": ("matched_low_pt", "low_pt")}
    if name not in counts:
        return _value(row, name)
    k, n = (int(row[column]) for column in counts[name])
    return share(k, n) if n else "\u2013"


def _axes(state: ScanState, x: str | int, y: str) -> tuple[str, str]:
    """Columns of the axes; a number is that of a varied parameter, the last one if there are fewer."""
    return (x if isinstance(x, str) else _varied(state)[min(x, len(state.axes) - 1)]), y


def _plot(x: str | int, y: str) -> Plot:
    """A plot of an objective against another one, or against the varied parameter of a number."""
    name = f"parameter-{x + 1}" if isinstance(x, int) else x
    return Plot(
        name=f"scan-{name}-{y}".replace("_", "-"),
        title=TITLES[y][0].upper() + TITLES[y][1:],
        layers=("errors", "areas", "lines", "dots"),
        make=lambda state: scatter(state, _axes(state, x, y)),
        follows=("sets_table", "chosen_sets", "axes", "set_b"),
        brush=lambda state: _axes(state, x, y),
        words=lambda state: "orange: not beaten; click: set as B",
    )


def _how_many(state: ScanState) -> str:
    n, wanted = len(state.sets_table), state.wanted
    sets = f"{n} of {wanted} sets" if n < wanted else f"{wanted} sets"
    return f"{sets}, on the first {thousands(MOST_EVENTS)} events at most"


SCAN = Study(
    title="Scan",
    no_older=NO_SCAN,
    state=ScanState,
    html=tables,
    events=False,
    controls=(),
    sidebar=ScanControls,
    follows=("sets_table", "chosen_sets"),
    plots=(
        Plot(
            name="scan-parallel",
            title="Sets of parameters",
            layers=("lines",),
            make=parallel,
            follows=("sets_table", "chosen_sets", "axes", "wanted"),
            words=_how_many,
        ),
        _plot("low_pt_efficiency", "split_rate"),
        _plot("leading_pt_effective_rms", "split_rate"),
        _plot(0, "split_rate"),
        _plot(1, "leading_pt_effective_rms"),
        _plot("seeds_per_event", "low_pt_efficiency"),
    ),
)
