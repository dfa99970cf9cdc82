"""What a rule of the seeds decides for each bin, and its reason in words."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ...chain import ChainParameters
from ...chain.above_threshold import AboveThreshold
from ...chain.interpolated_maxima import InterpolatedMaxima, expected
from ...chain.local_maxima import LocalMaxima, beaten_by
from ...chain.secondary_maxima import SecondaryMaxima, two_passes
from ...chain.seed_rule import SeedRule, SmoothedBins, neighbours
from ...chain.seed_rules import SEED_RULES
from ...errors import variant

# Outcome for a bin; from BEATEN on it encodes the neighbour that is higher or equal, see `decisions`.
EMPTY, BELOW, SEED, BEATEN = range(4)
VETOED, SECOND = range(
    BEATEN + 1, BEATEN + 3
)  # of two passes: beside a seed of the first, seeds of the second


@dataclass(frozen=True, eq=False)
class Decision:
    """The decision on each bin of a map.

    Attributes
    ----------
    outcome : uint8 or uint16, shape (n1, n2), indices into `verdicts`
    verdicts : text of a bin's tooltip for each outcome
    looks_at : what else the rule looks at: title and values, float32, shape (n1, n2), mipT
    """

    outcome: np.ndarray
    verdicts: list[str]
    looks_at: list[tuple[str, np.ndarray]] = field(default_factory=list)


def decide(bins: SmoothedBins, parameters: ChainParameters) -> Decision:
    """The decision of the rule of some parameters on the smoothed bins of one event."""
    rule = SEED_RULES[parameters.seeding]
    return variant(_DECIDE, type(rule), "decision of a rule")(bins, parameters)


def _by_window(bins: SmoothedBins, parameters: ChainParameters) -> Decision:
    threshold, window = parameters.seed_threshold, parameters.seed_window
    (winner,), (equal,) = beaten_by(bins, threshold, window, parameters.legacy)
    outcome = decisions(bins.smoothed[0], threshold, winner, equal)
    return Decision(outcome, verdicts(threshold, window))


def _in_two_passes(bins: SmoothedBins, parameters: ChainParameters) -> Decision:
    threshold, smoothed = parameters.seed_threshold, bins.smoothed[0]
    passes = two_passes(bins, threshold, parameters.seed_window)
    outcome = np.select([smoothed > threshold, smoothed > 0], [BEATEN, BELOW], EMPTY).ravel()
    outcome[passes.vetoed & (outcome == BEATEN)] = VETOED
    outcome[passes.primary], outcome[passes.secondary] = SEED, SECOND
    words = [
        *_plain(threshold),
        "seed: the highest of its window",
        "not a seed: a neighbour that is not vetoed is higher",
        "not a seed: vetoed by a seed beside it",
        "seed of the second pass: the highest of those beside it that are not vetoed",
    ]
    return Decision(outcome.reshape(smoothed.shape).astype(np.uint8), words)


def _by_margin(bins: SmoothedBins, parameters: ChainParameters) -> Decision:
    threshold, smoothed = parameters.seed_threshold, bins.smoothed[0]
    around = expected(bins, parameters.neighbour_weights)[0]
    enough = (smoothed.astype(np.float32) >= around + threshold) & (smoothed > 0)
    outcome = np.select([enough, smoothed > threshold, smoothed > 0], [SEED, BEATEN, BELOW], EMPTY)
    words = [
        *_plain(threshold),
        f"seed: at least {threshold:g} mipT above its weighted neighbours",
        f"not a seed: less than {threshold:g} mipT above its weighted neighbours",
    ]
    looks_at = [
        ("neighbours ", around.astype(np.float32)),
        ("margin     ", (smoothed - around).astype(np.float32)),
    ]
    return Decision(outcome.astype(np.uint8), words, looks_at)


def _by_threshold(bins: SmoothedBins, parameters: ChainParameters) -> Decision:
    threshold, smoothed = parameters.seed_threshold, bins.smoothed[0]
    outcome = np.select([smoothed > threshold, smoothed > 0], [SEED, BELOW], EMPTY)
    words = [*_plain(threshold), f"seed: above {threshold:g} mipT"]
    return Decision(outcome.astype(np.uint8), words)


_DECIDE: dict[type[SeedRule], Callable[[SmoothedBins, ChainParameters], Decision]] = {
    LocalMaxima: _by_window,
    SecondaryMaxima: _in_two_passes,
    InterpolatedMaxima: _by_margin,
    AboveThreshold: _by_threshold,
}
"""By the type of the rule."""


def legend(parameters: ChainParameters) -> list[tuple[str, str]]:
    """Short and long name of the colours of BELOW and BEATEN, and of VETOED where bins can be vetoed."""
    threshold = f"{parameters.seed_threshold:g}"
    others = variant(_OTHERS, type(SEED_RULES[parameters.seeding]), "legend of a rule")
    return [(f"below {threshold}", f"below {threshold} mipT"), *others]


_OTHERS: dict[type[SeedRule], tuple[tuple[str, str], ...]] = {
    LocalMaxima: (("not max.", "not the maximum of its window"),),
    SecondaryMaxima: (("not max.", "not the maximum"), ("vetoed", "vetoed by a seed beside it")),
    InterpolatedMaxima: (("too little", "too little above its weighted neighbours"),),
    AboveThreshold: (),
}
"""Names of the colours of bins above the threshold that are no seeds, by the type of the rule."""


def _plain(threshold: float) -> list[str]:
    return ["not a seed: empty", f"not a seed: below threshold {threshold:g} mipT"]


def decisions(smoothed: np.ndarray, threshold: float, winner: np.ndarray, equal: np.ndarray) -> np.ndarray:
    """Outcome of the seed decision for each bin.

    Parameters
    ----------
    smoothed : float64, shape (n_rz, n_phi), mipT
    threshold : seed threshold [mipT]
    winner, equal : same shape, see `local_maxima.beaten_by`

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
    return [*_plain(threshold), "seed: the highest of its window", *beaten]


def _bin_at(d_rz: int, d_phi: int) -> str:
    """Description of a bin relative to another: north is higher R/z, east is higher phi."""
    side = {1: "N", 0: "", -1: "S"}[d_rz] + ("E" if d_phi > 0 else "W" if d_phi < 0 else "")
    return f"the {side} bin {abs(d_phi)} away in \u03c6" if abs(d_phi) > 1 else f"{side} neighbour"
