"""What a pane has to show: trigger cells straight from the file, and what a tooltip says of one."""

import re

import numpy as np
import pandas as pd

INDICES = ["waferu", "waferv", "cellu", "cellv"]


def cells_of(
    event, geometry, zside: int = 1, layer: int | None = None, threshold: float = 0.5
) -> pd.DataFrame:
    """Trigger cells that are shown, by falling mipPt, with `number` and the outline's middle, `mx my`."""
    cells = event.trigger_cells
    keep = (cells.z * zside > 0) & (cells.mipPt >= threshold)
    if layer is not None:
        keep &= cells.layer == layer
    some = cells[keep].sort_values("mipPt", ascending=False, kind="stable")
    number = geometry.find(some.layer, *(some[name] for name in INDICES))
    middle = geometry.corners(number).mean(axis=1) if len(some) else np.zeros((0, 2))
    return some.assign(number=number, mx=middle[:, 0] * zside, my=middle[:, 1])


def numbers_in(text: str) -> list[float]:
    return [float(word) for word in re.findall(r"-?\d+(?:\.\d+)?", text.replace("\u2212", "-"))]


def read_tooltip(text: str) -> dict[str, list[float]]:
    """Numbers of each line of a tooltip by its first word."""
    lines = [line for line in text.splitlines() if line]
    return {line.split()[0].rstrip(","): numbers_in(line) for line in lines}


def differences(text: str, cell) -> list[str]:
    """Where a tooltip does not say what the file says of a cell; one that says nothing differs, too."""
    said = read_tooltip(text)
    exact = {"layer": [cell.layer]}
    if cell.waferu == -999:
        exact["scintillator"] = [cell.cellu, cell.cellv]
    else:
        exact |= {"wafer": [cell.waferu, cell.waferv], "cell": [cell.cellu, cell.cellv]}
    rounded = {"mipT": ([cell.mipPt], 0.006), "pT": ([cell.pt], 0.006), "\u03b7": ([cell.eta, cell.phi], 0)}
    wrong = [
        f"{name}: {said.get(name)}, not {value}" for name, value in exact.items() if said.get(name) != value
    ]
    for name, (value, relative) in rounded.items():
        if name not in said or not np.allclose(said[name], value, rtol=relative, atol=0.0006):
            wrong.append(f"{name}: {said.get(name)}, not {value}")
    return wrong
