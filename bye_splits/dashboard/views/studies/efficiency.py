"""The page of efficiencies: which particles are found at all, and how many of the clusters are theirs."""

from functools import partial

import numpy as np
import pandas as pd

from ....studies.profiles import VARIABLES
from ....studies.profiles import shares as shares_in_bins
from ...figures.picture import Picture, points
from ...state.splits import SharesState, has
from ..shared.shares import share
from ..shared.words import thousands
from . import older, shares
from .drawn import Plot, Study, colour_of, name_of, style_of, waiting_for


def in_bins(state: SharesState, against: str) -> Picture:
    """Efficiency in bins of a variable, and with `older` the purity that was called so."""
    picture = shares.in_bins(state, "matched", against)
    if not state.older:
        return picture
    older = _purity(state, against).assign(alpha=0.5, marker="x")
    older["series"] += ", as the older pages: matched clusters / clusters"
    marks = pd.concat([older, picture.marks], ignore_index=True)
    notes = ("crosses: matched clusters / clusters, the older efficiency (B4)",)
    return Picture(**vars(picture) | {"marks": marks, "y_range": shares.share_range(marks), "notes": notes})


def _purity(state: SharesState, against: str) -> pd.DataFrame:
    """Matched clusters over all clusters in bins of the particle that they belong to."""
    tables = []
    for one in state.limited:
        table = one.tables.get("clusters", pd.DataFrame())
        if not len(table) or (one.number, against) not in state.edges:
            continue
        table = table[table["gen_eta"].notna()]
        x = VARIABLES[against].of(table)
        found = shares_in_bins(x, table["matched"].to_numpy(bool), state.edges[one.number, against])
        tables.append(points(name_of(one, state), found, "share", colour_of(one), **style_of(one)))
    return pd.concat(tables, ignore_index=True) if tables else Picture(x="", y="").marks


def purity(state: SharesState) -> Picture:
    """Purity of the clusters in bins of the variable on the x axis."""
    marks = _purity(state, state.against)
    alone = sum(
        int(one.tables["clusters"]["gen_eta"].isna().sum())
        for one in state.limited
        if len(one.tables.get("clusters", ()))
    )
    empty = waiting_for(state) or ("" if len(marks) else "Waiting for the clusters \u2026")
    return Picture(
        x=VARIABLES[state.against].title,
        y="purity of clusters",
        marks=marks,
        y_range=shares.share_range(marks),
        levels=(1.0,),
        notes=(f"{thousands(alone)} clusters in endcaps without a particle are left out",) if alone else (),
        empty=empty,
    )


COLUMNS = (
    "particles",
    "with a matched cluster",
    "efficiency",
    "no cluster at all",
    "clusters",
    "purity of clusters",
)


def numbers(state: SharesState) -> list[tuple[str, str, list[str]]]:
    """Numbers of each series."""
    rows = []
    for one in state.series:
        n = int(one.chosen.sum())
        if not n:
            continue
        some = one.picked
        matched = int(has(some, "matched").sum())
        clusters = one.tables.get("clusters", pd.DataFrame())
        known = clusters[clusters["gen_eta"].notna()] if len(clusters) else clusters
        cells = [
            thousands(n),
            thousands(matched),
            share(matched, n),
            share(int((some["n_clusters"] == 0).sum()), n),
            thousands(len(known)) if len(clusters) else "\u2026",
            share(int(known["matched"].sum()), len(known)) if len(known) else "\u2026",
        ]
        rows.append((name_of(one, state), colour_of(one), cells))
    return rows


def unmatched_first(particles: pd.DataFrame, values: np.ndarray) -> np.ndarray:
    """Order of the table of events: those without a matched cluster first, then by distance."""
    return -particles["leading_dr"].fillna(np.inf).to_numpy()


def _plot(against: str, axis: str) -> Plot:
    return Plot(
        name=f"efficiency-{against}",
        title=f"Efficiency against {axis}",
        layers=("areas", "lines", "errors", "marks"),
        make=partial(in_bins, against=against),
        follows=("series",),
        brush=lambda state: (against, ""),
    )


EFFICIENCY = Study(
    title="Efficiency",
    older=older.EFFICIENCY,
    kinds=("radii", "thresholds", "clusters"),
    state=SharesState,
    columns=COLUMNS,
    numbers=numbers,
    order=unmatched_first,
    order_words="without a matched cluster first",
    plots=(
        _plot("energy", "E"),
        _plot("pt", "pT"),
        _plot("abs_eta", "|\u03b7|"),
        Plot(
            name="efficiency-radius",
            title="Efficiency against radius",
            layers=("lines", "errors", "marks"),
            make=shares.against_radius,
            follows=("at_radii",),
            slow=True,
        ),
        Plot(
            name="efficiency-threshold",
            title="Efficiency against threshold",
            layers=("lines",),
            make=partial(shares.against_threshold, name="matched"),
            follows=("steps",),
            slow=True,
        ),
        Plot(
            name="efficiency-purity",
            title="Purity of clusters",
            layers=("lines", "errors", "marks"),
            make=purity,
            follows=("limited", "against"),
            words=lambda state: "matched clusters / all clusters, whatever the boxes",
        ),
    ),
)
