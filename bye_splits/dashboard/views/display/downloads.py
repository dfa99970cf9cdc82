"""What leaves the display: tables of the trigger cells and the clusters, what they are, and captions."""

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from ....chain import ChainParameters, ChainResult
from ....chain.cells import MODULES
from ....chain.shapes import SHAPES
from ....counting import ordinal
from ....sample_geometry import described
from ...page.template import text
from ...patches.text import Text
from ...state.display import DisplayState
from ..shared.files import (
    CAPTION,
    File,
    Files,
    as_csv,
    as_json,
    as_parquet,
    caption,
    parameters_as_facts,
    parameters_as_text,
    parameters_in_words,
    save_button,
)

UNITS = {
    "mipPt": "mipT",
    "pt": "GeV",
    "energy": "GeV",
    "x": "cm",
    "y": "cm",
    "z": "cm",
    "phi": "rad",
    "seed_energy": "mipT",
    **{name: shape.unit for name, shape in SHAPES.items() if shape.unit},
}
EXPLANATIONS = {
    "cluster_a": "cluster of the cell under A: `cluster` in the table of clusters, # on the page; -1: none",
    "cluster_b": "the same under B",
    "set": "set of parameters, A or B",
    "cluster": "number of the cluster within its set, as on the page",
    "seed": "number of the cluster's seed within its set",
    "seed_energy": "energy of the seed",
    **{name: shape.meaning for name, shape in SHAPES.items()},
    "share": "of the trigger cell that the cluster has; below 1 with the association energy_split only",
}
TABLES = {
    "cells": "trigger cells",
    "clusters": "clusters",
    "shares": "shares of the trigger cells in the clusters",
}
SETS = ("A", "B")


def results(state: DisplayState) -> dict[str, ChainResult]:
    """Results under A and, if it is there, B, whichever is shown."""
    both = {"A": state.chain.result_a, "B": state.chain.result_b}
    return {name: result for name, result in both.items() if result is not None}


def sets(state: DisplayState) -> dict[str, ChainParameters | None]:
    """The parameters of A and B."""
    return {"A": state.chain.set_a, "B": state.chain.set_b}


def shown_cells(state: DisplayState) -> pd.DataFrame:
    """Rows of the event that the 3D view shows, in file order, with all columns and the clusters.

    `cluster_a` and, with B, `cluster_b` are int64: row of the result's `clusters`, which is the number on the
    page; -1 for a trigger cell in no cluster, or not in the chain.
    """
    cells = state.shown.loaded.event.trigger_cells
    of_cell = {}
    for name, result in results(state).items():
        of_cell[f"cluster_{name.lower()}"] = np.full(len(cells), -1, dtype=np.int64)
        of_cell[f"cluster_{name.lower()}"][state.chain.chain_rows] = result.cluster_of_cell
    rows = np.sort(state.cuts.in_3d)
    chosen = cells.iloc[rows].reset_index(drop=True)
    return chosen.assign(**{name: clusters[rows] for name, clusters in of_cell.items()})


def all_clusters(state: DisplayState) -> pd.DataFrame:
    """The clusters of the endcap under A and B with their shapes, each set's in the order of its numbers."""
    tables = []
    for name, result in results(state).items():
        table = result.clusters.copy()
        table.insert(0, "set", name)
        table.insert(1, "cluster", np.arange(len(table)))
        table["seed_energy"] = result.seeds["energy"].to_numpy()[table["seed"].to_numpy()]
        tables.append(pd.concat([table, result.shapes], axis=1))
    return pd.concat(tables, ignore_index=True)


def all_shares(state: DisplayState) -> pd.DataFrame:
    """Which share of which trigger cell each cluster of the endcap has, under A and B, in file order."""
    names = [*MODULES, "layer"]
    cells = state.shown.loaded.event.trigger_cells
    tables = []
    for name, result in results(state).items():
        shares = result.cluster_shares
        table = cells.iloc[state.chain.chain_rows[shares["cell"]]][names].reset_index(drop=True)
        table.insert(0, "set", name)
        tables.append(table.assign(cluster=shares["cluster"], share=shares["share"]))
    return pd.concat(tables, ignore_index=True)


def _numbered(state: DisplayState) -> str:
    """The event, and which one of several with its number."""
    loaded = state.shown.loaded
    of = f" (the {ordinal(loaded.occurrence + 1)} of {loaded.occurrences} with this number)"
    return f"event {loaded.event.number}{of if loaded.occurrences > 1 else ''}"


def description(state: DisplayState, table: str = "cells") -> str:
    """What a table has, in a sentence or two."""
    loaded, cuts = state.shown.loaded, state.cuts
    limits = [
        f"mipPt >= {cuts.threshold:g}",
        "layers {} to {}".format(*cuts.layers_3d),
        f"endcap {state.shown.endcap}",
    ]
    if cuts.cylinder and state.shown.generated is not None:
        limits.append(f"within {cuts.cylinder:g} cm of the generated particle")
    within = ", ".join(limits) if table == "cells" else f"endcap {state.shown.endcap}"
    what = f"{TABLES[table].capitalize()} of {_numbered(state)} of {loaded.file}: {within}."
    return f"{what} Geometry: {described(loaded.geometry)}. {loaded.description}".strip()


def about(state: DisplayState) -> dict[str, Any]:
    """What the tables are, for `as_json`."""
    loaded, shown = state.shown.loaded, state.shown
    particle, pileup = state.navigation.key
    around = state.cuts.cylinder if state.cuts.cylinder and shown.generated is not None else None
    return {
        "sample": {"particle": particle, "pile-up": pileup, "file": str(loaded.file)},
        "data": loaded.description,
        "event": int(loaded.event.number),
        "entry": int(loaded.event.entry),
        "endcap": shown.endcap,
        "geometry": described(loaded.geometry),
        "cells": {
            "description": description(state, "cells"),
            "limits": {
                "mipPt at least": float(state.cuts.threshold),
                "layers": [int(layer) for layer in state.cuts.layers_3d],
                "within [cm] of the generated particle": around,
            },
            "rows": len(state.cuts.in_3d),
        },
        "clusters": {
            "description": description(state, "clusters"),
            "rows": {name: len(result.clusters) for name, result in results(state).items()},
        },
        "shares": {
            "description": description(state, "shares"),
            "rows": {name: len(result.cluster_shares) for name, result in results(state).items()},
        },
        "parameters": parameters_as_facts(sets(state)),
        "units": UNITS,
        "columns": EXPLANATIONS,
    }


def file_name(state: DisplayState) -> str:
    """Sample, event and endcap, the beginning of the names of all files."""
    loaded = state.shown.loaded
    occurrence = ordinal(loaded.occurrence + 1) if loaded.occurrences > 1 else ""
    side = {"+z": "plus", "-z": "minus"}[state.shown.endcap]
    parts = (*state.navigation.key, f"event{loaded.event.number}", occurrence, side)
    return "_".join(filter(None, parts))


def _table(state: DisplayState, name: str) -> pd.DataFrame:
    return {"cells": shown_cells, "clusters": all_clusters, "shares": all_shares}[name](state)


def csv(state: DisplayState, table: str) -> File:
    """A table as CSV."""
    return File(f"{file_name(state)}_{table}.csv", as_csv(_table(state, table)))


def parquet(state: DisplayState, table: str) -> File:
    """A table as parquet, with what it is in its metadata."""
    facts = {"description": description(state, table), "about": as_json(about(state)).decode()}
    facts |= parameters_as_text(sets(state))
    content = as_parquet(_table(state, table), UNITS, facts, EXPLANATIONS)
    return File(f"{file_name(state)}_{table}.parquet", content)


def facts_file(state: DisplayState) -> File:
    """What both tables are, as JSON."""
    return File(f"{file_name(state)}.json", as_json(about(state)))


def picture_caption(state: DisplayState) -> File:
    """What is written below pictures: event, limits and colours, the displayed sets, what the data are."""
    shown, colours = state.shown, state.colours
    particle, pileup = state.navigation.key
    sample = f"{particle}, pile-up {pileup}" if pileup else particle
    mode, coloured = colours.colour_mode, colours.colour_by
    if not mode.classes:
        scale = mode.scale(colours.colour_scale)
        low, high = mode.shown_limits(colours.colour_range, scale)
        coloured = f"{mode.legend}, {scale} scale from {low:.3g} to {high:.3g}"
    endcap = shown.endcap.replace("-", "\u2212")
    of_event = f"{sample} \u00b7 {_numbered(state)} of {shown.loaded.file} \u00b7 {endcap} endcap"
    limits = f"trigger cells shown: mipT \u2265 {state.cuts.threshold:g} \u00b7 their colours: {coloured}"
    chain = state.chain
    in_words = [
        parameters_in_words(name, result.parameters, chain.width_of(result.parameters))
        for name, result in chain.shown_results.items()
    ]
    data = shown.loaded.description.partition(";")[0]
    of_geometry = f"Geometry: {described(shown.loaded.geometry)}"
    lines = (of_event, limits, *in_words, of_geometry, data)
    if not shown.loaded.has_trigger_cells:
        lines = (of_event, of_geometry, data)
    return caption(file_name(state), *lines)


def display_files(state: DisplayState) -> Files:
    """The files of the display, by the words of `buttons`."""
    makers = {CAPTION: partial(picture_caption, state), "json": partial(facts_file, state)}
    for table in TABLES:
        makers[f"{table}.csv"] = partial(csv, state, table)
        makers[f"{table}.parquet"] = partial(parquet, state, table)
    return Files(makers)


def buttons() -> Text:
    """One line: the table to choose, and a button for each kind of file."""
    options = "".join(f"<option>{name}</option>" for name in TABLES)
    kinds = {
        "CSV": "for pandas.read_csv; the JSON beside it has the units, and says what it is",
        "Parquet": "with units and parameters in it",
    }
    chosen = "byeSplits.save(`${this.parentNode.querySelector('select').value}.%s`)"
    of_kind = "".join(
        f'<button class="save" title="Save it {tip}" onclick="{chosen % kind.lower()}">{kind}</button>'
        for kind, tip in kinds.items()
    )
    tip = "The trigger cells that 3D shows, with the cluster of each; or all clusters, of A and of B"
    about_them = save_button("JSON", "json", "Save what the tables are: limits, parameters, units")
    tables = (
        f'<select aria-label="Save which table" aria-description="{tip}" title="{tip}">{options}</select>'
    )
    return text(f'<div class="saves"><label title="{tip}">Save {tables}</label>{of_kind}{about_them}</div>')
