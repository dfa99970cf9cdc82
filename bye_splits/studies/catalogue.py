"""The catalogue of a sample: a row per generated particle, with what A and B make of it."""

import numpy as np
import pandas as pd

from .response import responses

KEY = ["file", "entry", "endcap", "particle"]
"""Columns that tell the particles of a sample apart; `particle` counts those of one endcap of an event."""

GENERATED = ("event", "pid", "gen_eta", "gen_phi", "gen_pt", "gen_energy")
OUTCOMES = {
    "n_near": "clusters",
    "leading_dr": "dr",
    "leading_pt": "leading_pt",
    "second_share": "second_share",
    "second_dr": "second_dr",
    "split": "split",
}
"""Columns of the outcomes, and what they are called in the catalogue."""


def catalogue(a: pd.DataFrame, b: pd.DataFrame | None = None) -> pd.DataFrame:
    """The particles of a sample and their outcomes under one or two sets of parameters.

    Parameters
    ----------
    a, b : as of `sample_outcomes.outcomes`, of the same sample; B may lack particles of A, and the reverse

    Returns
    -------
    DataFrame : a row per particle of A; `KEY`, `event pid gen_eta gen_phi` and `gen_pt gen_energy` [GeV], and
        of A and B (columns that end in `_b`; NaN, and for counts -1, for particles that B lacks):
        `clusters` near the particle, `dr` of the leading matched one, `response` of it in energy,
        `near_response` of all near, `second_share` and `second_dr` of the second fragment, `split`
    """
    table = _columns(a, "")
    if b is None:
        return table
    other = _columns(b, "_b")[[*KEY, *(f"{name}_b" for name in (*OUTCOMES.values(), *RESPONSES))]]
    both = table.merge(other, on=KEY, how="left")
    both["clusters_b"] = both["clusters_b"].fillna(-1).astype(np.int64)
    both["split_b"] = both["split_b"].fillna(False).astype(bool)
    return both


RESPONSES = {"response": "leading", "near_response": "near"}


def _columns(outcomes: pd.DataFrame, suffix: str) -> pd.DataFrame:
    number = outcomes.groupby(KEY[:3], sort=False).cumcount()
    columns = {name: outcomes[name] for name in KEY[:3]} | {"particle": number}
    columns |= {name: outcomes[name] for name in GENERATED}
    columns |= {f"{called}{suffix}": outcomes[name] for name, called in OUTCOMES.items()}
    for name, quantity in RESPONSES.items():
        columns[f"{name}{suffix}"] = pd.Series(responses(outcomes, quantity, "energy"), outcomes.index)
    return pd.DataFrame(columns)
