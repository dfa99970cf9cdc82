"""What the seeding of the default chain decides for each bin, and its reason in words."""

import numpy as np

from ...chain.seed_rule import neighbours

# Outcome for a bin; from BEATEN on it encodes the neighbour that is higher or equal, see `decisions`.
EMPTY, BELOW, SEED, BEATEN = range(4)


def decisions(smoothed: np.ndarray, threshold: float, winner: np.ndarray, equal: np.ndarray) -> np.ndarray:
    """Outcome of the seed decision for each bin.

    Parameters
    ----------
    smoothed : float64, shape (n_rz, n_phi), mipT
    threshold : seed threshold [mipT]
    winner, equal : same shape, see `histogram_seeding.beaten_by`

    Returns
    -------
    uint8 or, for windows of more than 20 bins, uint16, same shape: EMPTY, BELOW the threshold, SEED, or for
    bins beaten by a neighbour BEATEN + 2 winner + equal; all are indices into `verdicts`
    """
    above = smoothed > threshold
    kinds = [~above & ~(smoothed > 0), ~above, winner < 0]
    outcome = np.select(kinds, [EMPTY, BELOW, SEED], BEATEN + 2 * winner + equal)
    return outcome.astype(np.uint8 if outcome.max(initial=0) < 256 else np.uint16)


def verdicts(threshold: float, window: int) -> list[str]:
    """Text of a bin's tooltip for each outcome of `decisions`.

    Parameters
    ----------
    threshold : seed threshold [mipT]
    window : half width in phi, in bins

    Examples
    --------
    >>> verdicts(20.0, 1)[:4]  # doctest: +NORMALIZE_WHITESPACE
    ['not a seed: empty', 'not a seed: below threshold 20 mipT', 'seed: the highest of its window',
     'not a seed: NW neighbour is higher']
    """
    beaten = (
        f"not a seed: {_bin_at(*offset)} is {how}"
        for offset in neighbours(window)
        for how in ("higher", "as high")
    )
    return [
        "not a seed: empty",
        f"not a seed: below threshold {threshold:g} mipT",
        "seed: the highest of its window",
        *beaten,
    ]


def _bin_at(d_rz: int, d_phi: int) -> str:
    """Description of a bin relative to another: north is higher R/z, east is higher phi."""
    side = {1: "N", 0: "", -1: "S"}[d_rz] + ("E" if d_phi > 0 else "W" if d_phi < 0 else "")
    return f"the {side} bin {abs(d_phi)} away in \u03c6" if abs(d_phi) > 1 else f"{side} neighbour"
