"""The main numbers of a sample under some parameters, a row each."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bye_splits.chain import ChainParameters

from .measures import interval, summary
from .response import responses
from .sample_study import rows_of, with_outcomes
from .store import Store

_NEEDED = ["chain", "radius", "leading_energy", "gen_energy", "split"]


def headline(store: Store, variants: Sequence[ChainParameters]) -> pd.DataFrame:
    """Efficiency, splits and response of each set of parameters.

    Returns
    -------
    DataFrame : a row per set of parameters: `chain radius` (NaN: by layer), number of `particles`,
        `efficiency`
        and `split_rate` with their intervals `..._low ..._high`, `median` response in energy of the leading
        matched cluster, and its `effective_rms` over the mean with `effective_rms_error`
    """
    parts: list[list[pd.DataFrame]] = [[] for _ in variants]
    for k, rows in enumerate(rows_of(store, variants, with_outcomes)):
        parts[k % len(variants)].append(rows[_NEEDED])
    out = []
    for parameters, of in zip(variants, parts, strict=True):
        particles = pd.concat(of, ignore_index=True)
        n = len(particles)
        row: dict[str, object] = {
            "chain": parameters.chain,
            "radius": np.nan if parameters.radius is None else parameters.radius,
            "particles": n,
        }
        shares = {"efficiency": particles["leading_energy"].notna(), "split_rate": particles["split"]}
        for name, counted in shares.items():
            k = int(counted.sum())
            low, high = interval(np.array(k), np.array(n))
            row |= {name: k / n if n else np.nan, f"{name}_low": float(low), f"{name}_high": float(high)}
        found = summary(responses(particles, "leading", "energy"))
        row |= {"median": found.median, "effective_rms": found.effective_rms}
        out.append(row | {"effective_rms_error": found.effective_rms_error})
    return pd.DataFrame(out)
