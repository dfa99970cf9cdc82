"""The same particles under two sets of parameters, A and B: what differs, and whether it is by chance."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import bdtr

from bye_splits.chain.compiled import compiled

from .measures import FEWEST, LEVEL, effective_rms, held
from .particles import IDENTITY as KEYS
from .response import NORMS, responses

STATES = ("split", "not split", "no cluster")
"""Of a particle: two clusters near it share its energy, one has it, or there is no cluster near it."""

RESAMPLES = 400  # of the bootstrap
_AT_ONCE = 4_000_000  # weights in memory


def side_by_side(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """Join the outcomes of A and B, particle by particle.

    Parameters
    ----------
    a, b : columns `KEYS`, `event`, `pid` and `gen_...` of the particles, and those of `particles.outcomes`;
        each particle once

    Returns
    -------
    DataFrame : a row for each particle that both have, in the order of A: what A and B have in common, the
        columns of the outcomes as `a_...` and `b_...`, and the state in each (one of `STATES`) as `a_state`
        and `b_state`

    Raises
    ------
    pandas.errors.MergeError : a particle is there twice
    """
    same = [name for name in a if name in (*KEYS, "event", "pid") or name.startswith("gen_")]
    outcome = [name for name in a if name not in same and name in b]
    left = a[[*same, *outcome]].rename(columns={name: f"a_{name}" for name in outcome})
    right = b[[*KEYS, *outcome]].rename(columns={name: f"b_{name}" for name in outcome})
    pairs = left.merge(right, on=KEYS, validate="one_to_one")
    for which in ("a", "b"):
        states = np.where(pairs[f"{which}_split"], STATES[0], STATES[1])
        pairs[f"{which}_state"] = np.where(pairs[f"{which}_n_near"] > 0, states, STATES[2])
    return pairs


def split_table(pairs: pd.DataFrame) -> pd.DataFrame:
    """Numbers of particles by their state under A and under B.

    Parameters
    ----------
    pairs : of `side_by_side`

    Returns
    -------
    DataFrame : `a_state b_state particles`, a row for each of the nine combinations: first the 2 x 2 table of
        those that have a cluster in both, then those without one in B, in A, in both
    """
    order = [(a, b) for a in STATES[:2] for b in STATES[:2]]
    order += [(a, STATES[2]) for a in STATES[:2]] + [(STATES[2], b) for b in STATES]
    counts = pairs.groupby(["a_state", "b_state"]).size()
    table = counts.reindex(pd.MultiIndex.from_tuples(order, names=["a_state", "b_state"]), fill_value=0)
    return table.rename("particles").reset_index()


class McNemar(NamedTuple):
    """McNemar's exact test of two shares of the same particles.

    Attributes
    ----------
    only_a, only_b : numbers of particles with the property under A alone, and under B alone
    p_value : probability of numbers at least as different, if neither is more likely (binomial, two-sided)
    """

    only_a: int
    only_b: int
    p_value: float


def mcnemar(a: np.ndarray, b: np.ndarray) -> McNemar:
    """Test whether a property is as frequent under A as under B.

    Parameters
    ----------
    a, b : bool, shape (n,): whether each particle has it

    Examples
    --------
    >>> mcnemar(np.array([True] * 8 + [False] * 3), np.array([False] * 7 + [True] * 3 + [False]))
    McNemar(only_a=7, only_b=2, p_value=0.1796875)
    """
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    differing = only_a + only_b
    as_rare = 2 * float(bdtr(min(only_a, only_b), differing, 0.5))  # both tails are the same
    return McNemar(only_a, only_b, min(1.0, as_rare))


def differences(pairs: pd.DataFrame, resamples: int = RESAMPLES, seed: int = 0) -> pd.DataFrame:
    """Differences between A and B, with errors from a paired bootstrap.

    Whole events are drawn, with all their particles, and the same ones for A and B: what both have in common
    does not add to the error.

    Parameters
    ----------
    pairs : of `side_by_side`
    resamples, seed : of the bootstrap

    Returns
    -------
    DataFrame : a row for each `quantity` and `norm`:
        `efficiency`, the share of particles with a matched cluster, of all; `split_rate`, of those with a
        cluster near them in both; `mean` and `effective_rms` (over the mean) of the response of the leading
        matched cluster, by norm, of those that have one in both. Columns: `n` particles; `a`, `b` and
        `difference` = b - a; `error`, `low`, `high` (standard deviation, and interval of 68.27 %) of the
        difference; `p_value` of McNemar's exact test for the shares. NaN where there are too few particles
    """
    matched = [pairs[f"{which}_leading_pt"].notna().to_numpy() for which in "ab"]
    near = ((pairs["a_n_near"] > 0) & (pairs["b_n_near"] > 0)).to_numpy()
    split = [pairs[f"{which}_split"].to_numpy(bool) for which in "ab"]
    everywhere = np.ones(len(pairs), dtype=bool)
    samples = [
        _Sample("efficiency", "", everywhere, matched),
        _Sample("split_rate", "", near, split),
        *(
            _Sample(
                quantity, norm, matched[0] & matched[1], [_responses(pairs, which, norm) for which in "ab"]
            )
            for norm in NORMS
            for quantity in ("mean", "effective_rms")
        ),
    ]
    event = pairs.groupby(["file", "entry"], sort=False).ngroup().to_numpy()
    drawn = np.full((len(samples), resamples), np.nan)
    first = 0
    for weights in _weights(int(event.max(initial=-1)) + 1, resamples, seed):
        for k, one in enumerate(samples):
            a, b = (_weighted(one.quantity, values, weights, event[one.which]) for values in one.values)
            drawn[k, first : first + len(weights)] = b - a
        first += len(weights)
    return pd.DataFrame([_row(one, some) for one, some in zip(samples, drawn, strict=True)])


class _Sample:
    """Values of some particles under A and B, of which a quantity is formed."""

    def __init__(self, quantity: str, norm: str, which: np.ndarray, both: list[np.ndarray]):
        self.quantity, self.norm, self.which = quantity, norm, which
        self.share = both[0].dtype == bool
        self.values = [values[which].astype(np.float64) for values in both]


def _responses(pairs: pd.DataFrame, which: str, norm: str) -> np.ndarray:
    columns = {f"leading_{norm}": pairs[f"{which}_leading_{norm}"], NORMS[norm]: pairs[NORMS[norm]]}
    return responses(pd.DataFrame(columns), "leading", norm)


def _row(one: _Sample, drawn: np.ndarray) -> dict:
    a, b = (_of(one.quantity, values) for values in one.values)
    known = drawn[~np.isnan(drawn)]
    enough = len(known) > 1
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(known, (tail, 1 - tail)) if enough else (math.nan, math.nan)
    return {
        "quantity": one.quantity,
        "norm": one.norm,
        "n": len(one.values[0]),
        "a": a,
        "b": b,
        "difference": b - a,
        "error": float(known.std(ddof=1)) if enough else math.nan,
        "low": float(low),
        "high": float(high),
        "p_value": mcnemar(*(values > 0 for values in one.values)).p_value if one.share else math.nan,
    }


def _of(quantity: str, values: np.ndarray) -> float:
    if not len(values):
        return math.nan
    mean = float(values.mean())
    return effective_rms(values) / mean if quantity == "effective_rms" else mean


def _weights(n_events: int, resamples: int, seed: int) -> Iterator[np.ndarray]:
    """How often each event is drawn: int32, shape (some resamples, n_events), in parts that fit in memory."""
    rng = np.random.default_rng(seed)
    at_once = max(1, _AT_ONCE // max(1, n_events))
    for first in range(0, resamples if n_events else 0, at_once):
        number = min(at_once, resamples - first)
        drawn = (
            np.bincount(rng.integers(n_events, size=n_events), minlength=n_events) for _ in range(number)
        )
        yield np.stack(list(drawn)).astype(np.int32)


def _weighted(quantity: str, values: np.ndarray, weights: np.ndarray, event: np.ndarray) -> np.ndarray:
    """The quantity in each resample, float64, shape (n_resamples,); NaN without particles."""
    n_events = weights.shape[1]
    number = weights @ np.bincount(event, minlength=n_events)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = weights @ np.bincount(event, weights=values, minlength=n_events) / number
    if quantity != "effective_rms":
        return mean
    order = np.argsort(values)
    inside = np.array([held(int(n)) for n in number], dtype=np.int64)
    widths = _narrowest(values[order], event[order], weights, inside)
    return np.where(number >= FEWEST, widths / 2 / mean, np.nan)


@compiled
def _narrowest(values: np.ndarray, event: np.ndarray, weights: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Width of the narrowest interval with a number of the values, each as often as its event is drawn."""
    out = np.full(len(weights), np.inf)
    for k in range(len(weights)):
        stop, held = 0, 0  # the values from `start` up to, without, `stop`, and their number
        for start in range(len(values)):
            weight = weights[k, event[start]]
            while held < inside[k] and stop < len(values):
                held += weights[k, event[stop]]
                stop += 1
            if held < inside[k]:
                break
            if weight:
                out[k] = min(out[k], values[stop - 1] - values[start])
            held -= weight
    return out
