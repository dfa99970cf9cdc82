"""Studies with sets of parameters of their own: two that are compared, and many that are scanned."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bye_splits.chain import ChainParameters
from bye_splits.chain.chains import CHAINS
from bye_splits.config import Config
from bye_splits.errors import ByeSplitsError

from .grid import LOW_PT
from .paired import differences, side_by_side, split_table
from .parameter_sets import axes_of, in_grid, spread
from .sample_study import StoredChunk, with_outcomes, write_table
from .scan import OBJECTIVES, scan_table
from .store import Store
from .workers import never

Written = Iterator[tuple[Path, int]]

SETS = 128
MOST_SETS = 100_000
SEED = 0
WRITTEN = (
    10  # sets that are not beaten whose particles are written: of all, it would take longer than the scan
)


@dataclass(frozen=True, kw_only=True)
class Option:
    """An option of one study.

    Attributes
    ----------
    name : on the command line after `--`, with underscores
    help : what it says, with its default
    metavar : what stands for its value; "" for an option without one
    kind : type of its value
    several : whether it may be given more than once: its value is a list
    """

    name: str
    help: str
    metavar: str = ""
    kind: type = str
    several: bool = False


@dataclass(frozen=True, kw_only=True)
class Workers:
    """Where a study does what the store does not have; see `workers.results`.

    Attributes
    ----------
    number : of processes
    scheduler : address, "" for none
    progress : called with the number of events of each chunk that has ended
    stop : asked between chunks
    """

    number: int = 1
    scheduler: str = ""
    progress: Callable[[int], object] = id
    stop: Callable[[], bool] = never


@dataclass(frozen=True)
class Plan:
    """What a study is going to do.

    Attributes
    ----------
    sets : parameters whose seeds the store must have
    run : function of the store, the folder of the tables and where the work is done; it yields each table
        that it has written and its number of rows
    shown : parameters whose main numbers are printed
    works : whether `run` works on chunks that the store does not have
    """

    sets: Sequence[ChainParameters]
    run: Callable[[Store, Path, Workers], Written]
    shown: Sequence[ChainParameters] = ()
    works: bool = False


def compare(config: Config, chains: Sequence[ChainParameters], given: Mapping[str, Any]) -> Plan:
    """Compare two sets of parameters on the same events.

    Parameters
    ----------
    config : gives what the sets leave open
    chains : the first one is A if no file is given
    given : the options that were given, by name
    """
    first = chains[0]
    other = next(name for name in CHAINS if name != first.chain)
    usual = {"a": first, "b": chains[1] if len(chains) > 1 else with_chain(first, other, config)}
    sets = {
        name: ChainParameters.from_file(given[name], config) if name in given else one
        for name, one in usual.items()
    }
    if sets["a"] == sets["b"]:
        raise ByeSplitsError(
            "parameters A and B",
            expected="two sets that differ",
            found="twice the same",
            action="Give other files to --a and --b.",
        )
    return Plan(list(sets.values()), lambda store, out, _: _compared(store, sets, out), list(sets.values()))


def _compared(store: Store, sets: Mapping[str, ChainParameters], out: Path) -> Written:
    parts = []
    for chunk in store.chunks:
        stored = StoredChunk(store, chunk)
        parts.append(side_by_side(*(stored.rows(one, with_outcomes) for one in sets.values())))
    if not parts:  # every chunk has failed
        return
    pairs = pd.concat(parts, ignore_index=True)
    tables = {"particles": pairs, "splits": split_table(pairs), "differences": differences(pairs)}
    for name, table in tables.items():
        path = out / f"{name}.parquet"
        yield path, write_table(path, iter([table]), store, f"A and B: {name}", sets)


def with_chain(parameters: ChainParameters, chain: str, config: Config) -> ChainParameters:
    """Parameters with another chain, and its configured seed threshold unless another one was chosen."""
    usual = {name: ChainParameters.from_config(config, chain=name) for name in (parameters.chain, chain)}
    threshold = parameters.seed_threshold
    if threshold == usual[parameters.chain].seed_threshold:
        threshold = usual[chain].seed_threshold
    return replace(parameters, chain=chain, seed_threshold=threshold)


COMPARE_OPTIONS = (
    Option(name="a", metavar="A.yaml", help="parameters A (default: those of the other options)"),
    Option(name="b", metavar="B.yaml", help="parameters B (default: A's with the other chain)"),
)


def scan(config: Config, chains: Sequence[ChainParameters], given: Mapping[str, Any]) -> Plan:
    """Try many sets of parameters on the same events.

    Parameters
    ----------
    config : gives the threshold of another chain
    chains : the one whose parameters are varied; of two the chain is varied, too
    given : the options that were given, by name

    Raises
    ------
    ByeSplitsError : unknown parameters or values that they cannot have, or options that do not go together
    """
    base, vary = chains[0], list(given.get("vary", ()))
    if len(chains) > 1:
        vary.append(f"chain={','.join(one.chain for one in chains)}")
    axes = axes_of(vary, base)

    def make(values: dict[str, Any]) -> ChainParameters:
        return replace(with_chain(base, values.get("chain", base.chain), config), **values)

    number = given.get("sets", SETS)
    if "grid" in given and "sets" in given:
        raise ByeSplitsError(
            "options of scan",
            expected="either --grid or --sets",
            found="both",
            action="In a grid, each range says how many values it has: seed_threshold=5:40:8.",
        )
    if not 1 <= number <= MOST_SETS:
        raise ByeSplitsError(
            "--sets", expected=f"a number from 1 to {MOST_SETS}", found=f"{number}", action="Correct it."
        )
    seed = given.get("seed", SEED)
    if seed < 0:
        raise ByeSplitsError("--seed", expected="a number from 0", found=f"{seed}", action="Correct it.")
    sets = in_grid(axes, make) if "grid" in given else spread(axes, number, seed, make)
    if len(sets) > MOST_SETS:
        raise ByeSplitsError(
            "sets of the grid",
            expected=f"at most {MOST_SETS}",
            found=f"{len(sets)}",
            action="Vary fewer parameters, or take fewer values.",
        )
    low_pt = given.get("low_pt", LOW_PT)
    metadata = {
        "low_pt": f"{low_pt:g} GeV",
        "objectives": json.dumps(OBJECTIVES),
        "choice_of_sets": "grid" if "grid" in given else f"Sobol sequence, seed {seed}",
    }

    def run(store: Store, out: Path, _: Workers) -> Written:
        if not store.chunks:  # every one has failed
            return
        path = out / "scan.parquet"
        table = scan_table(store, sets, low_pt)
        yield path, write_table(path, iter([table]), store, "sets of parameters", {}, **metadata)
        front = np.flatnonzero(table["pareto"])[:WRITTEN]
        rows = (
            rows.assign(set=number)
            for chunk in store.chunks
            for number in front
            for rows in [StoredChunk(store, chunk).rows(sets[number], with_outcomes)]
        )
        path = out / "particles.parquet"
        named = {f"set_{number}": sets[number] for number in front}
        yield path, write_table(path, rows, store, "particles under the sets that are not beaten", named)

    return Plan(sets, run)


SCAN_OPTIONS = (
    Option(
        name="vary",
        metavar="NAME=VALUES",
        several=True,
        help="parameter to vary: NAME=LOW:HIGH, with --grid NAME=FIRST:LAST:NUMBER, or NAME=VALUE,VALUE...; "
        "may be repeated",
    ),
    Option(name="sets", metavar="N", kind=int, help=f"number of sets (default: {SETS}), a Sobol sequence"),
    Option(name="seed", metavar="N", kind=int, help=f"of the Sobol sequence (default: {SEED})"),
    Option(name="grid", help="all combinations instead"),
    Option(
        name="low_pt",
        metavar="PT",
        kind=float,
        help=f"generated pt [GeV] below which the efficiency at low pt is counted (default: {LOW_PT:g})",
    ),
)
