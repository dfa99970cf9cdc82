"""The catalogue of a sample: a row per generated particle, with what A and B make of it.

Events without a generated particle have a row for each endcap with trigger cells.
"""

import numpy as np
import pandas as pd

from bye_splits.data.particle_names import particle_name

from .particles import IDENTITY as KEY
from .response import responses

GENERATED = ("event", "pid", "gen_eta", "gen_phi", "gen_pt", "gen_energy")
OUTCOMES = {
    "n_near": "clusters",
    "leading_dr": "dr",
    "leading_pt": "leading_pt",
    "leading_last_layer": "last_layer",
    "leading_peak_layer": "peak_layer",
    "leading_number": "leading_cluster",
    "second_share": "second_share",
    "second_dr": "second_dr",
    "split": "split",
}
"""Columns of the outcomes, and what they are called in the catalogue."""

OF_EVENTS = ("leading_pt", "leading_last_layer", "leading_peak_layer", "leading_number")
"""Those of the outcomes that events without a generated particle have, too."""

RESPONSES = {"response": "leading", "near_response": "near"}
NO_PARTICLE = 0  # `pid` of an event without one


def catalogue(
    a: pd.DataFrame,
    b: pd.DataFrame | None = None,
    others_a: pd.DataFrame | None = None,
    others_b: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The particles of a sample and their outcomes under one or two sets of parameters.

    Parameters
    ----------
    a, b : particles of `sample_outcomes.ChunkOutcomes`, of the same sample; B may lack particles of A, and
        the reverse, and have no columns while nothing is known of it
    others_a, others_b : the same, of events without a generated particle

    Returns
    -------
    DataFrame : a row per particle of A, and per endcap of an event without one; `KEY`, `event pid kind
        gen_eta gen_phi` and `gen_pt gen_energy` [GeV], `cells`, `file_clusters`, `file_lowest_response` (see
        `endcaps.of_endcap`), `p_split` (NaN, see `with_p_split`), and of A and B (columns that end in
        `_b`; NaN, and for counts -1, for particles that B lacks): `clusters` near the particle, `dr` of the
        leading matched one, its number among the clusters of the endcap (`leading_cluster`), `response` of
        it in energy, its `peak_layer` and `last_layer`, `near_response` of all near,
        `second_share` and `second_dr` of the second fragment, `split`
    """
    parts_a = [_of_particles(a), *([] if others_a is None else [_of_events(others_a)])]
    table = _together(parts_a)
    if b is not None and not len(b.columns):
        table = _without_b(table)
    elif b is not None:
        parts_b = [_of_particles(b), *([] if others_b is None else [_of_events(others_b)])]
        table = _beside(table, _together(parts_b))
    if len(parts_a) > 1 and len(parts_a[1]):
        table = table.sort_values(["file", "entry"], kind="stable", ignore_index=True)
    return table


def with_p_split(table: pd.DataFrame, phases: pd.DataFrame) -> pd.DataFrame:
    """A catalogue with `p_split`, NaN where it is not known.

    Parameters
    ----------
    phases : `KEY` and `p_split`, see `sample_tables.over_phases`; may lack particles, or be empty
    """
    if not len(phases):
        return table
    known = phases[[*KEY, "p_split"]]
    return table.assign(p_split=table[KEY].merge(known, on=KEY, how="left")["p_split"].to_numpy())


def _together(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Rows of particles and events; those of an empty part would only change the columns' types."""
    filled = [part for part in parts if len(part)] or parts[:1]
    kinds = sorted({kind for part in filled for kind in part["kind"].cat.categories})
    filled = [part.assign(kind=part["kind"].cat.set_categories(kinds)) for part in filled]
    return filled[0] if len(filled) == 1 else pd.concat(filled, ignore_index=True)


def _without_b(table: pd.DataFrame) -> pd.DataFrame:
    """The table of A with missing outcomes of B."""
    missing = {f"{name}_b": np.nan for name in (*OUTCOMES.values(), *RESPONSES)}
    return table.assign(**missing | {"clusters_b": -1, "split_b": False})


def _beside(table: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """The table of A with the outcomes of B."""
    names = [*OUTCOMES.values(), *RESPONSES]
    renamed = {name: f"{name}_b" for name in names}
    columns = other[[*KEY, *names]].rename(columns=renamed)
    if len(table) == len(other) and all(
        np.array_equal(table[name].to_numpy(), other[name].to_numpy()) for name in KEY
    ):
        return pd.concat([table, columns[list(renamed.values())]], axis=1)
    both = table.merge(columns, on=KEY, how="left")
    both["clusters_b"] = both["clusters_b"].fillna(-1).astype(np.int64)
    both["split_b"] = both["split_b"].fillna(False).astype(bool)
    return both


def _of_particles(outcomes: pd.DataFrame) -> pd.DataFrame:
    columns = {name: outcomes[name] for name in KEY}
    columns |= {name: outcomes[name] for name in GENERATED}
    lowest = outcomes["file_lowest_energy"] / outcomes["gen_energy"]
    columns |= {
        "kind": _kinds(outcomes["pid"]),
        "cells": outcomes["n_cells"],
        "file_clusters": outcomes["n_file_clusters"],
        "file_lowest_response": lowest,
        "p_split": pd.Series(np.nan, outcomes.index),
    }
    columns |= {called: outcomes[name] for name, called in OUTCOMES.items()}
    for name, quantity in RESPONSES.items():
        columns[name] = pd.Series(responses(outcomes, quantity, "energy"), outcomes.index)
    return pd.DataFrame(columns)


def _of_events(others: pd.DataFrame) -> pd.DataFrame:
    """The rows of events without a generated particle; what needs one is missing."""
    missing, none = pd.Series(np.nan, others.index), pd.Series(0, others.index)
    columns = {name: others[name] for name in KEY[:3]} | {"particle": none, "event": others["event"]}
    columns |= {"pid": none + NO_PARTICLE} | dict.fromkeys(GENERATED[2:], missing)
    columns |= {"kind": pd.Series("", others.index).astype("category"), "cells": others["n_cells"]}
    columns |= {"file_clusters": none, "file_lowest_response": missing, "p_split": missing}
    columns |= dict.fromkeys((*OUTCOMES.values(), *RESPONSES), missing)
    columns["clusters"] = others["n_clusters"]
    columns |= {OUTCOMES[name]: others[name] for name in OF_EVENTS}
    columns["split"] = pd.Series(False, others.index)
    return pd.DataFrame(columns)


def _kinds(pid: pd.Series) -> pd.Series:
    """Names of particles, as a categorical."""
    codes, numbers = pd.factorize(pid)
    names = [particle_name(number) for number in numbers]
    words = sorted(set(names))
    places = np.array([words.index(name) for name in names], dtype=np.int64)
    return pd.Series(pd.Categorical.from_codes(places[codes], words), pid.index)
