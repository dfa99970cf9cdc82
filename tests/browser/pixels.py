"""Judging pictures: uint8 arrays of shape (height, width, 3)."""

import numpy as np
from bokeh.palettes import Viridis256


def rgb(colour: str) -> np.ndarray:
    """#rrggbb as numbers, shape (3,)."""
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])


VIRIDIS = np.array([rgb(colour) for colour in Viridis256])


def near(pixels, colour, by: int = 3) -> np.ndarray:
    """Which pixels have a colour within `by` of each channel, bool."""
    return (np.abs(pixels.astype(int) - colour) <= by).all(axis=-1)


def viridis_place(pixels) -> np.ndarray:
    """Place (0 to 255) of pixels on the scale, -1 for those of another colour; int."""
    colours, inverse = np.unique(pixels.reshape(-1, 3), axis=0, return_inverse=True)
    apart = np.abs(colours[:, None].astype(int) - VIRIDIS).max(axis=-1)
    place = np.where(apart.min(axis=1) <= 4, apart.argmin(axis=1), -1)
    return place[inverse].reshape(pixels.shape[:-1])


def n_colours(pixels) -> int:
    """Number of clearly different colours."""
    return len(np.unique(pixels.reshape(-1, 3) // 8, axis=0))
