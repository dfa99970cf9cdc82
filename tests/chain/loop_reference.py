"""The chain written down a second time, from its equations and in plain loops: slow, and apart from the code.

Trigger cells are dictionaries of numbers, one event at a time.
"""

import math

N_RZ, N_PHI = 42, 216
RZ_MIN, RZ_MAX = 0.076, 0.58
BIN_SUMS = [13] + [11] * 3 + [9] * 3 + [7] * 6 + [5] * 15 + [3] * 14
RADIUS = [None] + [0.015] * 7 + [0.020] * 7 + [0.030] * 7 + [0.040] * 13 + [0.050] * 18
ETA_INTERVALS = ((1.5, 1.9), (1.9, 2.3), (2.3, 3.2))
COARSE_LAYERS = (7, 9, 11, 13)
HEXAGON = ((1, 0), (0, 1), (-1, 0), (0, -1), (1, 1), (-1, -1))


def bin_of(cell):
    """(i, j), or None outside the limits of R/z."""
    rz = math.hypot(cell["x"], cell["y"]) / abs(cell["z"])
    i = math.floor((rz - RZ_MIN) * 42 / 0.504)
    phi = math.atan2(cell["y"], cell["x"])
    if phi >= math.pi:
        phi -= 2 * math.pi
    return (i, math.floor((phi + math.pi) * N_PHI / (2 * math.pi))) if 0 <= i < N_RZ else None


def histogram(cells):
    """H, and the number of trigger cells outside."""
    filled = [[0.0] * N_PHI for _ in range(N_RZ)]
    outside = 0
    for cell in cells:
        where = bin_of(cell)
        if where is None:
            outside += 1
        else:
            filled[where[0]][where[1]] += cell["mipPt"]
    return filled, outside


def smoothed(filled, kernel, norm_by_area):
    """F: P[i, j] = sum of w_k H[i, j + k], over its area; then the rows."""
    rows = []
    for i in range(N_RZ):
        n = (BIN_SUMS[i] - 1) // 2
        if kernel == "default":
            weight = [1 / 2 ** abs(k) for k in range(-n, n + 1)]
            area = 1 + 2 * (1 - 2.0**-n)
        else:
            weight = [1.0 if abs(k) <= 1 else 1 / 2 ** (abs(k) - 1) for k in range(-n, n + 1)]
            area = 5 - 2.0 ** (2 - n)
        of_row = i if norm_by_area else 0
        low, high = (RZ_MIN + (of_row + edge) * 0.504 / 42 for edge in (0, 1))
        area *= math.pi * (high**2 - low**2) / N_PHI
        row = []
        for j in range(N_PHI):
            total = sum(weight[n + k] * filled[i][(j + k) % N_PHI] for k in range(-n, n + 1))
            row.append(total / area * 4.91e-5)
        rows.append(row)
    out = []
    for i in range(N_RZ):
        empty = [0.0] * N_PHI
        below, above = (rows[k] if 0 <= k < N_RZ else empty for k in (i - 1, i + 1))
        w = 1.5 if i in (0, N_RZ - 1) else 2.0
        out.append([(rows[i][j] + 0.5 * (below[j] + above[j])) / w for j in range(N_PHI)])
    return out


def is_seed(f, i, j, threshold, window):
    """CMSSW: with N = (i + 1), E = (j + 1): F >= S, E, SE, NE and > N, W, SW, NW."""
    if not f[i][j] > threshold:
        return False
    for di in (-1, 0, 1):
        if not 0 <= i + di < N_RZ:
            continue
        for dj in range(-window, window + 1):
            if (di, dj) == (0, 0):
                continue
            other = f[i + di][(j + dj) % N_PHI]
            west_or_north = dj < 0 or (dj == 0 and di == 1)
            if f[i][j] < other or (west_or_north and f[i][j] == other):
                return False
    return True


def default_seeds(cells, f, threshold, window):
    """(energy, x/z, y/z, i, j): the mean of the bin, or of the summed bins around an empty one."""
    found = []
    bins = [bin_of(cell) for cell in cells]
    for i in range(N_RZ):
        for j in range(N_PHI):
            if not is_seed(f, i, j, threshold, window):
                continue
            mine = [cell for cell, where in zip(cells, bins, strict=True) if where == (i, j)]
            if sum(cell["mipPt"] for cell in mine) == 0:
                around = {
                    (k, (j + dj) % N_PHI)
                    for k in (i - 1, i, i + 1)
                    if 0 <= k < N_RZ
                    for dj in range(-((BIN_SUMS[k] - 1) // 2), (BIN_SUMS[k] - 1) // 2 + 1)
                }
                mine = [cell for cell, where in zip(cells, bins, strict=True) if where in around]
            x, y = mean_direction(mine)
            found.append((f[i][j], x, y, i, j))
    return found


def mean_direction(cells):
    """Means of x/abs(z) and y/abs(z), weighted with mipPt."""
    total = sum(cell["mipPt"] for cell in cells)
    return tuple(sum(cell["mipPt"] * cell[q] / abs(cell["z"]) for cell in cells) / total for q in "xy")


def coarse_seeds(cells, threshold, nearby, window, of_modules=(170.0, 180.0, 200.0)):
    """Seeds of the modules that pass the threshold of their interval of eta: (energy, x/z, y/z)."""
    modules = {}
    for cell in cells:
        if cell["layer"] in COARSE_LAYERS and cell["waferu"] != -999:
            modules.setdefault((cell["waferu"], cell["waferv"]), []).append(cell)
    found = []
    for interval, (low, high) in enumerate(ETA_INTERVALS):
        for wafer in sorted(modules):
            mine = modules[wafer]
            eta = sum(abs_eta(cell) for cell in mine) / len(mine)
            if not low < eta <= high or sum(cell["mipPt"] for cell in mine) < of_modules[interval]:
                continue
            seen = list(mine)
            if nearby:
                for du, dv in HEXAGON:
                    seen += modules.get((wafer[0] + du, wafer[1] + dv), [])
            found += [(interval, wafer, *seed) for seed in seeds_of_module(wafer, seen, threshold, window)]
    return [seed[3:] for seed in sorted(found, key=lambda seed: seed[:3])]


def seeds_of_module(wafer, cells, threshold, window):
    """((U, V), energy, x/z, y/z) of the maxima of mipPt on the lattice that lie in the module itself."""
    points = {}
    for cell in cells:
        u = cell["cellu"] - 4 * cell["waferu"] + 8 * cell["waferv"]
        v = cell["cellv"] - 8 * cell["waferu"] + 4 * cell["waferv"]
        points.setdefault((u, v), []).append(cell)
    energy = {where: sum(cell["mipPt"] for cell in there) for where, there in points.items()}
    found = []
    for (u, v), there in points.items():
        if (there[0]["waferu"], there[0]["waferv"]) != wafer or not energy[u, v] > threshold:
            continue
        highest = True
        for du in range(-window, window + 1):
            for dv in range(-window, window + 1):
                other = energy.get((u + du, v + dv), 0.0)
                if abs(du - dv) > window or (du, dv) == (0, 0):
                    continue
                lower = (du, dv) < (0, 0)
                if energy[u, v] < other or (lower and energy[u, v] == other):
                    highest = False
        if highest:
            found.append(((u, v), energy[u, v], *mean_direction(there)))
    return found


def abs_eta(cell):
    return abs(math.asinh(cell["z"] / math.hypot(cell["x"], cell["y"])))


def associate(cells, seeds, association, radius=None, slope=0.0):
    """Number of the seed of each trigger cell, -1 for none."""
    out = []
    for cell in cells:
        reach = RADIUS[cell["layer"]] + slope * (2.3 - abs_eta(cell)) if radius is None else radius
        x, y = cell["x"] / abs(cell["z"]), cell["y"] / abs(cell["z"])
        distance = [math.sqrt((x - seed[1]) ** 2 + (y - seed[2]) ** 2) for seed in seeds]
        chosen = -1
        for s in range(len(seeds)):
            if association == "min_distance":
                better = chosen < 0 or distance[s] < distance[chosen]
            else:
                better = distance[s] < reach and (chosen < 0 or seeds[s][0] > seeds[chosen][0])
            if better:
                chosen = s
        out.append(chosen if chosen >= 0 and distance[chosen] < reach else -1)
    return out


def clusters(cells, seed_of_cell, n_seeds):
    """(pt, energy, x, y, z, eta, phi, n_cells, seed) of those above 0.5 GeV."""
    found = []
    for s in range(n_seeds):
        mine = [cell for cell, seed in zip(cells, seed_of_cell, strict=True) if seed == s]
        pt = sum(cell["pt"] for cell in mine)
        if not pt > 0.5:
            continue
        total = sum(cell["mipPt"] for cell in mine)
        x, y, z = (sum(cell["mipPt"] * cell[q] for cell in mine) / total for q in "xyz")
        eta = math.asinh(z / math.hypot(x, y))
        found.append((pt, pt * math.cosh(eta), x, y, z, eta, math.atan2(y, x), len(mine), s))
    return found
