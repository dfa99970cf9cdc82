"""R/z, phi and directions in single precision, rounded at every step as in CMSSW.

Both edges of bins and rows of trigger cells lie at multiples of 60 degrees: the last digit decides in which
bin a cell is. The expressions are those of GlobalPoint, HGCalClusterT and HGCalHistoSeedingImpl.
"""

import math

import numpy as np

from .compiled import compiled

_F = np.float32

# The arc tangent of Sun's fdlibm in single precision, as in glibc 2.36: the argument is reduced around 0,
# 1/2, 1, 3/2 or infinity, the rest is an odd polynomial. It is implemented here as numpy and other libraries
# round differently, depending on the processor.
_LIMITS = tuple(_F(n / 16) for n in (7, 11, 19, 39))
_HUGE = _F(2.0**25)
_AT = tuple(map(_F, (0.0, 4.6364760399e-01, 7.8539812565e-01, 9.8279368877e-01, 1.5707962513e00)))
_AT_LOW = tuple(map(_F, (0.0, 5.0121582440e-09, 3.7748947079e-08, 3.4473217170e-08, 7.5497894159e-08)))
_EVEN = tuple(
    map(
        _F,
        (
            3.3333334327e-01,
            1.4285714924e-01,
            9.0908870101e-02,
            6.6610731184e-02,
            4.9768779427e-02,
            1.6285819933e-02,
        ),
    )
)
_ODD = tuple(
    map(_F, (-2.0000000298e-01, -1.1111110449e-01, -7.6918758452e-02, -5.8335702866e-02, -3.6531571299e-02))
)
_PI, _PI_LOW, _HALF_PI = _F(3.1415927410e00), _F(-8.7422776573e-08), _F(1.5707964)
_BEYOND_PI = _F(float(_PI) - 2 * math.pi)

# Sine and cosine in single precision of glibc 2.36: the angle is reduced by quarters of a turn, the rest is a
# polynomial in double precision. The results are not always the nearest numbers.
_SIN = tuple(map(float.fromhex, ("-0x1.555545995a603p-3", "0x1.1107605230bc4p-7", "-0x1.994eb3774cf24p-13")))
_COS = tuple(
    map(
        float.fromhex,
        (
            "-0x1.ffffffd0c621cp-2",
            "0x1.55553e1068f19p-5",
            "-0x1.6c087e89a359dp-10",
            "0x1.99343027bf8c3p-16",
        ),
    )
)
_QUARTER, _IN_QUARTERS = math.pi / 2, 2 / math.pi
_ZERO, _ONE, _THREE_HALVES, _TWO = _F(0), _F(1), _F(1.5), _F(2)


@compiled
def _atan(x: np.float32) -> np.float32:
    """Arc tangent of a non-negative float32; without branches, so that loops are vectorised."""
    past = (x >= _LIMITS[0], x >= _LIMITS[1], x >= _LIMITS[2], x >= _LIMITS[3])
    above, below, at, low = x, _ONE, _AT[0], _AT_LOW[0]
    above, below = (_TWO * x - _ONE, _TWO + x) if past[0] else (above, below)
    above, below = (x - _ONE, x + _ONE) if past[1] else (above, below)
    above, below = (x - _THREE_HALVES, _ONE + _THREE_HALVES * x) if past[2] else (above, below)
    above, below = (-_ONE, x) if past[3] else (above, below)
    at, low = (_AT[1], _AT_LOW[1]) if past[0] else (at, low)
    at, low = (_AT[2], _AT_LOW[2]) if past[1] else (at, low)
    at, low = (_AT[3], _AT_LOW[3]) if past[2] else (at, low)
    at, low = (_AT[4], _AT_LOW[4]) if past[3] else (at, low)
    t = above / below
    z = t * t
    w = z * z
    even = _EVEN[0] + w * (_EVEN[1] + w * (_EVEN[2] + w * (_EVEN[3] + w * (_EVEN[4] + w * _EVEN[5]))))
    odd = _ODD[0] + w * (_ODD[1] + w * (_ODD[2] + w * (_ODD[3] + w * _ODD[4])))
    angle = at - ((t * (z * even + w * odd) - low) - t)
    return _HALF_PI if x >= _HUGE else angle


@compiled
def _angles(y: np.ndarray, x: np.ndarray, y_sign: np.ndarray, x_sign: np.ndarray, angle: np.ndarray) -> None:
    for n in range(len(x)):
        positive = _atan(abs(y[n] / x[n]))
        positive = _ZERO if y[n] == _ZERO else positive
        turned = x_sign[n] < 0 and (x[n] != _ZERO or y[n] == _ZERO)
        positive = _PI - (positive - _PI_LOW) if turned else positive
        angle[n] = -positive if y_sign[n] < 0 else positive


@compiled
def atan2(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Angles of the points (x, y) with the C library's rounding, -pi to pi in single precision.

    Parameters
    ----------
    y, x : float32, shape (n,), finite, contiguous

    Returns
    -------
    float32, shape (n,), rad
    """
    angle = np.empty_like(x)
    _angles(y, x, y.view(np.int32), x.view(np.int32), angle)  # as an integer, -0 is negative too
    return angle


@compiled
def binned_phi(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Phi for binning: pi in single precision is above pi and wraps to the other end [RestrictPhi].

    Parameters
    ----------
    y, x : float32, shape (n,), finite

    Returns
    -------
    float32, shape (n,), rad, all between -pi and pi
    """
    angle = atan2(y, x)
    for n in range(len(angle)):
        if abs(angle[n]) == _PI:
            angle[n] = math.copysign(_BEYOND_PI, -angle[n])
    return angle


def circle(phi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cosine and sine with the C library's rounding.

    Parameters
    ----------
    phi : float32, shape (n,), rad, between -100 and 100

    Returns
    -------
    cos, sin : float32, shape (n,)
    """
    x = phi.astype(np.float64)
    quarters = np.rint(x * _IN_QUARTERS).astype(np.int64)
    x -= quarters * _QUARTER
    x2 = x * x
    x3, x4 = x * x2, x2 * x2
    sin = x + x3 * _SIN[0] + x3 * x2 * (_SIN[1] + x2 * _SIN[2])
    cos = 1 + x2 * _COS[0] + x4 * _COS[1] + x4 * x2 * (_COS[2] + x2 * _COS[3])
    cos, sin = cos.astype(np.float32), sin.astype(np.float32)
    turned = quarters % 4
    return np.choose(turned, [cos, -sin, -cos, sin]), np.choose(turned, [sin, cos, -sin, -cos])


@compiled
def _project(
    x: np.ndarray, y: np.ndarray, z: np.ndarray, mip: np.ndarray, u: np.ndarray, v: np.ndarray, r: np.ndarray
) -> None:
    for n in range(len(x)):
        mean_z = abs(z[n] * mip[n] / mip[n])
        u[n], v[n] = x[n] * mip[n] / mip[n] / mean_z, y[n] * mip[n] / mip[n] / mean_z
        if not np.isfinite(u[n] + v[n]):  # without mipPt, or beyond single precision
            u[n], v[n] = x[n] / abs(z[n]), y[n] / abs(z[n])
        wide_u, wide_v = np.float64(u[n]), np.float64(v[n])
        r[n] = np.sqrt(wide_u * wide_u + wide_v * wide_v)


def projected(
    x: np.ndarray, y: np.ndarray, z: np.ndarray, mip: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Directions of trigger cells, and R/z.

    Parameters
    ----------
    x, y, z : float32, shape (n,), cm
    mip : float32, shape (n,), mipPt

    Returns
    -------
    x_over_z, y_over_z, r_over_z : float32, shape (n,): x/abs(z), y/abs(z), R/abs(z)

    Notes
    -----
    In CMSSW a trigger cell is a cluster of its own: its position is multiplied by mipPt and divided by it
    again, which can change the last digit. R is computed in double precision.
    """
    u, v, r = np.empty((3, len(x)), dtype=np.float32)
    _project(x, y, z, mip, u, v, r)
    return u, v, r


@compiled
def as_means(position: np.ndarray, mip: np.ndarray) -> np.ndarray:
    """Positions of trigger cells as the mean positions that they are in CMSSW, see `projected`.

    Parameters
    ----------
    position : float32, shape (3, n), cm
    mip : float64, shape (n,), mipPt

    Returns
    -------
    float32, shape (3, n), cm
    """
    means = np.empty_like(position)
    for n in range(len(mip)):
        weight = np.float32(mip[n])
        for k in range(3):
            mean = position[k, n] * weight / weight
            means[k, n] = mean if np.isfinite(mean) else position[k, n]  # without mipPt, or beyond precision
    return means


@compiled
def _add_up(
    group: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray,
    total: np.ndarray,
    sum_x: np.ndarray,
    sum_y: np.ndarray,
) -> None:
    for n in range(len(group)):
        g = group[n]
        total[g] = np.float64(total[g]) + weight[n]
        sum_x[g] = np.float64(sum_x[g]) + np.float64(x[n]) * weight[n]
        sum_y[g] = np.float64(sum_y[g]) + np.float64(y[n]) * weight[n]


def means(
    group: np.ndarray, x: np.ndarray, y: np.ndarray, weight: np.ndarray, n_groups: int
) -> tuple[np.ndarray, np.ndarray]:
    """Weighted means of x and y of each group, summed in single precision and in order.

    Parameters
    ----------
    group : int64, shape (n,)
    x, y : float32, shape (n,)
    weight : float64, shape (n,)

    Returns
    -------
    x, y : float32, shape (n_groups,); NaN where the sum of the weights is 0 or overflows
    """
    total, sum_x, sum_y = np.zeros((3, n_groups), dtype=np.float32)
    _add_up(group, x, y, weight, total, sum_x, sum_y)
    total[~np.isfinite(total)] = np.nan
    with np.errstate(all="ignore"):
        return sum_x / total, sum_y / total


@compiled
def eta(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Pseudorapidities of points with the C library's rounding, as in GlobalPoint.

    Parameters
    ----------
    x, y, z : float32, shape (n,), cm

    Returns
    -------
    float32, shape (n,)
    """
    result = np.empty_like(x)
    for n in range(len(x)):
        sinh = z[n] / np.sqrt(x[n] * x[n] + y[n] * y[n])
        size = abs(sinh)
        # glibc's asinhf: what it takes the logarithm of is rounded to single precision.
        square = size * size
        large = _TWO * size + _ONE / (np.sqrt(square + _ONE) + size)
        small = size + square / (_ONE + np.sqrt(_ONE + square))
        value = math.log(np.float64(large)) if size > _TWO else math.log1p(np.float64(small))
        result[n] = math.copysign(value, sinh)
    return result


@compiled
def _move(
    group: np.ndarray, position: np.ndarray, weight: np.ndarray, total: np.ndarray, centre: np.ndarray
) -> None:
    for n in range(len(group)):
        g = group[n]
        before, own, after = total[g], weight[n], total[g] + weight[n]
        total[g] = after
        for k in range(3):
            moved = centre[k, g] * np.float32(before) + position[k, n] * np.float32(own)
            centre[k, g] = moved / np.float32(after) if after > 0 else moved


@compiled
def centres(group: np.ndarray, position: np.ndarray, weight: np.ndarray, n_groups: int) -> np.ndarray:
    """Weighted mean positions, to which one row after the other is added [HGCalClusterT::addConstituent].

    Parameters
    ----------
    group : int64, shape (n,)
    position : float32, shape (3, n), cm
    weight : float64, shape (n,)

    Returns
    -------
    float32, shape (3, n_groups), cm; the last digits depend on the order of the rows
    """
    total, centre = np.zeros(n_groups), np.zeros((3, n_groups), dtype=np.float32)
    _move(group, position, weight, total, centre)
    return centre
