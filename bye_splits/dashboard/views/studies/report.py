"""The chain report: responses, resolutions, seeds, regions and splits of both chains, or of A and B."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from ....studies.older import split_ratio
from ....studies.older_report import RESIDUALS as OLDER_RESIDUALS
from ....studies.older_report import older_profile, older_seeds, with_region
from ....studies.profiles import VARIABLES
from ....studies.report import MULTIPLICITIES
from ....studies.response import QUANTITIES, RESIDUALS
from ...figures.picture import Line, Picture, from_zero, points, stairs
from ...state.report import ReportState
from . import distributions, shares
from .drawn import MARKERS, SIZES, Plot, Study, colour_of, name_of, waiting_for
from .older import REPORT as OLDER
from .report_tables import tables

USUAL = {"energy": (0.0, 1.5), "pt": (0.0, 1.5), "eta": (-0.02, 0.02), "phi": (-0.02, 0.02)}
"""Limits of the axes before any particle is known."""

OLDER_OF_EVENT = "older: cluster of the highest energy in the endcap (B12), B beside A's rows (B21)"


def _older_values(state: ReportState, name: str) -> list[np.ndarray]:
    """A residual as the older report has it, of the endcaps with a cluster; ratios as ours."""
    one = 1.0 if RESIDUALS[name].ratio else 0.0
    return [
        table[OLDER_RESIDUALS[name]].to_numpy(np.float64) + one if len(table) else np.zeros(0)
        for table in state.older_events
    ]


def distribution(state: ReportState, name: str) -> Picture:
    """Distribution of a residual; the older report's is dotted."""
    residual = RESIDUALS[name]
    every = state.values[name]
    ends = distributions.limits(every, USUAL[name], 0.05 if residual.ratio else 0.0)
    edges = np.linspace(*ends, distributions.BINS + 1)
    picture = distributions.histogram(state, every, edges, residual.title)
    if not any(map(len, state.older_events)):
        return picture
    lines, outside = [], 0
    for one, values in zip(state.limited, _older_values(state, name), strict=True):
        counts = np.histogram(values, edges)[0]
        outside += len(values) - int(counts.sum())
        lines.append(Line(*stairs(edges, counts), colour_of(one), 0.8, 1.2, "dotted"))
    most = max(picture.y_range[1] if picture.y_range else 1.0, *(1.12 * float(one.y.max()) for one in lines))
    note = f"dotted, {OLDER_OF_EVENT}: {outside} outside the axis"
    return replace(picture, lines=(*picture.lines, *lines), y_range=(0.0, most), notes=(note, *picture.notes))


def _frame(
    state: ReportState,
    marks: pd.DataFrame,
    y: str,
    *,
    levels: tuple[float, ...] = (),
    notes: tuple[str, ...] = (),
    y_range: tuple[float, float] | None = None,
) -> Picture:
    """Points in bins of the variable on the x axis."""
    x, empty = VARIABLES[state.against].title, waiting_for(state)
    return Picture(x=x, y=y, marks=marks, levels=levels, notes=notes, y_range=y_range, empty=empty)


def _older_profiles(state: ReportState, name: str, column: str) -> pd.DataFrame:
    """Points of a column of the older report's numbers in bins, without uncertainties as it has none."""
    residual = RESIDUALS[name]
    parts = []
    for one, events in zip(state.limited, state.older_events, strict=True):
        if not len(events):
            continue
        found = older_profile(events, name, state.against)
        middle = found["mean"] + 1 if residual.ratio else 1.0
        value = found["std_eff"] / middle if column == "std_eff" else found[column] + residual.ratio
        table = found.assign(value=value, value_error=0.0)
        words = f"{name_of(one, state)}, {OLDER_OF_EVENT}"
        parts.append(points(words, table, "value", colour_of(one), marker="diamond", alpha=0.55))
    return pd.concat(parts, ignore_index=True) if parts else Picture(x="", y="").marks


def _with_older(picture: Picture, older: pd.DataFrame, note: str) -> Picture:
    if not len(older):
        return picture
    marks = pd.concat([older, picture.marks], ignore_index=True)
    return replace(picture, marks=marks, notes=(*picture.notes, note))


def scale(state: ReportState, name: str) -> Picture:
    """Mean and median of a residual in bins."""
    residual = RESIDUALS[name]
    marks = distributions.in_bins(state, state.profiles[name], ("mean", "median"))
    level = 1.0 if residual.ratio else 0.0
    picture = _frame(state, marks, residual.title, levels=(level,), notes=("filled: mean, cross: median",))
    older = _older_profiles(state, name, "mean")
    note = f"diamond: mean, {OLDER_OF_EVENT}, in ten equal bins (B14)"
    if len(older):  # a residual in phi that is not wrapped would leave no room for the others
        low, high = picture.ranges()[1]
        low, high = low - (high - low), high + (high - low)
        inside = older["y"].between(low, high)
        low, high = max(low, older["y"][inside].min()), min(high, older["y"][inside].max())
        own = picture.ranges()[1]
        room = 0.05 * (max(high, own[1]) - min(low, own[0]))
        picture = replace(picture, y_range=(min(low - room, own[0]), max(high + room, own[1])))
        note += f": {int((~inside).sum())} outside the axis" if not inside.all() else ""
    return _with_older(picture, older, note)


def resolution(state: ReportState, name: str) -> Picture:
    """Effective RMS and RMS of a residual in bins."""
    residual = RESIDUALS[name]
    y = f"width / mean, {residual.title}" if residual.ratio else f"width of {residual.title}"
    marks = distributions.in_bins(state, state.profiles[name], ("effective_rms", "rms"))
    highest = float(marks["high"].max()) if len(marks) else 1.0
    older = _older_profiles(state, name, "std_eff")
    if len(older):
        highest = max(highest, float(older["y"].max()))
    picture = _frame(
        state, marks, y, y_range=from_zero(highest), notes=("filled: effective RMS, cross: RMS",)
    )
    return _with_older(
        picture, older, f"diamond: effective RMS, {OLDER_OF_EVENT}, in ten equal bins (B13, B14)"
    )


def multiplicity(state: ReportState, names: tuple[str, ...], x: str) -> Picture:
    """Share of the particles with each number of something."""
    marks = []
    for one, table in zip(state.series, state.multiplicities, strict=True):
        for name, markers in zip(names, (MARKERS, distributions.HOLLOW), strict=False):
            if not len(table):
                continue
            some = table[table[f"{name}_k"] > 0]
            some = some.assign(low=some["number"] - 0.5, high=some["number"] + 0.5)
            words = f"{name_of(one, state)}, {MULTIPLICITIES[name]}"
            style = {"marker": markers[one.which], "size": SIZES[one.which]}
            marks.append(points(words, some, name, colour_of(one), **style))
    whole = pd.concat(marks, ignore_index=True) if marks else Picture(x="", y="").marks
    most = max([2.0, *whole["x_high"]])
    numbers = range(int(most) + 1)
    return Picture(
        x=x,
        y="share of the particles",
        marks=whole,
        x_range=(-0.6 - 0.015 * most, most + 0.1 + 0.015 * most),
        ticks={float(k): str(k) for k in numbers} if most < 13 else {},
        notes=("filled: seeds, cross: searched regions",) if len(names) > 1 else (),
        empty=waiting_for(state),
    )


def _older_means(state: ReportState, column: str) -> pd.DataFrame:
    parts = []
    for one, events in zip(state.limited, state.older_events, strict=True):
        if len(events) and len(with_region(events)):
            found = older_seeds(events, state.against)
            table = found.assign(value=found[column], value_error=0.0)
            words = f"{name_of(one, state)}, older: of endcaps with a region and a cluster"
            parts.append(points(words, table, "value", colour_of(one), marker="diamond", alpha=0.55))
    return pd.concat(parts, ignore_index=True) if parts else Picture(x="", y="").marks


OLDER_OF_REGION = (
    "diamond, older: of endcaps with a region and a cluster alone (B17, B18), B beside A's rows (B21)"
)


def mean_numbers(state: ReportState) -> Picture:
    """Mean numbers of seeds and regions in bins."""
    marks = distributions.in_bins(state, state.seeding_in_bins, ("n_seeds", "n_regions"))
    picture = _frame(
        state,
        marks,
        "mean number per endcap",
        levels=(1.0,),
        notes=("filled: seeds, cross: searched regions",),
    )
    return _with_older(picture, _older_means(state, "nseeds"), f"{OLDER_OF_REGION}: seeds")


def _shares(
    state: ReportState,
    names: tuple[str, ...],
    y: str,
    older: str = "",
    level: tuple[float, ...] = (),
    note: str = "",
) -> Picture:
    """Shares in bins."""
    marks = distributions.in_bins(state, state.seeding_in_bins, names)
    before = _older_means(state, older) if older else marks[:0]
    every = pd.concat([before, marks], ignore_index=True) if len(before) else marks
    picture = _frame(
        state, marks, y, y_range=shares.share_range(every), levels=level, notes=(note,) if note else ()
    )
    return _with_older(picture, before, OLDER_OF_REGION)


_OF_CLUSTER = "filled: of all, cross: given a cluster"


def splits(state: ReportState) -> Picture:
    """Split rate in bins; the older ratio, which has no bins, as lines."""
    picture = _shares(state, ("split_rate", "split_rate_given_cluster"), "split rate", note=_OF_CLUSTER)
    lines = []
    for one, events in zip(state.limited, state.older_events, strict=True):
        if len(events):
            ratio = split_ratio(events["nclusters"].to_numpy())
            ends = np.array([picture.marks["x_low"].min(), picture.marks["x_high"].max()])
            lines.append(Line(ends, np.full(2, ratio), colour_of(one), 0.8, 1.2, "dotted"))
    if not lines or not len(picture.marks):
        return picture
    low, high = picture.y_range or (0.0, 1.0)
    high = max(high, *(1.1 * float(line.y.max()) for line in lines))
    note = "dotted, older: endcaps with exactly two clusters, of those with any (B20); B's are A's (B22)"
    return replace(picture, lines=tuple(lines), y_range=(low, high), notes=(*picture.notes, note))


def without_seeds_first(particles: pd.DataFrame, values: np.ndarray) -> np.ndarray:
    """Order of the table of events: those without a seed first, then the split ones."""
    return np.where(particles["n_seeds"] == 0, -1.0, -particles["second_share"].fillna(0.0))


_POINTS = ("areas", "lines", "errors", "marks")
_FOLLOWED = ("profiles", "seeding_in_bins", "multiplicities", "older_events", "against", "quantity")


def _of_residual(name: str) -> tuple[Plot, ...]:
    """The three plots of a residual."""
    residual = RESIDUALS[name]
    title = residual.label[0].upper() + residual.label[1:] if len(residual.label) > 2 else residual.label
    made = (
        ("distribution", title, distribution, ("lines", "errors")),
        ("scale", f"{title}: {'scale' if residual.ratio else 'shift'}", scale, _POINTS),
        ("resolution", f"{title}: resolution", resolution, _POINTS),
    )
    return tuple(
        Plot(
            name=f"report-{name}-{kind}",
            title=head,
            layers=layers,
            make=partial(make, name=name),
            follows=("values", *_FOLLOWED),
            brush=None if kind == "distribution" else lambda state: (state.against, ""),
            words=lambda state: QUANTITIES[state.quantity if residual.ratio else "leading"],
            slow=name != "energy",
        )
        for kind, head, make, layers in made
    )


def _of_seeds(
    name: str,
    title: str,
    make: Callable[[ReportState], Picture],
    words: str = "",
    in_bins: bool = True,
) -> Plot:
    return Plot(
        name=f"report-{name}",
        title=title,
        layers=_POINTS,
        make=make,
        follows=_FOLLOWED,
        brush=(lambda state: (state.against, "")) if in_bins else None,
        words=lambda state: words,
        log_y=not in_bins,
        slow=True,
    )


_N_SEEDS = partial(multiplicity, names=("n_seeds", "n_regions"), x="seeds, searched regions per endcap")
_N_CLUSTERS = partial(multiplicity, names=("n_near",), x="clusters within 0.1 of the particle")
_EFFICIENCY = partial(
    _shares,
    names=("seeding_efficiency", "seeding_efficiency_given_region"),
    y="seeding efficiency",
    older="has_seeds",
    level=(1.0,),
    note="filled: of all, cross: given a region",
)
_FEWER = partial(_shares, names=("fewer_seeds_than_regions",), y="share, given a region", older="less_seeds")
REPORT = Study(
    title="Report",
    kinds=(),
    state=ReportState,
    html=tables,
    controls=("against", "quantity"),
    older=OLDER,
    with_b=True,
    follows=("summaries", "seeding", "pairs", *_FOLLOWED),
    order=without_seeds_first,
    order_words="without a seed first, then those split in equal parts",
    plots=(
        *(plot for name in RESIDUALS for plot in _of_residual(name)),
        _of_seeds("seeds", "Seeds and regions", _N_SEEDS, in_bins=False),
        _of_seeds("mean-seeds", "Mean numbers", mean_numbers),
        _of_seeds("efficiency", "Seeding efficiency", _EFFICIENCY),
        _of_seeds("fewer-seeds", "Fewer seeds than regions", _FEWER),
        _of_seeds("splits", "Ratio of splits", splits),
        _of_seeds("clusters", "Clusters", _N_CLUSTERS, in_bins=False),
    ),
)
