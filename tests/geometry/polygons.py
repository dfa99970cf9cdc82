"""Plane geometry for the tests, written apart from the code that they test."""

import numpy as np


def holds(polygons, points):
    """Which convex polygons, (n, k, 2), hold which points, (m, 2), in their inside: bool (n, m)."""
    start = np.asarray(polygons, dtype=float)
    side = np.roll(start, -1, axis=1) - start
    held = None
    for k in range(start.shape[1]):
        dx, dy = (points[None, :, i] - start[:, k, None, i] for i in (0, 1))
        cross = side[:, k, 0, None] * dy - side[:, k, 1, None] * dx
        left, right = (
            (cross > 0, cross < 0) if held is None else (held[0] & (cross > 0), held[1] & (cross < 0))
        )
        held = left, right
    return held[0] | held[1]


def area(polygons):
    """Area of polygons, (n, k, 2) -> (n,), by the shoelace formula about each one's first corner."""
    polygons = np.asarray(polygons, dtype=float)
    x, y = np.moveaxis(polygons - polygons[:, :1], -1, 0)
    return np.abs((x * np.roll(y, -1, axis=1) - np.roll(x, -1, axis=1) * y).sum(axis=1)) / 2


def distance(polygons, points):
    """Distance of points outside, (m, 2), to the borders of polygons, (n, k, 2): (n, m)."""
    start = np.asarray(polygons, dtype=float)[:, None]
    side = np.roll(start, -1, axis=2) - start
    to_point = points[None, :, None] - start
    along = np.clip((to_point * side).sum(-1) / (side**2).sum(-1), 0, 1)
    return np.linalg.norm(to_point - along[..., None] * side, axis=-1).min(axis=-1)


def rotated(x, y, degrees):
    angle = np.radians(degrees)
    return x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)


def inner_points(quadrilaterals, rng, per_cell: int = 1, margin: float = 1e-3):
    """Random points inside convex quadrilaterals, (n, 4, 2) -> (n, per_cell, 2), off their sides."""
    s, t = rng.uniform(margin, 1 - margin, (2, len(quadrilaterals), per_cell))
    weights = np.stack([(1 - s) * (1 - t), s * (1 - t), s * t, (1 - s) * t], axis=-1)
    return np.einsum("npk,nkd->npd", weights, np.asarray(quadrilaterals, dtype=float))
