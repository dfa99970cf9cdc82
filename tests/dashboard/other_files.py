"""Event files of other geometries than V11, for the display."""

import display_files
import numpy as np
import other_geometries as others

from bye_splits.geometry import inferred

N_CELLS = {"PU0": others.PU0, "PU200": 6000}


def event_cells(truth, rows, side=1):
    """Columns of an event's trigger cells as a raw ntuple has them, in the endcap of sign `side`."""
    table = others.as_file(truth, rows)
    x, y, z = (table[name].to_numpy(dtype=float) for name in others.POSITIONS)
    x, z = side * x, side * z
    r = np.hypot(x, y)
    mip = 0.5 + 20 / (1 + np.arange(len(x)) % 97)
    columns = {name: table[name].to_numpy() for name in others.INDICES}
    columns |= {"x": x, "y": y, "z": z, "eta": np.arcsinh(z / r), "phi": np.arctan2(y, x)}
    return columns | {"mipPt": mip, "pt": 0.03 * mip, "energy": 0.03 * mip * np.hypot(r, z) / r}


def made(truth, kind="PU0", n=3, seed=1):
    """Events, numbered from 1, each in the +z endcap and, but the first, a little of it in the -z one."""
    rng = np.random.default_rng(seed)
    draw = {"PU0": others.shower, "PU200": others.pileup}[kind]
    events = []
    for number in range(1, n + 1):
        cells = event_cells(truth, draw(truth.cells, rng, N_CELLS[kind]))
        if number > 1:
            more = event_cells(truth, draw(truth.cells, rng, N_CELLS[kind] // 3), side=-1)
            cells = display_files.both(cells, more)
        events.append(display_files.Made(number, cells, [display_files.PHOTON]))
    return events


def write(path, events):
    return display_files.write_raw(path, events)


def changed(events, change):
    """The events with their cells' columns as `change` gives them."""
    return [display_files.Made(e.number, e.cells | change(e.cells), e.generated) for e in events]


def configured(truth, source="other.root"):
    """A geometry of all cells, as that of a configuration's file."""
    rows = np.arange(len(truth.cells))
    return inferred.from_positions(others.as_file(truth, rows), source, complete=True)
