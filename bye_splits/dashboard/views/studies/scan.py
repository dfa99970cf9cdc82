"""The page of a scan: many sets of parameters, what each gives, and which are not beaten."""

from functools import partial
from html import escape

import numpy as np
import pandas as pd

from ....studies.sample_scan import MOST_EVENTS, SETS
from ...figures.picture import Line, Picture
from ...link import study as link
from ...state.scan import ScanState
from ..shared.shares import share
from ..shared.words import thousands
from .drawn import Plot, Study

BEATEN, FRONT, FAINT = "#5588dd", "#ee7733", "line"
"""Colours of sets that are beaten, of those on the Pareto front, and of those outside the ranges."""

MOST_ROWS = 40  # of the table of sets
TITLES = {
    "seed_threshold": "seed threshold [mipT]",
    "radius": "radius in (x/z, y/z)",
    "split_rate": "split rate",
    "low_pt_efficiency": "efficiency, pT < 10 GeV",
    "efficiency": "efficiency",
    "leading_pt_effective_rms": "effective RMS / mean of pT",
    "leading_energy_mean": "mean of E / E(gen)",
    "seeds_per_event": "seeds / event",
}
"""Titles of the axes."""

PARALLEL = (
    "seed_threshold",
    "radius",
    "split_rate",
    "low_pt_efficiency",
    "leading_pt_effective_rms",
    "seeds_per_event",
)
"""Axes of the parallel coordinates."""

SHORT = ("threshold", "radius", "split rate", "low-pT eff.", "RMS(pT)", "seeds")
"""Their names below them."""


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
    frame = Picture(
        x="",
        y="from the lowest to the highest",
        x_range=(-0.3, len(PARALLEL) - 0.7),
        y_range=(-0.04, 1.04),
        ticks={float(k): name for k, name in enumerate(SHORT)},
        empty=_waiting(state),
    )
    if not len(table):
        return frame
    values = table[list(PARALLEL)].to_numpy(np.float64)
    low, high = np.nanmin(values, axis=0), np.nanmax(values, axis=0)
    shares = (values - low) / np.where(high > low, high - low, 1)
    x = np.arange(len(PARALLEL), dtype=float)
    colours = _colours(state)
    order = np.argsort([(FAINT, BEATEN, FRONT).index(colour) for colour in colours], kind="stable")
    alphas = {FAINT: 0.5, BEATEN: 0.45, FRONT: 0.95}
    lines = tuple(
        Line(x, shares[k], colours[k], alphas[colours[k]], 1.6 if colours[k] == FRONT else 1.0) for k in order
    )
    across = tuple(Line(np.full(2, at), np.array([0.0, 1.0]), "faint", 0.6) for at in x)
    notes = tuple(f"{name} {a:.3g} to {b:.3g}" for name, a, b in zip(SHORT, low, high, strict=True))
    return Picture(**vars(frame) | {"lines": (*across, *lines), "notes": notes, "table": _plain(state)})


def _plain(state: ScanState) -> pd.DataFrame:
    return state.sets_table.drop(columns="parameters").assign(chosen=state.chosen_sets)


def scatter(state: ScanState, x: str, y: str) -> Picture:
    """A point per set; a click shows it as B in the display."""
    table = state.sets_table
    frame = Picture(x=TITLES[x], y=TITLES[y], empty=_waiting(state))
    if not len(table):
        return frame
    text = [
        f"{one.kernel} kernel, {one.seed_threshold:g} mipT, radius {one.radius:g}: split rate "
        f"{share(int(row.split), int(row.particles))}; click to show it as B"
        for one, row in zip(state.restored, table.itertuples(), strict=True)
    ]
    urls = [link.of_set(state, one) for one in state.restored]
    dots = pd.DataFrame({"x": table[x], "y": table[y], "colour": _colours(state), "text": text, "url": urls})
    dots = dots.iloc[np.argsort(state.chosen_sets, kind="stable")]
    ends = [_ends(table[name].to_numpy(np.float64)) for name in (x, y)]
    return Picture(
        **vars(frame) | {"dots": dots, "x_range": ends[0], "y_range": ends[1], "table": _plain(state)}
    )


def _ends(values: np.ndarray) -> tuple[float, float]:
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    room = 0.06 * (high - low) or 0.05
    return low - room, high + room


def tables(state: ScanState) -> str:
    """The chosen sets, those on the Pareto front first, with their parameters to copy, as HTML."""
    table = state.sets_table
    if not len(table):
        return f'<p class="hint">{escape(_waiting(state))}</p>'
    rank = np.lexsort((table["split_rate"], ~table["pareto"].to_numpy(bool)))
    rows = [k for k in rank if state.chosen_sets[k]]
    head = "".join(f"<th>{escape(TITLES[name].partition(' in (')[0])}</th>" for name in PARALLEL)
    html = []
    for k in rows[:MOST_ROWS]:
        row = table.iloc[k]
        mark = "\u25c6" if row["pareto"] else ""
        cells = "".join(f"<td>{row[name]:.3g}</td>" for name in PARALLEL)
        address = escape(link.of_set(state, state.restored[k]))
        yaml = escape(row["parameters"])
        html.append(
            f'<tr><th><a href="{address}" target="_blank">{mark} {row["kernel"]}</a></th>{cells}'
            f"<td><details><summary>YAML</summary><pre>{yaml}</pre></details></td></tr>"
        )
    front = int((table["pareto"].to_numpy(bool) & state.chosen_sets).sum())
    words = f"{thousands(len(rows))} sets chosen, {thousands(front)} of them \u25c6 not beaten by another one"
    titles = f"<tr><th>as B</th>{head}<th></th></tr>"
    return f'<p class="hint">{words}.</p><table class="numbers">{titles}{"".join(html)}</table>'


def _plot(x: str, y: str) -> Plot:
    return Plot(
        name=f"scan-{x}-{y}".replace("_", "-"),
        title=TITLES[y][0].upper() + TITLES[y][1:].partition(" / mean")[0],
        layers=("areas", "lines", "dots"),
        make=partial(scatter, x=x, y=y),
        follows=("sets_table", "chosen_sets", "set_b"),
        brush=lambda state: (x, y),
        words=lambda state: "orange: not beaten; a click shows a set as B",
    )


SCAN = Study(
    title="Scan",
    state=ScanState,
    html=tables,
    events=False,
    follows=("sets_table", "chosen_sets"),
    plots=(
        Plot(
            name="scan-parallel",
            title="Sets of parameters",
            layers=("lines",),
            make=parallel,
            follows=("sets_table", "chosen_sets"),
            words=lambda state: (
                f"{len(state.sets_table)} of {SETS}, on the first {MOST_EVENTS} events at most"
            ),
        ),
        _plot("low_pt_efficiency", "split_rate"),
        _plot("leading_pt_effective_rms", "split_rate"),
        _plot("seed_threshold", "split_rate"),
        _plot("radius", "leading_pt_effective_rms"),
        _plot("seeds_per_event", "low_pt_efficiency"),
    ),
)
