"""What the page has to show of the chain: run on the same trigger cells, and compared with what is drawn."""

from collections import Counter

import numpy as np
import pandas as pd
from pixels import rgb
from truth import INDICES

from bye_splits.chain import run
from bye_splits.chain.splits import near_particle
from bye_splits.dashboard.figures.cluster_colours import CLUSTER_COLOURS, SHADES

SPLIT = "?particle=electrons&pileup=0&event=12&colour=cluster"  # of the samples: two clusters of one shower
_PLACE = {"rgb({}, {}, {})".format(*rgb(colour)): place for place, colour in enumerate(CLUSTER_COLOURS)}


def chain_cells(event, zside: int = 1) -> pd.DataFrame:
    """The trigger cells that the chain works on."""
    cells = event.trigger_cells
    return cells[(cells.z * zside > 0) & (cells.mipPt >= 0.5)].reset_index(drop=True)


def near_energies(event, result) -> np.ndarray:
    """Energies of the clusters near the generated particle, GeV, in descending order."""
    particle = event.generated.iloc[0]
    rows = near_particle(result, particle.exeta, particle.exphi)
    return np.sort(result.clusters["energy"].to_numpy()[rows])[::-1]


def n_near(event, result) -> int:
    """Number of clusters near the generated particle."""
    return len(near_energies(event, result))


def by_class(counts, each: int = 1) -> dict[int, int]:
    """Number of cells by colour, from counts by shaded colour."""
    made = Counter()
    for value, n in counts:
        made[int(value) // SHADES] += n / each
    return dict(made)


def wrong(page, event, parameters) -> list[str]:
    """Where the page, coloured by cluster, does not show what the chain makes of the event."""
    cells = chain_cells(event)
    result = run(cells, parameters)
    clusters, of_cell = result.clusters, result.cluster_of_cell
    table = page.table
    found = []

    def same(what, shown, expected):
        if shown != expected:
            found.append(f"{what}: {shown}, not {expected}")

    facts = page.facts
    energies = near_energies(event, result)
    split = " \u2014 split" if len(energies) > 1 and energies[1] > 0.1 * energies.sum() else ""
    words = f"{len(energies)}{split} \u00b7 {len(clusters)} in all"
    same("header", facts.get("clusters within 0.1 of it"), words)
    if any(len(texts) < 6 or colour not in _PLACE for texts, colour in table):
        return ["table: being drawn"]
    n_cells = {str(row): str(n) for row, n in enumerate(clusters.n_cells)}
    same("table", {texts[0]: texts[5] for texts, _ in table}, n_cells)
    if found:
        return found
    momenta = [float(texts[1]) for texts, _ in table]
    if not np.allclose(momenta, clusters.pt[[int(texts[0]) for texts, _ in table]], atol=0.051):
        found.append(f"momenta: {momenta}")
    place = {int(texts[0]): _PLACE[colour] for texts, colour in table}
    drawn = page.classes_in_3d
    same("3D", by_class(drawn["triangles"], 2), {place[row]: n for row, n in enumerate(clusters.n_cells)})
    same("points in 3D", drawn["loose"], int((of_cell < 0).sum()))
    here = cells[cells.layer == page.layer]
    expected = {
        tuple(row): place.get(cluster, -1)
        for row, cluster in zip(here[INDICES].to_numpy().tolist(), of_cell[here.index].tolist(), strict=True)
    }
    drawn = page.classes
    shown = {tuple(cell): value // SHADES if value >= 0 else -1 for *cell, value in drawn["cells"]}
    if not (shown and shown.items() <= expected.items()):
        found.append(f"2D: {shown}, not {expected}")
    same("painted", set(by_class(drawn["pixels"])), set(shown.values()) - {-1})
    same("seeds", len(drawn["seeds"]["x"]), len(result.seeds))
    return found
