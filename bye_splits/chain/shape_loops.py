"""Loops over the trigger cells of clusters, for shapes.

Trigger cells are in the order of clusters and layers; `start` to `stop` are those of a cluster or a layer.
What does not count has the weight 0. Sums have CMSSW's precision, as narrow clusters show it.
"""

import math

import numpy as np

from bye_splits.geometry.constants import BETWEEN_COMPARTMENTS

from . import single
from .compiled import compiled

THRESHOLD = 1.0
"""A trigger cell counts only above it, mipT [shape_threshold]."""
DISTANCE = 0.015
"""And only closer than this to the cluster's position, in (x/z, y/z) [shape_distance]."""
CORE_RADIUS = 5.0
"""Distance from a layer's trigger cell of highest energy for `srrmean`, cm."""
NO_FIRST, NO_LAST = 999, -999
"""First and last layer where no trigger cell counts."""
_ZERO, _TURN, _HALF_TURN = np.float32(0), np.float32(2 * math.pi), np.float32(math.pi)
_IN_TURNS = np.float32(1 / (2 * math.pi))
# CMSSW has fractions in single precision.
_F10, _F50, _F67, _F90 = (float(np.float32(fraction)) for fraction in (0.1, 0.5, 0.67, 0.9))


@compiled
def counting(
    cluster: np.ndarray, mip: np.ndarray, u: np.ndarray, v: np.ndarray, centre: np.ndarray
) -> np.ndarray:
    """Which trigger cells count.

    Parameters
    ----------
    cluster : int64, shape (n,)
    mip : float64, shape (n,), mipPt
    u, v : shape (n,), x/abs(z) and y/abs(z)
    centre : float32, shape (3, n_clusters), cm

    Returns
    -------
    bool, shape (n,)
    """
    counts = np.zeros(len(u), np.bool_)
    for n in range(len(u)):
        x, y, z = centre[0, cluster[n]], centre[1, cluster[n]], abs(centre[2, cluster[n]])
        du, dv = u[n] - x / z, v[n] - y / z
        counts[n] = mip[n] > THRESHOLD and np.sqrt(du * du + dv * dv) < DISTANCE
    return counts


@compiled
def _nearest(layer: np.ndarray, z: np.ndarray, planes: np.ndarray, start: int, stop: int) -> int:
    """Row of `planes` that are nearest to trigger cells; the first where none has their layers."""
    nearest, least = 0, np.inf
    for k in range(len(planes)):
        away = 0.0
        for n in range(start, stop):
            known = 0 <= layer[n] < planes.shape[1]
            away += abs(planes[k, layer[n]] - z[n]) if known else np.inf
        if away < least:
            nearest, least = k, away
    return nearest


@compiled
def _mean(value: np.ndarray, weight: np.ndarray, start: int, stop: int) -> np.float32:
    total = summed = _ZERO
    for n in range(start, stop):
        summed += weight[n] * value[n]
        total += weight[n]
    return summed / total if total > 0 else _ZERO


@compiled
def _rms(
    value: np.ndarray, weight: np.ndarray, start: int, stop: int, about: np.float32, angle: bool
) -> np.float32:
    """Root mean square deviation; differences of angles are at most half a turn [reduceRange]."""
    total = summed = _ZERO
    for n in range(start, stop):
        away = value[n] - about
        if angle and abs(away) > _HALF_TURN:
            away -= np.float32(np.rint(away * _IN_TURNS)) * _TURN
        wide = np.float64(away)
        summed = np.float32(summed + weight[n] * (wide * wide))
        total += weight[n]
    return np.sqrt(summed / total) if total > 0 else _ZERO


@compiled
def _spread(value: np.ndarray, weight: np.ndarray, start: int, stop: int) -> np.float32:
    """Root mean square deviation from the mean."""
    return _rms(value, weight, start, stop, _mean(value, weight, start, stop), False)


@compiled
def _direction(
    eta: np.ndarray, phi: np.ndarray, pt: np.ndarray, start: int, stop: int
) -> tuple[np.float32, np.float32]:
    """Eta and phi of the sum of momenta."""
    x = y = z = 0.0
    for n in range(start, stop):
        x += pt[n] * math.cos(np.float64(phi[n]))
        y += pt[n] * math.sin(np.float64(phi[n]))
        z += pt[n] * math.sinh(np.float64(eta[n]))
    return np.float32(math.asinh(z / math.sqrt(x * x + y * y))), np.float32(math.atan2(y, x))


@compiled
def _core(
    x: np.ndarray, y: np.ndarray, z: np.ndarray, weight: np.ndarray, start: int, stop: int
) -> tuple[np.float32, np.float32]:
    """Spread of R/z around the trigger cell of highest energy, and the energy there."""
    highest = start
    for n in range(start, stop):
        if weight[n] > weight[highest]:
            highest = n
    r, energy, total = np.empty(stop - start, np.float32), np.zeros(stop - start, np.float32), 0.0
    for n in range(start, stop):
        dx, dy = np.float64(x[n] - x[highest]), np.float64(y[n] - y[highest])
        if math.sqrt(dx * dx + dy * dy) < CORE_RADIUS:
            energy[n - start] = weight[n]
            total += weight[n]
        r[n - start] = np.sqrt(x[n] * x[n] + y[n] * y[n]) / z[n]
    return _spread(r, energy, 0, stop - start), np.float32(total)


@compiled
def _consecutive(hit: np.ndarray) -> int:
    """Largest number of consecutive True."""
    longest = length = 0
    for one in hit:
        length = length + 1 if one else 0
        longest = max(longest, length)
    return longest


@compiled
def _up_to_layer(pt: np.ndarray, fraction: float) -> float:
    """Trigger layer, interpolated, up to which a fraction of pt is; `pt` begins with trigger layer 1."""
    sought, before = pt.sum() * fraction, 0.0
    for layer in range(len(pt)):
        if before + pt[layer] > sought:
            return layer + (sought - before) / pt[layer]
        before += pt[layer]
    return float(len(pt))


@compiled
def _highest_cells(descending: np.ndarray, fraction: float) -> float:
    """Number of trigger cells, interpolated, with a fraction of pt; of equal ones CMSSW counts one."""
    sought, before, count, last = descending.sum() * fraction, 0.0, 0, 0.0
    for pt in descending:
        if pt == last or pt <= 0:
            continue
        before, last, count = before + last, pt, count + 1
        if before + pt > sought:
            break
    return count - 1 + ((sought - before) / last if last > 0 else 0.0)


@compiled
def _measure(
    first: np.ndarray,
    layer: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    z: np.ndarray,
    eta: np.ndarray,
    phi: np.ndarray,
    pt: np.ndarray,
    share: np.ndarray,
    counts: np.ndarray,
    cluster_eta: np.ndarray,
    cluster_phi: np.ndarray,
    planes: np.ndarray,
    trigger_layers: np.ndarray,
    n_layers: np.ndarray,
    shapes: np.ndarray,
) -> None:
    """Measure the shapes of clusters whose trigger cells are in order.

    Parameters
    ----------
    first : int64, shape (n_clusters + 1,), first trigger cell of each cluster, and the number of them
    layer : int64, shape (n,)
    x, y, z, eta, phi : float32, shape (n,), cm and rad; z is positive
    pt, share : float64, shape (n,), GeV, and the part of it that is the cluster's
    counts : bool, shape (n,)
    cluster_eta, cluster_phi : float32, shape (n_clusters,)
    planes, trigger_layers, n_layers, shapes : as of `measure`
    """
    r, energy, counted_pt = np.empty_like(x), np.zeros_like(x), np.zeros_like(pt)
    for n in range(len(x)):
        wide_x, wide_y = np.float64(x[n]), np.float64(y[n])
        r[n] = math.sqrt(wide_x * wide_x + wide_y * wide_y) / z[n]
        if counts[n]:
            energy[n], counted_pt[n] = pt[n] * math.cosh(np.float64(eta[n])), pt[n]
    for c in range(len(first) - 1):
        a, b = first[c], first[c + 1]
        geometry = _nearest(layer, z, planes, a, b)
        in_layer = np.zeros(n_layers[geometry])
        hit = np.zeros(n_layers[geometry], np.bool_)
        first_layer, last_layer, max_layer = NO_FIRST, NO_LAST, 0
        max_pt = max_energy = eta_spread = phi_spread = r_spread = core_squares = core_energies = _ZERO
        cee_pt = ceh_pt = 0.0
        start = a
        while start < b:
            some, layer_pt, layer_energy, stop = False, 0.0, _ZERO, start
            known = 0 <= layer[start] < trigger_layers.shape[1]
            trigger_layer = trigger_layers[geometry, layer[start]] if known else 0
            while stop < b and layer[stop] == layer[start]:
                some |= counts[stop]
                layer_pt += counted_pt[stop]
                layer_energy += energy[stop]
                if z[stop] < BETWEEN_COMPARTMENTS:
                    cee_pt += pt[stop] * share[stop]
                else:
                    ceh_pt += pt[stop] * share[stop]
                stop += 1
            if some:
                first_layer, last_layer = min(first_layer, layer[start]), layer[start]
                if trigger_layer > 0:
                    hit[trigger_layer - 1], in_layer[trigger_layer - 1] = True, layer_pt
                if layer_pt > max_pt:
                    max_pt, max_layer = np.float32(layer_pt), layer[start]
                max_energy = max(max_energy, layer_energy)
                layer_eta, layer_phi = _direction(eta, phi, pt, start, stop)
                eta_spread = max(eta_spread, _rms(eta, energy, start, stop, layer_eta, False))
                phi_spread = max(phi_spread, _rms(phi, energy, start, stop, layer_phi, True))
                r_spread = max(r_spread, _spread(r, energy, start, stop))
                core, core_energy = _core(x, y, z, energy, start, stop)
                core_squares += core_energy * (core * core)
                core_energies += core_energy
            start = stop
        descending = -np.sort(-counted_pt[a:b])
        own = shapes[c]
        own.firstlayer = first_layer
        own.showerlength = last_layer - first_layer + 1
        own.coreshowerlength = _consecutive(hit)
        own.maxlayer = max_layer
        own.emaxe = max_energy
        own.seetot = _rms(eta, energy, a, b, cluster_eta[c], False)
        own.seemax = eta_spread
        own.spptot = _rms(phi, energy, a, b, cluster_phi[c], True)
        own.sppmax = phi_spread
        own.szz = _spread(z, energy, a, b)
        own.srrtot = _spread(r, energy, a, b)
        own.srrmax = r_spread
        own.srrmean = np.sqrt(core_squares / core_energies) if core_energies > 0 else _ZERO
        own.meanz = _mean(z, energy, a, b)
        own.layer10 = _up_to_layer(in_layer, _F10)
        own.layer50 = _up_to_layer(in_layer, _F50)
        own.layer90 = _up_to_layer(in_layer, _F90)
        own.ntc67 = _highest_cells(descending, _F67)
        own.ntc90 = _highest_cells(descending, _F90)
        own.hoe = ceh_pt / cee_pt if cee_pt > 0 else -1.0


@compiled
def measure(
    cluster: np.ndarray,
    order: np.ndarray,
    layer: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    z: np.ndarray,
    u: np.ndarray,
    v: np.ndarray,
    mip: np.ndarray,
    pt: np.ndarray,
    share: np.ndarray,
    planes: np.ndarray,
    trigger_layers: np.ndarray,
    n_layers: np.ndarray,
    shapes: np.ndarray,
) -> None:
    """Measure the shapes of clusters.

    Parameters
    ----------
    cluster : int64, shape (n,), of each trigger cell
    order : int64, shape (n,): the trigger cells by cluster and layer
    layer : int64, shape (n,)
    x, y, z : float64, shape (n,), cm
    u, v : shape (n,), x/abs(z) and y/abs(z)
    mip, pt, share : float64, shape (n,), mipPt, GeV, and the part of it that is the cluster's
    planes, trigger_layers : shape (n_geometries, n), z [cm] and trigger layer (0: none) of each layer
    n_layers : int64, shape (n_geometries,)
    shapes : structured array, shape (n_clusters,), to be filled; `emaxe` is not divided by the energy of the
        cluster
    """
    position = np.empty((3, len(x)), np.float32)
    position[0], position[1], position[2] = x, y, z
    centre = single.centres(cluster, single.as_means(position, mip), mip * share, len(shapes))
    counts = counting(cluster, mip, u, v, centre)
    x_in_order, y_in_order, z_in_order = position[0][order], position[1][order], position[2][order]
    _measure(
        np.searchsorted(cluster[order], np.arange(len(shapes) + 1)),
        layer[order],
        x_in_order,
        y_in_order,
        np.abs(z_in_order),
        single.eta(x_in_order, y_in_order, z_in_order),
        single.binned_phi(y_in_order, x_in_order),
        pt[order],
        share[order],
        counts[order],
        single.eta(centre[0], centre[1], centre[2]),
        single.binned_phi(centre[1], centre[0]),
        planes,
        trigger_layers,
        n_layers,
        shapes,
    )
