"""The page of pile-up: what it adds in clusters, spectra and spread, without and with it."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from ....studies.profiles import Counts
from ...figures.picture import Line, Picture, points, stairs
from ...state.pileup import PileupState
from ..shared.words import thousands
from . import older, showers
from .distributions import BINS
from .drawn import DASHES, Plot, Study, colour_of, name_of, waiting_for
from .pileup_controls import PileupControls
from .response import pm, title

DASH = {"matched": "solid", "not matched": "dotted"}
"""How clusters matched to a particle, and the others, are drawn."""

AXES: dict[str, tuple[str, np.ndarray, Callable[[pd.DataFrame], pd.Series]]] = {
    "energy": ("E of the cluster [GeV]", np.geomspace(1.0, 2000.0, 41), lambda table: table["energy"]),
    "pt": ("pT of the cluster [GeV]", np.geomspace(0.5, 300.0, 41), lambda table: table["pt"]),
    "abs_eta": ("|\u03b7| of the cluster", np.linspace(1.4, 3.1, 35), lambda table: table["eta"].abs()),
}
"""Title, edges of the bins and values of each spectrum."""

THRESHOLDS = np.linspace(0.5, 60.0, 120)  # GeV


def spectrum(state: PileupState, of: str) -> Picture:
    """Clusters per event in bins of a quantity: those matched to a particle, and the others."""
    x, edges, values_of = AXES[of]
    lines, tables, notes = [], [], []
    for one in state.clusters:
        values, name = values_of(one.table).to_numpy(np.float64), name_of(one.series, state)
        for part, dash in DASH.items():
            counted = Counts.of(values[one.matched == (part == "matched")], edges)
            y, error = counted.counts / one.events, np.sqrt(counted.counts) / one.events
            lines.append(Line(*stairs(edges, y), colour_of(one.series), dash=dash))
            rows = pd.DataFrame({"low": edges[:-1], "high": edges[1:], "y": y, "y_error": error})
            tables.append(points(f"{name}, {part}", rows[y > 0], "y", colour_of(one.series), alpha=0.7))
            if counted.under or counted.over:
                out = f"{thousands(counted.under)} below, {thousands(counted.over)} above"
                notes.append(f"{name}, {part}: {out}")
    own, outside = older.file_spectrum(state, edges, values_of)
    lines, notes = [*lines, *own], [*outside, *notes]
    ends, scale = (edges[0], edges[-1]), "log y" if of == "abs_eta" else "log x, y"
    return _picture(state, lines, tables, notes, x=x, y="clusters / event", x_range=ends, scale=scale)


def _picture(
    state: PileupState,
    lines: list[Line],
    tables: list[pd.DataFrame],
    notes: list[str],
    *,
    x: str,
    y: str,
    x_range: tuple[float, float],
    scale: str = "log y",
) -> Picture:
    """Lines with the uncertainties of points at the middle of their bins; zeros are below the axis.

    `scale` names the axes that are logarithmic: "log x, y", "log y" or "".
    """
    log = scale != ""
    marks = pd.concat(tables, ignore_index=True) if tables else Picture(x="", y="").marks
    middle = np.sqrt(marks["x_low"] * marks["x_high"]) if "x" in scale and len(marks) else marks["x"]
    low = marks["low"].where(marks["low"] > 0, marks["y"] / 3) if log else marks["low"]
    marks = marks.assign(x=middle, x_low=middle, x_high=middle, low=low)
    top = max([float(marks["high"].max()), *(float(line.y.max()) for line in lines)]) if len(marks) else 1.0
    bottom = float(marks["y"].min()) / 3 if len(marks) else 0.1
    floor = [replace(line, y=np.maximum(line.y, bottom / 10)) for line in lines] if log else lines
    return Picture(
        x=x,
        y=y,
        lines=tuple(floor),
        marks=marks,
        x_range=x_range,
        y_range=(bottom, 2 * top) if log else (0.0, 1.12 * top),
        notes=tuple(notes),
        empty=waiting_for(state) or ("" if tables else "Waiting for the clusters \u2026"),
    )


def per_event(state: PileupState) -> Picture:
    """Distribution of the number of clusters in an event."""
    numbers = [(one, one.table.groupby("entry").size().to_numpy()) for one in state.clusters]
    most = max([5, *(int(each.max(initial=0)) for _, each in numbers)])
    step = max(1, round(most / 60))
    edges = np.arange(-0.5, most + 2 * step + 0.5, step)
    every = [some if len(some) == one.events else [0] for one, some in numbers]  # events without clusters
    fewest = min((int(min(some, default=0)) for some in every), default=0)
    lines, tables, notes = [], [], []
    for one, some in numbers:
        counted = Counts.of(np.concatenate([some, np.zeros(one.events - len(some), dtype=int)]), edges)
        y, error = counted.counts / one.events, np.sqrt(counted.counts) / one.events
        lines.append(Line(*stairs(edges, y), colour_of(one.series), dash=DASHES[one.series.which]))
        rows = pd.DataFrame({"low": edges[:-1], "high": edges[1:], "y": y, "y_error": error})
        name = name_of(one.series, state)
        tables.append(points(name, rows[y > 0], "y", colour_of(one.series), alpha=0.7))
        notes.append(f"{name}: {thousands(one.events)} events")
    x_range = max(edges[0], fewest - 0.15 * (most - fewest)), edges[-1]
    labels = {"x": "clusters in the event", "y": "share of events"}
    return _picture(state, lines, tables, notes, **labels, x_range=x_range, scale="log y")


def rate(state: PileupState) -> Picture:
    """Clusters per event above a threshold of pT."""
    lines, tables = [], []
    for one in state.clusters:
        pt, name = one.table["pt"].to_numpy(np.float64), name_of(one.series, state)
        for part, dash in DASH.items():
            ordered = np.sort(pt[one.matched == (part == "matched")])
            k = len(ordered) - np.searchsorted(ordered, THRESHOLDS, side="right")
            y = k / one.events
            lines.append(Line(THRESHOLDS, y, colour_of(one.series), dash=dash))
            rows = pd.DataFrame(
                {"low": THRESHOLDS, "high": THRESHOLDS, "y": y, "y_error": np.sqrt(k) / one.events}
            )
            tables.append(points(f"{name}, {part}", rows[k > 0][::4], "y", colour_of(one.series), alpha=0.7))
    return _picture(
        state,
        lines,
        tables,
        [],
        x="threshold of pT [GeV]",
        y="clusters above it / event",
        x_range=(0.0, 60.0),
    )


def spread(state: PileupState) -> Picture:
    """Distribution of the response, normalised."""
    edges = np.linspace(state.limits[0], state.limits[1], BINS + 1)
    lines, tables, notes = [], [], []
    for one, values in zip(state.limited, state.values, strict=True):
        counted = Counts.of(values, edges)
        n = int(np.isfinite(values).sum())
        if not n:
            continue
        y, name = counted.counts / n, name_of(one, state)
        lines.append(Line(*stairs(edges, y), colour_of(one), dash=DASHES[one.which]))
        rows = pd.DataFrame(
            {"low": edges[:-1], "high": edges[1:], "y": y, "y_error": np.sqrt(counted.counts) / n}
        )
        tables.append(points(name, rows[y > 0], "y", colour_of(one), alpha=0.7))
        notes.append(f"{name}: {thousands(counted.under)} below, {thousands(counted.over)} above")
    labels = {"x": title(state), "y": "share of particles"}
    return _picture(state, lines, tables, notes, **labels, x_range=(edges[0], edges[-1]), scale="")


COLUMNS = (
    "events",
    "clusters / event",
    "not matched / event",
    "response, mean",
    "effective RMS / mean",
    "RMS / mean",
    *showers.ROWS,
)


def numbers(state: PileupState) -> list[tuple[str, str, list[str]]]:
    """Numbers of each series."""
    rows = []
    summaries = dict(zip((id(one) for one in state.limited), state.summaries, strict=True))
    for one in state.clusters:
        counts = [len(one.table), int((~one.matched).sum())]
        found = summaries[id(one.series)]
        cells = [
            thousands(one.events),
            *(pm(k / one.events, np.sqrt(k) / one.events) for k in counts),
            pm(found.mean, found.mean_error),
            pm(found.effective_rms, found.effective_rms_error),
            pm(found.rms, found.rms_error),
            *(
                showers.cells(state, one.series.which)
                if one.series.number
                else ["\u2013"] * len(showers.ROWS)
            ),
        ]
        rows.append((name_of(one.series, state), colour_of(one.series), cells))
    return rows


def _plot(name: str, title: str, make: Callable, words: str, log: bool = True) -> Plot:
    return Plot(
        name=f"pileup-{name}",
        title=title,
        layers=("lines", "errors"),
        make=make,
        follows=("clusters", "file_clusters") if name != "response" else ("values", "quantity", "norm"),
        words=lambda state: words,
        log_y=log,
        log_x=name in ("energy", "pt"),
    )


def _of_showers(name: str, title: str, make: Callable, words: str) -> Plot:
    return Plot(
        name=f"pileup-{name}",
        title=title,
        layers=("lines", "errors", "marks"),
        make=make,
        follows=("many", "against", "not_laid"),
        words=lambda state: words,
        slow=True,
    )


_SOLID = "solid: matched to a particle, dotted: the others"
PILEUP = Study(
    title="Pile-up",
    older=older.PILEUP,
    kinds=("clusters",),
    state=PileupState,
    overlay=True,
    sidebar=PileupControls,
    columns=COLUMNS,
    numbers=numbers,
    follows=("clusters", "summaries", "many", "one_shower"),
    plots=(
        _plot("events", "Clusters per event", per_event, "with or without a particle"),
        _plot("pt", "pT of clusters", partial(spectrum, of="pt"), _SOLID),
        _plot("rate", "Rate", rate, _SOLID),
        Plot(
            name="pileup-one-shower",
            title="One shower",
            layers=("lines", "errors"),
            make=showers.one_shower,
            follows=("one_shower", "not_laid"),
            words=showers.words_of_one,
            slow=True,
        ),
        _of_showers(
            "bias",
            "Bias, spread",
            showers.bias_and_spread,
            "filled: bias, cross: spread (\u03c3) of a shower",
        ),
        _of_showers(
            "split",
            "Split probability",
            showers.split_probability,
            "filled: any origin, cross: own energy",
        ),
        _plot("energy", "Energy of clusters", partial(spectrum, of="energy"), _SOLID),
        _plot("abs_eta", "|\u03b7| of clusters", partial(spectrum, of="abs_eta"), _SOLID),
        _plot("response", "Response", spread, "of the particles, normalised", log=False),
    ),
)
