"""The page of splits: which particles are found as two clusters, and at which threshold."""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from ....chain import ChainParameters
from ....chain.histogram import Binning
from ....studies.particles import IDENTITY
from ....studies.phases import N_PHI, N_RZ
from ....studies.profiles import shares as shares_in_bins
from ...figures.picture import Density, Picture
from ...link import study as link
from ...state.splits import SharesState, SplitsState
from ..shared.shares import share
from ..shared.words import thousands
from . import older, positions, shares
from .drawn import Plot, Study, colour_of, name_of, waiting_for

STEP_SIZE, MOST_LARGE = 9.0, 80  # of a dot that can be clicked; more of them are smaller
MOST_DOTS = 500  # steps that can be clicked: the first ones above and below the present threshold
SPLIT_PER_BIN, MOST_BINS = 5, 12  # split particles in a bin of the actual positions, on average


def steps(state: SharesState) -> Picture:
    """Split rate against the threshold; a click on a step opens the event that makes it."""
    picture = shares.against_threshold(state, "split")
    one, found = state.series[0], state.steps[0]
    if "split" not in found:
        return picture
    table = one.picked_of("thresholds")
    ranges = table[table["property"] == "split"]
    ends = [
        ranges.assign(at=ranges["from_threshold"], begins=True),
        ranges.assign(at=ranges["to_threshold"], begins=False),
    ]
    low, high = shares.RANGE
    changes = pd.concat(ends, ignore_index=True)
    changes = changes[(changes["at"] > low) & (changes["at"] <= high)]
    present = one.parameters.seed_threshold
    nearest = np.argsort(np.abs(changes["at"].to_numpy() - present), kind="stable")[:MOST_DOTS]
    changes = changes.iloc[np.sort(nearest)]
    where = np.where(changes["begins"], "from this threshold on", "below this threshold")
    at = changes["at"].to_numpy()
    y = found["split"].at(at) / max(found["split"].n, 1)
    thresholds = np.where(changes["begins"], at, at * (1 - 1e-9))
    urls = link.of_each_event(
        state, one.sample, changes["event"], changes["particle"], one.which, seed_thresholds=thresholds
    )
    text = [
        f"event {event}: split {words} of {threshold:.2f} mipT; click to open it"
        for event, words, threshold in zip(changes["event"], where, at, strict=True)
    ]
    dots = pd.DataFrame(
        {"x": at, "y": y, "colour": colour_of(one), "text": text, "url": urls, "size": STEP_SIZE}
    )
    if len(dots) > MOST_LARGE:
        dots["size"] = 5.0
    if not len(dots):
        return picture
    note = f"{thousands(len(dots))} steps can be clicked: \u25cf opens the event at that threshold"
    return replace(picture, dots=dots, notes=(note, *picture.notes))


def in_bins(state: SharesState, against: str) -> Picture:
    """Split rate in bins of a variable, and with `older` the one that the older pages have."""
    return older.splits_in_bins(state, shares.in_bins(state, "split", against), against)


def second_cluster(state: SharesState) -> Picture:
    """Share of the second cluster, and its distance from the first one."""
    one = state.series[0]
    frame = Picture(
        x="\u0394R of the second cluster in (\u03b7, \u03c6)",
        y="second cluster's share",
        x_range=(0.0, 0.2),
        y_range=(0.0, 0.52),
        levels=(0.1,),
        empty=waiting_for(state),
    )
    if not len(one.particles):
        return frame
    some = one.particles[["second_dr", "second_share", "event", *IDENTITY]]
    known = some["second_dr"].notna().to_numpy()
    table = some[known].assign(chosen=one.chosen[known])
    if not len(table):
        return replace(frame, empty="No particle has a second cluster near it.")
    if len(table) > MOST_DOTS:
        across, up = np.linspace(0, 0.2, 61), np.linspace(0, 0.52, 53)
        picked = table[table["chosen"]]
        counts = np.histogram2d(picked["second_share"], picked["second_dr"], (up, across))[0]
        return replace(frame, density=Density(across, up, counts), table=table)
    urls = link.of_each_event(state, one.sample, table["event"], table["particle"], one.which)
    dots = pd.DataFrame(
        {
            "x": table["second_dr"],
            "y": table["second_share"],
            "colour": np.where(table["chosen"], colour_of(one), "line"),
            "text": [f"event {event}; click to open it" for event in table["event"]],
            "url": urls,
            "size": STEP_SIZE - 2 if len(table) <= MOST_LARGE else 4.5,
        }
    )
    return replace(frame, dots=dots, notes=("above the line: split; a click opens the event",), table=table)


def phases(state: SplitsState, axis: str) -> Picture:
    """Split rate against the position of the particle in the bin: actual positions, and all positions."""
    return positions.along(state, axis, actual(state, positions.TITLES[axis]))


def actual(state: SplitsState, axis: str) -> Picture:
    """Split rate against the actual position of the particle in the bin."""
    tables = []
    for one in state.series:
        if len(one.particles):
            some = one.picked
            bins = int(np.clip(some["split"].sum() // SPLIT_PER_BIN, 3, MOST_BINS))
            edges = np.linspace(0, 1, bins + 1)
            table = shares_in_bins(phase(some, one.parameters, axis), some["split"].to_numpy(bool), edges)
            tables.append(shares.points(name_of(one, state), table, "share", colour_of(one)))
    marks = pd.concat(tables, ignore_index=True) if tables else Picture(x="", y="").marks
    return Picture(
        x=f"phase of the particle in the {axis} bin (0 to 1)",
        y="split rate",
        marks=marks,
        x_range=(0.0, 1.0),
        y_range=shares.share_range(marks),
        empty=waiting_for(state),
    )


def phase(particles: pd.DataFrame, parameters: ChainParameters, axis: str) -> np.ndarray:
    """Part of the bin that is below the particle along an axis, from 0 up to, without, 1."""
    binning = Binning.of(parameters.base, parameters.legacy)
    if axis == "\u03c6":
        values, edges = particles["gen_phi"].to_numpy(), binning.phi_edges
    else:
        values, edges = 1 / np.sinh(np.abs(particles["gen_eta"].to_numpy())), binning.rz_edges
    return (values - edges[0]) / np.diff(edges[:2])[0] % 1 % 1


COLUMNS = (
    "particles",
    "split",
    "split rate",
    "two or more clusters",
    "no cluster near",
    "exactly two in the event (older)",
    "phase-averaged split rate",
    "its precision is that of",
    "split in any position",
)


def numbers(state: SplitsState) -> list[tuple[str, str, list[str]]]:
    """Numbers of each series."""
    rows = []
    for one, showers in zip(state.series, state.showers, strict=True):
        n = int(one.chosen.sum())
        if not n:
            continue
        some = one.picked
        split = int(some["split"].sum())
        per_event = some.groupby(["file", "entry"])["n_clusters"].sum()
        cells = [
            thousands(n),
            thousands(split),
            share(split, n),
            share(int((some["n_near"] > 1).sum()), n),
            share(int((some["n_near"] == 0).sum()), n),
            share(int((per_event == 2).sum()), max(int((per_event > 0).sum()), 1)) + " (older: B20)",
            *positions.words_of_average(showers, n),
        ]
        rows.append((name_of(one, state), colour_of(one), cells))
    return rows


def split_first(particles: pd.DataFrame, values: np.ndarray) -> np.ndarray:
    """Order of the table of events: the split ones first, those in equal parts before the others."""
    return -particles["second_share"].fillna(0.0).to_numpy()


def _of_first(state: SplitsState) -> str:
    return name_of(state.series[0], state)


_MADE = ("series", "against")
_SHOWERS = ("showers",)
SPLITS = Study(
    title="Splits",
    older=older.SPLITS,
    kinds=("thresholds", "seedings", "positions"),
    state=SplitsState,
    follows=("series", "showers"),
    columns=COLUMNS,
    numbers=numbers,
    order=split_first,
    order_words="split in equal parts first",
    plots=(
        Plot(
            name="splits-threshold",
            title="Split rate against threshold",
            layers=("lines", "dots"),
            make=steps,
            follows=("steps",),
            slow=True,
        ),
        Plot(
            name="splits-eta",
            title="Split rate against |\u03b7|",
            layers=("areas", "lines", "errors", "marks"),
            make=partial(in_bins, against="abs_eta"),
            follows=_MADE,
            brush=lambda state: ("abs_eta", ""),
        ),
        Plot(
            name="splits-against",
            title="Split rate",
            layers=("areas", "lines", "errors", "marks"),
            make=lambda state: in_bins(state, state.against),
            follows=_MADE,
            brush=lambda state: (state.against, ""),
        ),
        Plot(
            name="splits-second",
            title="Second cluster",
            layers=("density", "areas", "lines", "dots"),
            make=second_cluster,
            follows=_MADE,
            brush=lambda state: ("second_dr", "second_share"),
            words=lambda state: "energy over that of all within 0.1 of the particle",
        ),
        Plot(
            name="splits-p",
            title="Split probability",
            layers=("lines", "errors"),
            make=positions.p_split,
            follows=_SHOWERS,
            words=lambda state: f"of each shower, in {N_RZ} \u00d7 {N_PHI} positions in its bin",
            slow=True,
        ),
        Plot(
            name="splits-seedings",
            title="Kernel and window",
            layers=("lines", "errors", "marks"),
            make=positions.seedings,
            follows=("seedings",),
            slow=True,
        ),
        Plot(
            name="splits-average",
            title="Phase-averaged split rate",
            layers=("areas", "lines", "errors", "marks"),
            make=partial(positions.averaged, against="abs_eta"),
            follows=_SHOWERS,
            brush=lambda state: ("abs_eta", ""),
            slow=True,
        ),
        Plot(
            name="splits-phi",
            title="Phase in the \u03c6 bin",
            layers=("lines", "errors", "marks"),
            make=partial(phases, axis="phi"),
            follows=_SHOWERS,
            slow=True,
        ),
        Plot(
            name="splits-rz",
            title="Phase in the R/z bin",
            layers=("lines", "errors", "marks"),
            make=partial(phases, axis="rz"),
            follows=_SHOWERS,
            slow=True,
        ),
        Plot(
            name="splits-bin",
            title="In the bin",
            layers=("shares", "lines", "dots"),
            make=positions.bin_map,
            follows=_SHOWERS,
            words=_of_first,
            slow=True,
        ),
        Plot(
            name="splits-wafer-all",
            title="On the wafer: all",
            layers=("density", "lines"),
            make=partial(positions.on_wafer, split=False),
            follows=_SHOWERS,
            words=lambda state: f"axis at the maximum, folded by 120\u00b0 \u00b7 {_of_first(state)}",
            slow=True,
        ),
        Plot(
            name="splits-wafer",
            title="On the wafer: split",
            layers=("shares", "lines", "dots"),
            make=partial(positions.on_wafer, split=True),
            follows=_SHOWERS,
            words=lambda state: f"folded by 120\u00b0; lines: trigger cells \u00b7 {_of_first(state)}",
            slow=True,
        ),
    ),
)
