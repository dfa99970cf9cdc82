"""The page of the response: what was found of the energy or pt of generated particles."""

from dataclasses import replace

import numpy as np
import pandas as pd

from ....studies.measures import Summary, summary
from ....studies.profiles import VARIABLES
from ....studies.response import NORMS, QUANTITIES, RESIDUALS, bin_numbers
from ...figures.picture import Area, Density, Picture, from_zero, points
from ...state.response import ResponseState
from ..shared.words import thousands
from . import distributions, older
from .drawn import FAINT, MARKERS, Plot, Study, colour_of, name_of, waiting_for

TITLES = {name: RESIDUALS[name].title for name in NORMS}
OLDER = "over all clusters, as the older pages (B8)"
FEW = 3000  # particles that are drawn one by one


def title(state: ResponseState) -> str:
    """Title of the axis of the response."""
    return TITLES[state.norm]


def density(state: ResponseState) -> Picture:
    """Response against the variable, of the first series."""
    low, high = state.limits
    variable = VARIABLES[state.against]
    frame = Picture(
        x=variable.title, y=title(state), y_range=(low, high), empty=waiting_for(state), levels=(1.0,)
    )
    x, values = state.positions[0], state.values[0]
    one = state.series[0]
    if not len(x):
        return frame
    x, values, chosen = (each[np.isfinite(values)] for each in (x, values, one.chosen))
    outside = int(((values < low) | (values > high)).sum())
    notes = [f"{thousands(outside)} above or below the axis"] if outside else []
    ends = (float(x.min()), float(x.max())) if len(x) else (0.0, 1.0)
    room = 0.015 * (ends[1] - ends[0]) or 0.5  # dots at the ends are not cut by the frame
    frame = replace(frame, x_range=(ends[0] - room, ends[1] + room), notes=tuple(notes))
    if len(x) > FEW:
        across, up = np.linspace(*ends, 91), np.linspace(low, high, 61)
        # Not Datashader: the bins are fixed, as the download has their numbers, so they are not refined on
        # zoom; it takes as long (4 ms for 100 000 particles), and a second to compile the first time.
        counts = _counts(values[chosen], x[chosen], up, across)
        return replace(frame, density=Density(across, up, counts), table=_long(across, up, counts))
    table = pd.DataFrame({"x": x, "y": values})
    dots = table.assign(colour=np.where(chosen, colour_of(one), "line"), text=[""] * len(x))
    return replace(frame, dots=dots, table=table.assign(chosen=chosen))


def _long(across: np.ndarray, up: np.ndarray, counts: np.ndarray) -> pd.DataFrame:
    y, x = np.nonzero(counts)
    found = {"x_low": across[x], "x_high": across[x + 1], "y_low": up[y], "y_high": up[y + 1]}
    return pd.DataFrame(found | {"particles": counts[y, x].astype(np.int64)})


def histogram(state: ResponseState) -> Picture:
    """Distribution of the response."""
    edges = np.linspace(state.limits[0], state.limits[1], distributions.BINS + 1)
    return distributions.histogram(state, state.values, edges, title(state))


def _marks(
    state: ResponseState, chosen: list[pd.DataFrame], every: list[pd.DataFrame], of: tuple[str, ...]
) -> pd.DataFrame:
    """Points of some columns of tables in bins, with those of all particles behind the chosen ones."""
    if not state.ranges or every is chosen:
        return distributions.in_bins(state, chosen, of)
    behind = distributions.in_bins(state, every, of, FAINT)
    return pd.concat([behind, distributions.in_bins(state, chosen, of)], ignore_index=True)


def _in_bins(state: ResponseState, of: tuple[str, ...], y: str, levels: tuple[float, ...] = ()) -> Picture:
    marks = _marks(state, state.chosen_profiles, state.profiles, of)
    return Picture(
        x=VARIABLES[state.against].title, y=y, marks=marks, levels=levels, empty=waiting_for(state)
    )


def scale(state: ResponseState) -> Picture:
    """Mean and median in bins."""
    return _with_older(state, _in_bins(state, ("mean", "median"), title(state), (1.0,)), "mean")


def width(state: ResponseState) -> Picture:
    """RMS and effective RMS in bins."""
    picture = _in_bins(state, ("effective_rms", "rms"), f"width / mean, {title(state)}")
    return _from_zero(_with_older(state, picture, "rms"))


def _from_zero(picture: Picture) -> Picture:
    """A picture of widths, which are not negative, even if they are known badly."""
    highest = picture.marks["high"].max() if len(picture.marks) else 1.0
    return replace(picture, y_range=from_zero(float(highest)))


def _with_older(state: ResponseState, picture: Picture, column: str) -> Picture:
    """A picture with the number that the older pages draw, of all clusters."""
    tables = [
        points(f"{name_of(one, state)}, {OLDER}", table, column, colour_of(one), marker="diamond", alpha=0.6)
        for one, table in zip(state.limited, state.older_profiles, strict=True)
        if len(table)
    ]
    if not tables:
        return picture
    note = f"diamond: {column.upper() if column == 'rms' else column} {OLDER}"
    marks = pd.concat([*tables, picture.marks], ignore_index=True)
    return replace(picture, marks=marks, notes=(*picture.notes, note))


def gaussianity(state: ResponseState) -> Picture:
    """Gaussianity in bins."""
    return _in_bins(state, ("gaussianity",), "|RMS \u2212 effective RMS| / RMS")


def by_radius(state: ResponseState) -> Picture:
    """Mean and effective RMS against the radius."""
    found = state.at_radii
    marks = _marks(state, found, found, ("mean",))
    empty = waiting_for(state) or ("" if len(marks) else "Waiting for the radii \u2026")
    return Picture(
        x="radius of clusters in (x/z, y/z)",
        y=f"mean of {title(state)}",
        marks=marks,
        levels=(1.0,),
        empty=empty,
    )


def width_by_radius(state: ResponseState) -> Picture:
    """RMS and effective RMS against the radius."""
    found = state.at_radii
    marks = _marks(state, found, found, ("effective_rms", "rms"))
    empty = waiting_for(state) or ("" if len(marks) else "Waiting for the radii \u2026")
    picture = Picture(
        x="radius of clusters in (x/z, y/z)", y=f"width / mean, {title(state)}", marks=marks, empty=empty
    )
    return _from_zero(picture)


def _counts(x: np.ndarray, y: np.ndarray, x_edges: np.ndarray, y_edges: np.ndarray) -> np.ndarray:
    """Numbers in bins of both, shape (n_x, n_y): as `np.histogram2d`, in half the time."""
    across, up = bin_numbers(x, x_edges), bin_numbers(y, y_edges)
    shape = len(x_edges) - 1, len(y_edges) - 1
    inside = (across >= 0) & (across < shape[0]) & (up >= 0) & (up < shape[1])
    return np.bincount(across[inside] * shape[1] + up[inside], minlength=shape[0] * shape[1]).reshape(shape)


def violins(state: ResponseState) -> Picture:
    """Distributions of the response in bins, with the median and the central 68 %."""
    low, high = state.limits
    edges = np.linspace(low, high, 41)
    centre = (edges[1:] + edges[:-1]) / 2
    areas, outside = [], 0
    n = len(state.series)
    ends = [float(end) for bins in state.edges if len(bins) for end in bins[[0, -1]]]
    for k, (one, x, values) in enumerate(zip(state.series, state.positions, state.values, strict=True)):
        bins = state.edges[k]
        outside += int(((values < low) | (values > high)).sum())
        if len(bins) < 2:
            continue
        x, values = x[one.chosen], values[one.chosen]
        counts = _counts(x, values, bins, edges)
        widest = 1.5 * float(np.median(np.diff(bins)))
        for left, right, column in zip(bins[:-1], bins[1:], counts, strict=True):
            if not column.any():
                continue
            half = 0.46 * min(right - left, widest) / n
            at = left + (right - left) * (2 * k + 1) / (2 * n)
            reach = half * column / column.max()
            some = np.flatnonzero(column)
            part = slice(max(some[0] - 1, 0), some[-1] + 2)
            outline = np.concatenate([at - reach[part], (at + reach[part])[::-1]])
            areas.append(Area(outline, np.concatenate([centre[part], centre[part][::-1]]), colour_of(one)))
    tables = [
        points(
            name_of(one, state),
            table.assign(median_low=table["q16"], median_high=table["q84"]).drop(columns="median_error"),
            "median",
            colour_of(one),
            size=5.0,
            marker=MARKERS[one.which],
        )
        for one, table in zip(state.series, state.chosen_profiles, strict=True)
        if len(table)
    ]
    for k, table in enumerate(tables):
        bins = table["x_high"] - table["x_low"]
        at = table["x_low"] + bins * (2 * k + 1) / (2 * n)
        tables[k] = table.assign(x=at, x_low=at, x_high=at)
    return Picture(
        x=VARIABLES[state.against].title,
        y=title(state),
        areas=tuple(areas),
        marks=pd.concat(tables, ignore_index=True) if tables else Picture(x="", y="").marks,
        x_range=(min(ends), max(ends)) if ends else None,
        y_range=(low, high),
        notes=(f"{thousands(outside)} above or below the axis",) if outside else (),
        levels=(1.0,),
        empty=waiting_for(state),
    )


COLUMNS = ("particles", "mean", "median", "RMS / mean", "effective RMS / mean", "Gaussianity", "16 % to 84 %")


def numbers(state: ResponseState) -> list[tuple[str, str, list[str]]]:
    """Numbers of each series."""
    rows = []
    for one, found in zip(state.series, state.summaries, strict=True):
        if not found.n:
            continue
        rows.append((name_of(one, state), colour_of(one), _cells(found)))
        clusters = state.older_clusters(one)
        if len(clusters):
            older = summary(state.older_values(clusters), legacy=True)
            rows.append(
                (f"{name_of(one, state)}, older: all clusters (B8, B13)", colour_of(one), _cells(older))
            )
    return rows


def _cells(found: Summary) -> list[str]:
    return [
        *summary_cells(found),
        pm(found.gaussianity, found.gaussianity_error),
        f"{found.q16:.3f} to {found.q84:.3f}",
    ]


def summary_cells(found: Summary) -> list[str]:
    """Number of particles, mean, median, RMS and effective RMS, as cells of a table."""
    return [
        thousands(found.n),
        pm(found.mean, found.mean_error),
        pm(found.median, found.median_error),
        pm(found.rms, found.rms_error),
        pm(found.effective_rms, found.effective_rms_error),
    ]


def pm(value: float, error: float) -> str:
    """A value and its uncertainty with two digits of it; a dash for NaN.

    Examples
    --------
    >>> pm(0.94873, 0.00123), pm(0.5, float("nan"))
    ('0.9487 \u00b1 0.0012', '0.5')
    """
    if not np.isfinite(value):
        return "\u2013"
    if not np.isfinite(error) or error <= 0:
        return f"{value:.4g}"
    digits = max(0, 1 - int(np.floor(np.log10(error))))
    return f"{value:.{digits}f} \u00b1 {error:.{digits}f}"


_AGAINST = ("against", "quantity", "norm")
_PROFILES = ("chosen_profiles", "profiles", "older_profiles", *_AGAINST)
RESPONSE = Study(
    title="Response",
    older=older.RESPONSE,
    kinds=("radii",),
    state=ResponseState,
    columns=COLUMNS,
    numbers=numbers,
    follows=("summaries", "older_profiles"),
    plots=(
        Plot(
            name="response-density",
            title="Particles",
            layers=("density", "areas", "lines", "dots"),
            make=density,
            follows=("series", "values", "positions", *_AGAINST),
            brush=lambda state: (state.against, "response"),
            words=lambda state: f"{QUANTITIES[state.quantity]} \u00b7 {name_of(state.series[0], state)}",
        ),
        Plot(
            name="response-histogram",
            title="Distribution",
            layers=("areas", "lines", "errors"),
            make=histogram,
            follows=("series", "values", "quantity", "norm"),
            brush=lambda state: ("response", ""),
            words=lambda state: QUANTITIES[state.quantity],
        ),
        Plot(
            name="response-violins",
            title="Violins",
            layers=("areas", "lines", "errors", "marks"),
            make=violins,
            follows=_PROFILES,
            words=lambda state: "point: median, bar: 16 % to 84 %",
        ),
        Plot(
            name="response-scale",
            title="Scale",
            layers=("areas", "lines", "errors", "marks"),
            make=scale,
            follows=_PROFILES,
            brush=lambda state: (state.against, ""),
            words=lambda state: "filled: mean, cross: median",
        ),
        Plot(
            name="response-width",
            title="Width",
            layers=("areas", "lines", "errors", "marks"),
            make=width,
            follows=_PROFILES,
            brush=lambda state: (state.against, ""),
            words=lambda state: "filled: effective RMS, cross: RMS",
        ),
        Plot(
            name="response-radius",
            title="Width against radius",
            layers=("lines", "errors", "marks"),
            make=width_by_radius,
            follows=("at_radii", "norm"),
            words=lambda state: "filled: effective RMS, cross: RMS",
            slow=True,
        ),
    ),
)
