"""The numbers of the older scripts and pages, by their own definitions, quirks included.

They are here to be compared with; ours are in `report`, `response` and `particles`, and docs/studies.md sets
them side by side. Each quirk is named where it is repeated.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from bye_splits.settings import Histogram

from .measures import effective_rms

RESPONSE_BINS = {
    "en": np.linspace(-0.2, 0.04, 51),
    "eta": np.linspace(-0.009, 0.009, 81),
    "phi": np.linspace(-0.009, 0.009, 51),
    "pt": np.linspace(-3, 3, 51),
}
"""Edges of the report's counts of responses; quirk: nearly all in pt fall into two bins."""

QUANTILES = {"q1": 0.15865, "q3": 0.84135}
N_BINS = 10  # of what was generated, in the report
MOST_BINS = 100  # of the efficiency page


def baseline(
    particles: pd.DataFrame, clusters: pd.DataFrame, selection: str, limits: Histogram | None = None
) -> np.ndarray:
    """The events that the older studies begin with.

    Parameters
    ----------
    particles, clusters : of the file, as of `Source.particles`; the latter are those of CMSSW, and clusters
        of the chain do not matter
    selection : "all", "splits_only", "no_splits" or "above_eta_X"
    limits : windows of eta and of the response in energy; None: the usual ones

    Returns
    -------
    int64 : entries, ascending

    Raises
    ------
    ValueError : another selection

    Notes
    -----
    Quirks: events without a cluster of CMSSW are left out; "splits_only" keeps events with one badly measured
    cluster, split or not, and "no_splits" asks all clusters to be well measured.
    """
    limits = limits or Histogram()
    rows = particles[["entry", "exeta", "energy"]].merge(clusters[["entry", "energy"]], on="entry")
    eta = rows["exeta"]
    if selection.startswith("above_eta_"):
        rows = rows[(eta > limits.eta_min) & (eta < limits.eta_max)]
        return np.unique(rows.loc[rows["exeta"] > float(selection[len("above_eta_") :]), "entry"])
    low, high = limits.eta_min, limits.eta_max
    if selection == "no_splits":
        low, high = max(low, limits.eta_min_strict), min(high, limits.eta_max_strict)
    rows = rows[(eta > low) & (eta < high)]
    response = (rows["energy_y"] / rows["energy_x"] - 1).fillna(1.1)
    of_event = response.groupby(rows["entry"])
    if selection == "all":
        kept = of_event.size() > 0
    elif selection == "splits_only":
        kept = of_event.min() < limits.resolution_splits
    elif selection == "no_splits":
        kept = of_event.min() > limits.resolution_no_splits
    else:
        raise ValueError(f"selection {selection!r}")
    return kept.index[kept.to_numpy()].to_numpy()


def cell_sums(cells: pd.DataFrame, event: np.ndarray, n_events: int) -> pd.DataFrame:
    """What all trigger cells of an event make: `en pt` [GeV], and `eta phi` as means weighted with pt.

    Parameters
    ----------
    cells : columns `energy pt eta phi`
    event : int64, shape (n_cells,), 0 to n_events - 1

    Notes
    -----
    Quirk: the mean of phi is wrong for showers at +-pi.
    """
    pt = cells["pt"].to_numpy(float)

    def total(values: np.ndarray) -> np.ndarray:
        return np.bincount(event, values, n_events)

    with np.errstate(invalid="ignore"):
        return pd.DataFrame(
            {
                "en": total(cells["energy"].to_numpy(float)),
                "eta": total(pt * cells["eta"].to_numpy(float)) / total(pt),
                "phi": total(pt * cells["phi"].to_numpy(float)) / total(pt),
                "pt": total(pt),
            }
        )


def event_table(
    generated: pd.DataFrame, clusters: pd.DataFrame, cells: pd.DataFrame | None = None
) -> pd.DataFrame:
    """The report's row of each event that has a cluster: generated, clusters, trigger cells and responses.

    Parameters
    ----------
    generated : a row per event, `entry gen_energy gen_eta gen_phi gen_pt_face`
    clusters : `entry energy pt eta phi`
    cells : as of `cell_sums`, indexed by entry; None: without their sums

    Returns
    -------
    DataFrame : indexed by entry; `gen...`, `tcall...`, `cl...` (each en, eta, phi, pt), responses
        `tcallres...` and `clres...`, and `nclusters`

    Notes
    -----
    Quirks: the cluster is that of the highest energy anywhere in the event, and its pt the highest of any;
    the response in phi is a difference that is not wrapped; events without clusters are absent.
    """
    of_event = clusters.groupby("entry")
    highest = clusters.loc[of_event["energy"].idxmax()].set_index("entry")
    highest["pt"] = of_event["pt"].max()
    entries = generated.loc[generated["entry"].isin(highest.index), "entry"].to_numpy()
    gen = generated.set_index("entry").loc[entries]
    table = pd.DataFrame(
        {
            "genen": gen["gen_energy"],
            "geneta": gen["gen_eta"],
            "genphi": gen["gen_phi"],
            "genpt": gen["gen_pt_face"],
        }
    )
    found = {} if cells is None else {"tcall": cells.loc[entries]}
    found["cl"] = highest.loc[entries].rename(columns={"energy": "en"})
    for series, values in found.items():
        for name in RESPONSE_BINS:
            table[f"{series}{name}"] = values[name]
            ratio = name in ("en", "pt")
            table[f"{series}res{name}"] = (
                values[name] / table[f"gen{name}"] - 1 if ratio else values[name] - table[f"gen{name}"]
            )
    return table.assign(nclusters=of_event.size().loc[entries])


def joined_by_row(default: pd.DataFrame, coarse: pd.DataFrame) -> pd.DataFrame:
    """Both chains' rows beside each other, as `..._def` and `..._cs`.

    Notes
    -----
    Quirk: the n-th row of the one is put beside the n-th of the other, though coarse seeding has fewer
    events: most rows are of two different events. `nclusters_cs` is that of the default chain.
    """
    same = ["gen", "tcall"]

    def own(table: pd.DataFrame) -> list[str]:
        return [name for name in table if not name.startswith(tuple(same))]

    left, right = default.reset_index(drop=True), coarse.reset_index(drop=True)
    both = pd.concat(
        [left[[name for name in left if name not in own(left)]], left[own(left)].add_suffix("_def")], axis=1
    )
    both = pd.concat([both, right[own(right)].add_suffix("_cs")], axis=1)
    return both.assign(nclusters_cs=both["nclusters_def"]) if "nclusters_def" in both else both


def counts(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Entries in bins that hold their upper edge, the first one its lower edge, too.

    Quirk: what is outside is dropped, in silence.
    """
    return np.bincount(_bin(values, edges, lowest=True) + 1, minlength=len(edges))[1:]


def equal_bins(values: np.ndarray) -> np.ndarray:
    """Edges of ten bins of one width, from the smallest to the largest value.

    Quirk: they move with the sample.
    """
    return np.linspace(values.min(), values.max(), N_BINS + 1)


def responses_in_bins(responses: np.ndarray, generated: np.ndarray, edges: np.ndarray) -> pd.DataFrame:
    """Responses in bins of what was generated: `median mean q1 q3 std std_eff size`.

    The deviations are not divided by the mean; `std_eff` is NaN for fewer than 4 values. Quirk: `size` counts
    NaN, too.
    """
    rows = []
    number = _bin(generated, edges, lowest=True)
    for k in range(len(edges) - 1):
        values = responses[number == k]
        there = values[~np.isnan(values)]
        rows.append(_statistics(there) | {"std_eff": effective_rms(there, legacy=True), "size": len(values)})
    return pd.DataFrame(rows)


def seeds_table(generated: pd.DataFrame, n_seeds: np.ndarray, n_regions: np.ndarray) -> pd.DataFrame:
    """The report's row of each event with regions and seeds in it: `gen...`, `nseeds`, `ncss` regions.

    Parameters
    ----------
    generated : as of `event_table`
    n_seeds, n_regions : of each of these events

    Notes
    -----
    Quirk: an event without a region, or without a cluster, is in no denominator.
    """
    table = pd.DataFrame(
        {
            "genen": generated["gen_energy"],
            "geneta": generated["gen_eta"],
            "genphi": generated["gen_phi"],
            "genpt": generated["gen_pt_face"],
            "nseeds": n_seeds,
            "ncss": n_regions,
        }
    )
    return table[table["ncss"] > 0].reset_index(drop=True)


def seeds_in_bins(table: pd.DataFrame, variable: str, suffix: str = "") -> dict[str, pd.DataFrame]:
    """Numbers of seeds and regions in bins of what was generated.

    Parameters
    ----------
    table : as of `seeds_table`, or two `joined_by_row`
    variable : "en", "eta", "phi" or "pt"
    suffix : of the columns

    Returns
    -------
    by quantity, `nseeds`, `ncss`, `has_seeds` (at least one) and `less_seeds` (fewer than regions), each with
    `median mean std q1 q3 sum size nanlen`

    Notes
    -----
    Quirk: the first bin does not hold its lower edge, which is the smallest value of the sample: that event
    is in no bin.
    """
    values = table[f"gen{variable}"].to_numpy(float)
    number = _bin(values, equal_bins(values), lowest=False)
    seeds, regions = (table[f"{name}{suffix}"].to_numpy(float) for name in ("nseeds", "ncss"))
    missing = np.isnan(seeds)
    quantities: Mapping[str, np.ndarray] = {
        "nseeds": seeds,
        "ncss": regions,
        "has_seeds": np.where(missing, np.nan, seeds > 0),
        "less_seeds": np.where(missing, np.nan, seeds < regions),
    }
    out = {}
    for name, of in quantities.items():
        rows = []
        for k in range(N_BINS):
            some = of[number == k]
            there = some[~np.isnan(some)]
            rows.append(
                _statistics(there) | {"sum": there.sum(), "size": len(some), "nanlen": len(some) - len(there)}
            )
        out[name] = pd.DataFrame(rows)
    return out


def split_ratio(n_clusters: np.ndarray) -> float:
    """Events with exactly two clusters over events with any.

    Quirk: wherever the clusters are; an event with three was an error.
    """
    return float((n_clusters == 2).sum() / (n_clusters > 0).sum())


def efficiency_page(norm: np.ndarray, matched: np.ndarray) -> tuple[np.ndarray, np.ndarray, float, float]:
    """The curve of the efficiency page: shares of matched clusters.

    Parameters
    ----------
    norm : float64, shape (n,), generated energy or pt of each cluster's event, GeV
    matched : bool, shape (n,)

    Returns
    -------
    x : where the shares are drawn, after a first 0
    y : shares, after a first 0
    overall : share over all bins
    table : mean of the bins' shares

    Notes
    -----
    Quirks: it is the share of clusters, not of particles, so that particles without a cluster do not count;
    the width is a tenth of the range of values, but bins are counted from 0; with each empty bin the lower
    edges and `x` fall one width further behind the upper edges, so that the bins overlap; a bin without a
    match reads 1; the overall share is of values below the range's width and not below its end, and reads 1
    without a match, too.
    """
    span = norm.max() - norm.min()
    width = 0.1 * span
    x, y = [0.0], [0.0]
    for k in range(1, MOST_BINS + 1):
        inside = matched[(norm >= x[-1]) & (norm < k * width)]
        if len(inside):
            x.append(x[-1] + width)
            y.append(_share(inside))
    overall = _share(matched[(norm >= 0) & (norm < span)])
    return np.array(x), np.array(y), overall, float(np.mean(y[1:]))


def _share(matched: np.ndarray) -> float:
    return float(matched.mean()) if matched.any() else 1.0


def _statistics(values: np.ndarray) -> dict[str, float]:
    if not len(values):
        return dict.fromkeys(("median", "mean", "q1", "q3", "std"), np.nan) | {"size": 0}
    low, high = (float(np.quantile(values, share)) for share in QUANTILES.values())
    return {
        "median": float(np.median(values)),
        "mean": float(values.mean()),
        "q1": low,
        "q3": high,
        "std": float(values.std(ddof=1)) if len(values) > 1 else np.nan,
        "size": len(values),
    }


def _bin(values: np.ndarray, edges: np.ndarray, lowest: bool) -> np.ndarray:
    """Number of the bin that holds each value, its upper edge included; -1 outside."""
    number = np.searchsorted(edges, values, side="left") - 1
    if lowest:
        number = np.where(values == edges[0], 0, number)
    return np.where((number >= len(edges) - 1) | np.isnan(values), -1, number)
