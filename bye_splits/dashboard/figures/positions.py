"""An SVG map of the positions in the bin in which a shower is split."""

import numpy as np

SIDE = 36  # px of the map, whatever the numbers of positions


def positions_svg(shape: tuple[int, int], here: tuple[int, int], split: np.ndarray | None) -> str:
    """One bin, with the positions marked in which the shower is split.

    Parameters
    ----------
    shape : numbers of positions in R/z (upwards) and phi (to the right)
    here : the actual position (i, j), which is framed
    split : bool, of that shape; None where it is not known yet: nothing is marked
    """
    (n_rz, n_phi), (i, j) = shape, here
    high, wide = SIDE / n_rz, SIDE / n_phi
    runs = []
    for row, marks in enumerate(split if split is not None else ()):
        edges = np.flatnonzero(np.diff(marks.astype(np.int8), prepend=0, append=0))
        for start, stop in edges.reshape(-1, 2):
            along = (stop - start) * wide
            runs.append(
                f"M{start * wide:.4g} {SIDE - (row + 1) * high:.4g}h{along:.4g}v{high:.4g}h{-along:.4g}z"
            )
    marked = f'<path d="{"".join(runs)}" style="fill: var(--warn)"/>' if runs else ""
    frame = (
        f'<rect x="{j * wide - 1:.4g}" y="{SIDE - (i + 1) * high - 1:.4g}" width="{wide + 2:.4g}" '
        f'height="{high + 2:.4g}" style="fill: none; stroke: var(--text)"/>'
    )
    return (
        f'<svg width="{SIDE}" height="{SIDE}" role="img" aria-label="positions in the bin">'
        f'<rect width="{SIDE}" height="{SIDE}" style="fill: var(--line)"/>{marked}{frame}</svg>'
    )
