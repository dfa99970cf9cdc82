"""How far scanners agree in their tags: Cohen's kappa.

J. Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20 (1960)
37-46: kappa = (p_o - p_e) / (1 - p_e), with the observed share of agreement p_o and the one expected from the
frequencies of each scanner's tags, p_e; its standard error is sqrt(p_o (1 - p_o) / n) / (1 - p_e).
"""

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from .hand_scan import Key, Tag


class Agreement(NamedTuple):
    """Agreement of two scanners in the events that both have tagged.

    Attributes
    ----------
    a, b : names of the scanners
    n : number of these events
    observed : share of them with the same tag, NaN without any
    kappa : NaN where it is not defined: without events, or if both have used one and the same tag only
    error : standard error of kappa
    """

    a: str
    b: str
    n: int
    observed: float
    kappa: float
    error: float


def cohen_kappa(a: Sequence[str], b: Sequence[str]) -> tuple[float, float]:
    """Cohen's kappa and its standard error, see the module.

    Parameters
    ----------
    a, b : tags of the same events, shape (n,)

    Examples
    --------
    >>> a = ["yes"] * 25 + ["no"] * 25
    >>> b = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    >>> [round(value, 3) for value in cohen_kappa(a, b)]
    [0.4, 0.13]
    """
    n = len(a)
    if not n:
        return math.nan, math.nan
    first, second = np.asarray(a, dtype=str), np.asarray(b, dtype=str)
    observed = float(np.mean(first == second))
    expected = sum(float(np.mean(first == tag) * np.mean(second == tag)) for tag in np.unique(first))
    if expected >= 1:
        return math.nan, math.nan
    kappa = (observed - expected) / (1 - expected)
    return kappa, math.sqrt(observed * (1 - observed) / n) / (1 - expected)


def agreements(tags: Mapping[str, Mapping[Key, Tag]]) -> list[Agreement]:
    """The agreement of each two scanners; notes without a tag do not count.

    Parameters
    ----------
    tags : by scanner, see `hand_scan.all_tags`
    """
    found = []
    for a, b in combinations(sorted(tags), 2):
        both = [key for key, tag in tags[a].items() if tag.tag and key in tags[b] and tags[b][key].tag]
        words = [[tags[name][key].tag for key in both] for name in (a, b)]
        same = sum(one == other for one, other in zip(*words, strict=True))
        kappa, error = cohen_kappa(*words)
        found.append(Agreement(a, b, len(both), same / len(both) if both else math.nan, kappa, error))
    return found
