"""A file's own clusters against the chain's, to find with which settings they were made.

Event files carry clusters (`cl3d_*`) that some job of CMSSW made, with settings that are written nowhere in
the file. They are compared with what the chain finds in the trigger cells of the same file.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from bye_splits.angles import wrapped
from bye_splits.chain import ChainParameters, run_many
from bye_splits.chain.cells import MODULES, NEEDED
from bye_splits.data.source import Source

SETTINGS: Mapping[str, ChainParameters] = MappingProxyType(
    {
        "default": ChainParameters(),
        "threshold 10": ChainParameters(seed_threshold=10.0),
        "threshold 5": ChainParameters(seed_threshold=5.0),
        "by area, threshold 8.5": ChainParameters(norm_by_area=True, seed_threshold=8.5),
        "by area, threshold 10": ChainParameters(norm_by_area=True, seed_threshold=10.0),
        "radius 0.015": ChainParameters(radius=0.015),
        "radius 0.030": ChainParameters(radius=0.030),
        "xy": ChainParameters(chain="xy"),
        "xy, radius 0.015": ChainParameters(chain="xy", radius=0.015),
        "secondary maxima": ChainParameters(seeding="secondary_max"),
        "interpolated maxima": ChainParameters(seeding="interpolated_max"),
        "interpolated maxima, 2nd order": ChainParameters(
            seeding="interpolated_max", neighbour_weights="second_order"
        ),
        "all bins above threshold": ChainParameters(seeding="threshold"),
        "middles of bins": ChainParameters(seed_position="bin_centre"),
        "shared by energy": ChainParameters(association="energy_split"),
    }
)
"""Settings in which CMSSW's jobs are known to run, by name."""

NEAR = 0.05
"""Largest sqrt(deta^2 + dphi^2) of two clusters that are one and the same, perhaps moved."""
SAME_PT, SAME_ANGLE = 1e-4, 2e-5
"""Largest relative difference of pt, and of eta and phi, of clusters that are the same: rounding in files."""
KINDS = ("same", "moved", "missing", "extra")
"""Clusters that are the same in both; in both, but not the same; in the file only; in the chain only."""
CELLS = 200_000  # trigger cells that are read at once


@dataclass(frozen=True, eq=False)
class Agreement:
    """How the chain's clusters agree with the file's under one setting.

    Attributes
    ----------
    parameters : ChainParameters
    pairs : one row per cluster of either: `entry`, `endcap` (1 or -1), `kind` (one of `KINDS`), and of
        the file's and the chain's cluster `pt_file pt_chain` [GeV], `eta_file phi_file eta_chain phi_chain`,
        `n_cells_file n_cells_chain`; NaN where there is none, or the file does not count its cells
    """

    parameters: ChainParameters
    pairs: pd.DataFrame

    @property
    def counts(self) -> dict[str, int]:
        """Number of clusters by kind."""
        return numbers(self.pairs)

    @property
    def share(self) -> float:
        """Share of all clusters that are the same in both; NaN without clusters."""
        return share_of(self.counts)

    def difference(self, name: str) -> np.ndarray:
        """Chain minus file of the clusters that both have, float64: `pt` (relative), `eta phi n_cells`."""
        both = self.pairs[self.pairs["kind"].isin(("same", "moved"))]
        change = (both[f"{name}_chain"] - both[f"{name}_file"]).to_numpy()
        if name == "phi":
            return wrapped(change)
        return change / both["pt_file"].to_numpy() if name == "pt" else change


def agreements(
    source: Source,
    settings: Mapping[str, ChainParameters] = SETTINGS,
    events: int | None = None,
    progress: Callable[[int], object] = lambda _: None,
) -> dict[str, Agreement]:
    """Compare a file's clusters with the chain's under each of some settings.

    Parameters
    ----------
    source : an open file with trigger cells and clusters
    settings : parameters by name; all trigger cells of the file are used if `tc_threshold` is 0
    events : number of events from the first on; None: all
    progress : called with the number of entries that were done

    Returns
    -------
    Agreement by name, those of the largest share first; of equal ones in the order of `settings`

    Raises
    ------
    SourceError : the file cannot be read
    ChainError : as of `chain.run_many`
    """
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in settings}
    columns = [*NEEDED, *MODULES]
    for batch in source.batches(columns, stop=events, cells=CELLS):
        n, start = len(batch.entries), int(batch.entries[0])
        _, own = source.particles(start, start + n)
        side = 2 * batch.event + (batch.trigger_cells["z"].to_numpy() < 0)
        for name, parameters in settings.items():
            found = run_many(batch.trigger_cells, side, parameters, 2 * n)
            parts[name].append(paired(own, found.clusters, start))
        progress(n)
    made = {
        name: Agreement(settings[name], pd.concat([_EMPTY, *tables], ignore_index=True))
        for name, tables in parts.items()
    }
    return {name: made[name] for name in best_first({name: one.counts for name, one in made.items()})}


def in_file(counts: Mapping[str, int]) -> int:
    """Number of the file's clusters, by those of each kind."""
    return sum(n for kind, n in counts.items() if kind != "extra")


def share_of(counts: Mapping[str, int], kind: str = "same") -> float:
    """Share of a kind among all clusters, by their numbers; NaN without clusters."""
    total = sum(counts.values())
    return counts[kind] / total if total else float("nan")


def best_first(counts: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Names of settings, those of the largest share of same clusters first.

    Parameters
    ----------
    counts : by setting, number of clusters by kind
    """
    return sorted(counts, key=lambda name: -np.nan_to_num(share_of(counts[name]), nan=-1.0))


def verdict(counts: Mapping[str, Mapping[str, int]]) -> str:
    """With which setting the clusters were made, in a sentence.

    Parameters
    ----------
    counts : by setting, number of clusters by kind; at least one setting has a cluster
    """
    first, *others = best_first(counts)
    best = share_of(counts[first])
    alike = [name for name in others if share_of(counts[name]) == best]
    also = f"; so do {', '.join(alike)}, which these events do not tell apart" if alike else ""
    if best == 1:
        return f"{first}, 100 % the same: the file's clusters were made with it{also}."
    return f"{first} agrees best, with {100 * best:.1f} % the same{also}. No known setting gives all of them."


_VALUES = ("pt", "eta", "phi", "n_cells")
_EMPTY = pd.DataFrame(
    {
        "entry": np.zeros(0, dtype=np.int64),
        "endcap": np.zeros(0, dtype=np.int64),
        "kind": np.zeros(0, dtype=object),
        **{f"{name}_{of}": np.zeros(0) for of in ("file", "chain") for name in _VALUES},
    }
)


def numbers(pairs: pd.DataFrame) -> dict[str, int]:
    """Number of clusters by kind."""
    found = pairs["kind"].value_counts()
    return {kind: int(found.get(kind, 0)) for kind in KINDS}


def paired(own: pd.DataFrame, found: pd.DataFrame, start: int) -> pd.DataFrame:
    """Clusters of some endcaps in pairs.

    Parameters
    ----------
    own : the file's clusters, as of `Source.particles`
    found : the chain's, as of `chain.run_many`, whose `event` is 2 * (entry - start), + 1 at z < 0

    Returns
    -------
    DataFrame : as `Agreement.pairs`
    """
    of_own = 2 * (own["entry"].to_numpy() - start) + (own["eta"].to_numpy() < 0)
    order = np.argsort(of_own, kind="stable")
    own, of_own = own.iloc[order], of_own[order]
    of_found = found["event"].to_numpy()
    parts = [_EMPTY]
    for side in np.union1d(of_own, of_found).tolist():
        of_file, of_chain = own[_rows(of_own, side)], found[_rows(of_found, side)]
        table = pair(of_file, of_chain).drop(columns=["file", "chain"])
        parts.append(table.assign(entry=start + side // 2, endcap=1 - 2 * (side % 2)))
    return pd.concat(parts, ignore_index=True)


def _rows(values: np.ndarray, value: int) -> slice:
    """Rows of ascending values that have a value."""
    return slice(np.searchsorted(values, value), np.searchsorted(values, value, side="right"))


def pair(own: pd.DataFrame | Mapping, found: pd.DataFrame | Mapping) -> pd.DataFrame:
    """Clusters of one endcap in pairs, such that the sum of their distances is least.

    Parameters
    ----------
    own : the file's clusters: `pt eta phi` and, if they are known, `clusters_n`
    found : the chain's clusters: `pt eta phi n_cells`

    Returns
    -------
    DataFrame : as `Agreement.pairs`, without `entry` and `endcap`; and `file`, `chain`: rows of `own` and of
        `found`, -1 for none. Those that both have come first, then those in the file only.
    """
    a = {name: np.asarray(own[name], dtype=np.float64) for name in ("pt", "eta", "phi")}
    b = {name: np.asarray(found[name], dtype=np.float64) for name in _VALUES}
    a["n_cells"] = np.full(len(a["pt"]), np.nan)
    if "clusters_n" in own:
        a["n_cells"] = np.asarray(own["clusters_n"], dtype=np.float64)
    apart = np.hypot(a["eta"][:, None] - b["eta"], wrapped(a["phi"][:, None] - b["phi"]))
    i, j = linear_sum_assignment(np.minimum(apart, NEAR))
    near = apart[i, j] < NEAR
    of_file, of_chain = (np.delete(np.arange(len(side["pt"])), rows[near]) for side, rows in ((a, i), (b, j)))
    file = np.concatenate([i[near], of_file, np.full(len(of_chain), -1)])
    chain = np.concatenate([j[near], np.full(len(of_file), -1), of_chain])
    values = {f"{name}_file": _at(a[name], file) for name in _VALUES}
    values |= {f"{name}_chain": _at(b[name], chain) for name in _VALUES}
    return pd.DataFrame({"file": file, "chain": chain, "kind": _kinds(values), **values})


def _at(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Values of some rows; NaN where the row is -1."""
    return np.append(values, np.nan)[rows]


def _kinds(values: Mapping[str, np.ndarray]) -> np.ndarray:
    """The kind of each pair, of `KINDS`."""
    pt, eta, phi = (values[f"{name}_chain"] - values[f"{name}_file"] for name in ("pt", "eta", "phi"))
    same = np.abs(pt) <= SAME_PT * values["pt_file"]
    same &= (np.abs(eta) <= SAME_ANGLE) & (np.abs(wrapped(phi)) <= SAME_ANGLE)
    missing, extra = np.isnan(values["eta_chain"]), np.isnan(values["eta_file"])
    return np.select([missing, extra, same], ["missing", "extra", "same"], "moved").astype(object)
