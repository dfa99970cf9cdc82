"""The path between two cells of a grid whose lowest cell is highest."""

import numpy as np
from scipy import ndimage, sparse
from scipy.sparse.csgraph import dijkstra


def widest_path(
    box: np.ndarray, start: tuple[int, int], end: tuple[int, int], around: np.ndarray
) -> np.ndarray:
    """The path whose lowest cell is highest, int64, shape (n, 2).

    Parameters
    ----------
    around : bool, shape (3, 3): which adjacent cells are neighbours
    """
    open_ = box >= _bottleneck(box, start, end, around)
    return np.array(_shortest(box, open_, start, end, around))


def _bottleneck(box: np.ndarray, start: tuple[int, int], end: tuple[int, int], around: np.ndarray) -> float:
    """The highest level for which the cells at or above it connect `start` and `end`."""
    levels = np.unique(box[box <= min(box[start], box[end])])
    low, high = 0, len(levels)  # at the lowest level everything is connected
    while high - low > 1:
        middle = (low + high) // 2
        region = ndimage.label(box >= levels[middle], around)[0]
        low, high = (middle, high) if region[start] == region[end] else (low, middle)
    return levels[low]


def _shortest(
    box: np.ndarray, open_: np.ndarray, start: tuple[int, int], end: tuple[int, int], around: np.ndarray
) -> list[tuple[int, int]]:
    """The shortest path through open cells; a step costs 1, plus a small term that favours higher cells."""
    small = 1 / (2 * box.size * max(box.max(), 1e-300))
    number = np.full(np.add(box.shape, 2), -1)  # of the open cells, with a border
    number[1:-1, 1:-1][open_] = np.arange(open_.sum())
    cells = np.argwhere(number >= 0)
    steps = np.argwhere(around & (np.indices((3, 3)) != 1).any(axis=0)) - 1
    adjacent = cells[:, None] + steps
    to = number[adjacent[..., 0], adjacent[..., 1]]
    origin, step = np.nonzero(to >= 0)
    i, j = (adjacent[origin, step] - 1).T
    cost = 1 + (box.max() - box[i, j]) * small
    graph = sparse.csr_array((cost, (origin, to[origin, step])), shape=(len(cells), len(cells)))
    first, last = (int(number[cell[0] + 1, cell[1] + 1]) for cell in (start, end))
    _, before = dijkstra(graph, indices=first, return_predecessors=True)
    path = [last]
    while path[-1] != first:
        path.append(int(before[path[-1]]))
    return [tuple(cell) for cell in (cells[path[::-1]] - 1).tolist()]
