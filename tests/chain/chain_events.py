"""Random events for the tests of the chain: showers and single trigger cells on the lattice of the wafers."""

from functools import cache

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, settings

from bye_splits.chain.cells import MODULES, NEEDED

PITCH = 2.402  # cm, between trigger cells
LAYERS = np.array([*range(1, 28, 2), *range(29, 51)])
COLUMNS = ("x", "y", "z", "mipPt", "pt", "layer", "waferu", "waferv", "cellu", "cellv")


def quick(n_examples):
    """Settings of a hypothesis test that does the same each time it runs."""
    return settings(
        derandomize=True,
        deadline=None,
        max_examples=n_examples,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )


@cache
def lattice_cells():
    """Trigger cells of all wafers of a layer: waferu waferv cellu cellv x y."""
    n = range(-13, 14)
    rows = np.array(
        [
            (wu, wv, u, v)
            for wu in n
            for wv in n
            for u in range(8)
            for v in range(8)
            if v - u < 4 and u - v <= 4
        ]
    )
    wu, wv, u, v = rows.T
    along_u, along_v = u - 4 * wu + 8 * wv, v - 8 * wu + 4 * wv
    # Steps in U and in V are 120 degrees apart, and turned so that no cell lies at a multiple of 60 degrees.
    angle = np.radians([17.0, 137.0])
    x, y = (PITCH * (along_u * f(angle[0]) + along_v * f(angle[1])) for f in (np.cos, np.sin))
    return rows, x + 0.31, y - 0.17


def layer_z(layer):
    """Cm; about where layers are."""
    layer = np.asarray(layer)
    return np.where(layer <= 28, 321.0 + 1.25 * layer, 360.0 + 6.5 * (layer - 28))


def at(rz, phi, mip, layer=9, pt=None):
    """Trigger cells at given directions, without wafers' coordinates."""
    rz, phi, mip, layer = np.broadcast_arrays(rz, phi, np.asarray(mip, dtype=float), layer)
    z = layer_z(layer)
    return pd.DataFrame(
        {
            "x": rz * z * np.cos(phi),
            "y": rz * z * np.sin(phi),
            "z": z,
            "mipPt": mip,
            "pt": mip / 40 if pt is None else np.broadcast_to(pt, mip.shape),
            "layer": layer,
        }
    )


def modules(*deposits):
    """Trigger cells at lattice points: (number of the point by its distance from a corner, mipPt)."""
    rows, x, y = lattice_cells()
    near = np.argsort(np.hypot(x - 66.6, y - 30.1))
    number, mip = (np.array(column) for column in zip(*deposits, strict=True))
    cell = near[number]
    table = at(0.2, np.zeros(len(number)), mip.astype(float))
    table["x"], table["y"], table["z"] = x[cell], y[cell], layer_z(table.layer.to_numpy())
    for name, column in zip(("waferu", "waferv", "cellu", "cellv"), rows[cell].T, strict=True):
        table[name] = column
    return table


def random_event(rng, n_showers, n_single, largest=700.0):
    """An event of the +z endcap.

    Parameters
    ----------
    rng : numpy.random.Generator
    n_showers, n_single : numbers of showers, and of trigger cells strewn over the endcap
    largest : mipT of a shower's core in a layer
    """
    wafers, x, y = lattice_cells()
    parts = []
    axes = zip(rng.uniform(0.09, 0.5, n_showers), rng.uniform(-np.pi, np.pi, n_showers), strict=True)
    for rz, phi in axes:
        core = rng.uniform(0.1, 1) * largest
        beside = np.flatnonzero(np.abs(y * np.cos(phi) - x * np.sin(phi)) < 8)  # the axis and its other half
        for layer in LAYERS:
            r = rz * float(layer_z(layer))
            distance = np.hypot(x[beside] - r * np.cos(phi), y[beside] - r * np.sin(phi))
            near, distance = beside[distance < 8], distance[distance < 8]
            mip = core * np.exp(-distance / 1.3 - abs(layer - 10) / 6) * rng.lognormal(0, 0.6, len(near))
            parts.append((near[mip > 0.5], np.full((mip > 0.5).sum(), layer), mip[mip > 0.5]))
    radius = np.hypot(x, y)
    inside = np.flatnonzero((radius > 28) & (radius < 180))
    parts.append(
        (rng.choice(inside, n_single), rng.choice(LAYERS, n_single), 0.5 + rng.exponential(2, n_single))
    )
    cell, layer, mip = (np.concatenate(column) for column in zip(*parts, strict=True))
    # Each trigger cell once, its positions a little off the lattice as those of partial wafers are.
    _, first = np.unique(cell * 64 + layer, return_index=True)
    first = rng.permutation(first)
    cell, layer, mip = cell[first], layer[first], mip[first]
    wu, wv, u, v = wafers[cell].T
    return pd.DataFrame(
        {
            "x": x[cell] + rng.uniform(-0.01, 0.01, len(cell)),
            "y": y[cell] + rng.uniform(-0.01, 0.01, len(cell)),
            "z": layer_z(layer),
            "mipPt": mip,
            "pt": mip / 40 * rng.uniform(0.8, 1.2, len(cell)),
            "layer": layer,
            "waferu": wu,
            "waferv": wv,
            "cellu": u,
            "cellv": v,
        }
    )


def several_events(seed, sizes):
    """One table of several events, with the event number of each row; `sizes` of (showers, single cells)."""
    rng = np.random.default_rng(seed)
    tables = [random_event(rng, *size) for size in sizes]
    event = np.repeat(np.arange(len(tables)), [len(table) for table in tables])
    return pd.concat(tables, ignore_index=True), event


def toy_event(events, n):
    """Trigger cells at or above 0.5 mipT of the n-th event, and its particle's eta, phi and energy."""
    columns = events.part(n, n + 1).trigger_cells.columns
    cells = pd.DataFrame({name: columns[name] for name in (*NEEDED, *MODULES)})
    generated = events.part(n, n + 1).generated.columns
    particle = [float(generated[name][0]) for name in ("exeta", "exphi", "energy")]
    return cells[cells["mipPt"] >= 0.5].reset_index(drop=True), particle
