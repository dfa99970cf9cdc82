"""The main numbers of studies, out of the tables that they have written: what is printed at their end."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from bye_splits.chain.parameters import DECLARED
from bye_splits.counting import counted
from bye_splits.page_checksums import VERIFIED

from .measures import interval
from .paired import STATES
from .scan import OBJECTIVES

MOST_SETS = 12  # of a scan
OF_NONE = "of none"
THRESHOLDS = (5.0, 10.0, 20.0, 40.0, 80.0)  # mipT


@dataclass(frozen=True)
class Numbers:
    """A small table of texts.

    Attributes
    ----------
    head : titles of the columns
    rows : texts of the cells
    below : sentences
    """

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    below: Sequence[str] = field(default=())


def percent(share: float, low: float, high: float) -> str:
    """A share with its interval in percent; that of nothing is NaN.

    Examples
    --------
    >>> percent(0.0123, 0.011, 0.014)
    '1.23 (1.10 to 1.40)'
    """
    if math.isnan(share):
        return OF_NONE
    return f"{100 * share:.2f} ({100 * low:.2f} to {100 * high:.2f})"


def with_error(value: float, error: float, digits: int = 2) -> str:
    """A value with its error, if that is known; a value of nothing is NaN.

    Examples
    --------
    >>> with_error(2.426, 0.21), with_error(0.5, float("nan"))
    ('2.43 +- 0.21', '0.50')
    """
    if math.isnan(value):
        return OF_NONE
    return f"{value:.{digits}f}" + ("" if math.isnan(error) else f" +- {error:.{digits}f}")


def of_compare(out: Path) -> list[Numbers]:
    """Particles by their state under A and under B, McNemar's test and the paired differences."""
    splits = pd.read_parquet(out / "splits.parquet", **VERIFIED).set_index(["a_state", "b_state"])[
        "particles"
    ]
    rows = [[f"A: {a}", *(f"{splits[a, b]}" for b in STATES)] for a in STATES]
    found = pd.read_parquet(out / "differences.parquet", **VERIFIED)
    test = found[found["quantity"] == "split_rate"].iloc[0]
    below = [
        f"of {counted(int(test['n']), 'particle')} with a cluster in both: "
        f"{splits['split', 'not split']} split under A alone, {splits['not split', 'split']} under B alone, "
        f"McNemar's exact p = {test['p_value']:.3g}"
    ]
    found = found[found["n"] > 0]
    head = ("quantity", "A", "B", "B - A", "68.27 % interval", "p")
    differences = [
        (
            " of ".join(filter(None, (row.quantity.replace("_", " ").replace("rms", "RMS"), row.norm))),
            f"{row.a:.4f}",
            f"{row.b:.4f}",
            f"{row.difference:+.4f} +- {row.error:.4f}",
            f"{row.low:+.4f} to {row.high:+.4f}",
            "" if math.isnan(row.p_value) else f"{row.p_value:.3g}",
        )
        for row in found.itertuples()
    ]
    bootstrap = ["errors and intervals of B - A are of a paired bootstrap of the events"]
    return [
        Numbers(["particles", *(f"B: {state}" for state in STATES)], rows, below),
        Numbers(head, differences, bootstrap),
    ]


def of_scan(out: Path) -> list[Numbers]:
    """The sets that no other one beats, those with the fewest splits first."""
    table = pd.read_parquet(out / "scan.parquet", **VERIFIED)
    front = table[table["pareto"]].sort_values(["split_rate", "set"])
    varied = [name for name in DECLARED if name in table and table[name].nunique(dropna=False) > 1]
    head = ["set", *varied, "split [%]", "efficiency at low pt [%]", "eff. RMS of pt [%]", "seeds per event"]
    rows = []
    for row in front.head(MOST_SETS).itertuples():
        values = (getattr(row, name) for name in varied)
        texts = (f"{value:.4g}" if isinstance(value, float) else f"{value}" for value in values)
        width = row.leading_pt_effective_rms
        low_pt = percent(row.low_pt_efficiency, row.low_pt_efficiency_low, row.low_pt_efficiency_high)
        rows.append(
            [
                f"{row.set}",
                *("by layer" if text == "nan" else text for text in texts),
                percent(row.split_rate, row.split_rate_low, row.split_rate_high),
                low_pt,
                with_error(100 * width, math.nan),
                f"{row.seeds_per_event:.3f}",
            ]
        )
    of = f"{len(front)} of {counted(len(table), 'set')}"
    below = [f"not beaten in {', '.join(OBJECTIVES)}: {of}"]
    if len(front) > len(rows):
        below.append(f"{counted(len(front) - len(rows), 'more set')} in the table")
    return [Numbers(head, rows, below)]


def of_seeding(out: Path) -> list[Numbers]:
    """Multiplicities and shares of each chain."""
    table = pd.read_parquet(out / "seeding.parquet", **VERIFIED)
    head = (
        "chain", "particles", "seeds", "regions", "seeding efficiency [%]", "given a region [%]",
        "fewer seeds than regions [%]", "split [%]",
    )  # fmt: skip
    shares = (
        "seeding_efficiency",
        "seeding_efficiency_given_region",
        "fewer_seeds_than_regions",
        "split_rate",
    )
    rows = []
    for row in table[table["variable"] == ""].itertuples():
        means = (
            with_error(getattr(row, of), getattr(row, f"{of}_error"), 4) for of in ("n_seeds", "n_regions")
        )
        each = (percent(*(getattr(row, f"{name}{end}") for end in ("", "_low", "_high"))) for name in shares)
        rows.append([row.chain, f"{row.n}", *means, *each])
    return [Numbers(head, rows)]


def of_phase(out: Path) -> list[Numbers]:
    """Split rates over all positions, of each chain."""
    table = pd.read_parquet(out / "split_rates.parquet", **VERIFIED)
    head = ("chain", "abs(eta)", "particles", "split in all positions [%]", "in their own [%]", "ever split")
    rows = [
        (
            row.chain,
            "all" if math.isnan(row.abs_eta_low) else f"{row.abs_eta_low:g} to {row.abs_eta_high:g}",
            f"{row.n}",
            with_error(100 * row.rate, 100 * row.rate_error),
            percent(row.one_phase_rate, row.one_phase_low, row.one_phase_high),
            f"{row.ever_split}",
        )
        for row in table.itertuples()
    ]
    return [Numbers(head, rows)]


def of_threshold(out: Path) -> list[Numbers]:
    """Split rate and efficiency of each chain at some thresholds of the seeds."""
    columns = ["chain", "threshold_from", "threshold_to", "split", "leading_pt"]
    table = pd.read_parquet(out / "particles.parquet", columns=columns, **VERIFIED)
    head = ("chain", "seed threshold [mipT]", "particles", "efficiency [%]", "split [%]")
    rows = []
    for chain, own in table.groupby("chain", sort=False):
        for threshold in THRESHOLDS:
            there = own[(own["threshold_from"] <= threshold) & (threshold < own["threshold_to"])]
            n = len(there)
            if not n:  # below the lowest one that was looked at
                continue
            texts = []
            for passed in (there["leading_pt"].notna(), there["split"]):
                k = int(passed.sum())
                low, high = interval(np.array(k), np.array(n))
                texts.append(percent(k / n, float(low), float(high)))
            rows.append([f"{chain}", f"{threshold:g}", f"{n}", *texts])
    return [Numbers(head, rows)]
