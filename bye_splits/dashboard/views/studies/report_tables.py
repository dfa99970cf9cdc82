"""The numbers of the chain report as tables."""

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np
import pandas as pd

from ....studies.measures import effective_rms
from ....studies.older import split_ratio
from ....studies.older_report import RESIDUALS as OLDER_RESIDUALS
from ....studies.older_report import with_region
from ....studies.profiles import VARIABLES
from ....studies.report import MULTIPLICITIES, SHARES
from ....studies.response import RESIDUALS
from ...state.report import ReportState
from ...state.study import Series
from ..shared.shares import share
from ..shared.words import minus, swatch, thousands
from .drawn import colour_of, name_of
from .response import pm, summary_cells

SHARE_WORDS = {
    "seeding_efficiency": "seeding efficiency",
    "seeding_efficiency_given_region": "seeding efficiency, given a region",
    "region_efficiency": "with a region",
    "fewer_seeds_than_regions": "fewer seeds than regions",
    "split_rate": "split",
    "split_rate_given_cluster": "split, given a cluster",
}
OLDER = "older"
MOST_NUMBERS = 12  # rows of the table of multiplicities
NONE = "\u2013"  # in the place of a number that there is not


def tables(state: ReportState) -> str:
    """All tables as HTML; "" before the first particles are known."""
    if not any(map(len, state.seeding)):
        return ""
    first = [_responses(state), _seeding(state), _multiplicities(state), _both(state)]
    parts = [f'<div class="cards">{"".join(f"<div>{html}</div>" for html in first if html)}</div>']
    return "".join([*parts, _in_bins(state)])


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; the cells are HTML, those of the first column names of the rows."""
    titles = "".join(f"<th>{cell}</th>" if cell else "<td></td>" for cell in head)
    body = "".join(
        f"<tr><th>{first}</th>{''.join(f'<td>{minus(cell)}</td>' for cell in others)}</tr>"
        for first, *others in rows
    )
    return f'<table class="numbers"><tr>{titles}</tr>{body}</table>'


def _named(one: Series, state: ReportState, words: str = "") -> str:
    return f"{swatch(colour_of(one))}{escape(name_of(one, state) + words)}"


def _responses(state: ReportState) -> str:
    """Numbers of each residual."""
    rows = []
    for name, residual in RESIDUALS.items():
        for k, one in enumerate(state.series):
            found = state.summaries[name][k]
            if found.n:
                ends = [pm(found.q16, found.q16_error), pm(found.q84, found.q84_error)]
                rows.append([escape(residual.title), _named(one, state), *summary_cells(found), *ends])
            events = state.older_events[k]
            if len(events):
                values = events[OLDER_RESIDUALS[name]].to_numpy(np.float64) + residual.ratio
                rows.append(
                    [
                        escape(residual.title),
                        _named(one, state, f", {OLDER}"),
                        *_older(values, residual.ratio),
                    ]
                )
    head = ("", "", "particles", "mean", "median", "RMS", "effective RMS", "16 %", "84 %")
    hint = '<p class="hint">Widths of E and pT are over the mean.'
    if any(map(len, state.older_events)):
        hint += (
            " Older: cluster of the highest energy in the endcap (B12), of endcaps with a cluster (B2), "
            "\u03c6 not wrapped (B9), pT(gen) as E / cosh \u03b7 (B11); "
            "B's rows beside what was generated in A's (B21)."
        )
    return f"{_table(head, rows)}{hint}</p>"


def _older(values: np.ndarray, ratio: bool) -> list[str]:
    values = values[np.isfinite(values)]
    mean = float(values.mean())
    over = mean if ratio else 1.0
    width = float(values.std(ddof=1)) if len(values) > 1 else np.nan
    core = effective_rms(values, legacy=True)
    q16, q84 = np.quantile(values, (0.15865, 0.84135))
    numbers = (mean, float(np.median(values)), width / over, core / over, float(q16), float(q84))
    return [thousands(len(values)), *(pm(number, np.nan) for number in numbers)]


def _seeding(state: ReportState) -> str:
    """Multiplicities and shares, a column per series."""
    known = [k for k, found in enumerate(state.seeding) if len(found)]
    found = [state.seeding[k].iloc[0] for k in known]
    head = ["", *(_named(state.series[k], state) for k in known)]
    rows = [["particles", *(thousands(int(of["n"])) for of in found)]]
    for name, words in MULTIPLICITIES.items():
        rows.append([f"mean number of {words}", *(pm(of[name], of[f"{name}_error"]) for of in found)])
    for name in SHARES:
        cells = [_share(int(of[f"{name}_k"]), int(of[f"{name}_n"])) for of in found]
        rows.append([SHARE_WORDS[name], *cells])
    if any(len(state.older_events[k]) for k in known):
        rows += _older_seeding(state, known)
    return _table(head, rows)


def _share(k: int, n: int) -> str:
    return f"{share(k, n)} ({thousands(k)} of {thousands(n)})" if n else NONE


def _older_seeding(state: ReportState, known: list[int]) -> list[list[str]]:
    rows: dict[str, list[str]] = {}
    fewer_words = SHARE_WORDS["fewer_seeds_than_regions"]
    for k in known:
        events = state.older_events[k]
        inside = with_region(events) if len(events) else events
        n = len(inside)
        cells = [NONE] * 4
        if n:
            seeds = int((inside["nseeds"] > 0).sum())
            fewer = int((inside["nseeds"] < inside["ncss"]).sum())
            cells = [
                f"{inside['nseeds'].mean():.4f}",
                f"{100 * seeds / n:.2f} % ({thousands(seeds)} of {thousands(n)})",
                f"{100 * fewer / n:.2f} % ({thousands(fewer)} of {thousands(n)})",
                f"{100 * split_ratio(events['nclusters'].to_numpy()):.2f} %",
            ]
        names = ("mean number of seeds (B17)", "seeding efficiency (B17)", f"{fewer_words} (B17)")
        for words, cell in zip((*names, "exactly two clusters in the endcap (B20, B22)"), cells, strict=True):
            rows.setdefault(f"{OLDER}: {words}", []).append(cell)
    return [[words, *cells] for words, cells in rows.items()]


def _multiplicities(state: ReportState) -> str:
    """Particles with each number of seeds, regions and clusters."""
    found = [
        (one, table) for one, table in zip(state.series, state.multiplicities, strict=True) if len(table)
    ]
    head = [
        "number",
        *(f"{_named(one, state)}: {words}" for one, _ in found for words in MULTIPLICITIES.values()),
    ]
    most = max(int(table["number"].max()) for _, table in found) + 1 if found else 0
    step = -(-most // MOST_NUMBERS) or 1  # with pile-up there are more than a hundred seeds
    rows = []
    for first in range(0, most, step):
        last, counts = first + step - 1, []
        for _, table in found:
            some = table[table["number"].between(first, last)]
            counts += [int(some[f"{name}_k"].sum()) for name in MULTIPLICITIES]
        if step == 1 or any(counts):
            rows.append([f"{first}" if step == 1 else f"{first} to {last}", *map(thousands, counts)])
    return _table(head, rows)


def _both(state: ReportState) -> str:
    """The particles of the first sample, one by one under both sets."""
    pairs = state.pairs
    if not len(pairs):
        return ""
    names = [name_of(one, state) for one in state.series if one.number == 0]
    html = []
    for column, yes, no in (
        ("n_seeds", "with a seed", "without"),
        ("split", "split", "not split"),
    ):
        a, b = (pairs[f"{which}_{column}"].to_numpy() > 0 for which in "ab")
        rows = [
            [f"{escape(names[0])}: {of}", *(thousands(int((x & y).sum())) for y in (b, ~b))]
            for of, x in ((yes, a), (no, ~a))
        ]
        html.append(_table(["", *(f"{escape(names[1])}: {of}" for of in (yes, no))], rows))
    n = thousands(len(pairs))
    return f'{"".join(html)}<p class="hint">{n} particles, joined by file, entry, endcap and number.</p>'


def _in_bins(state: ReportState) -> str:
    """The numbers of the plots in bins of the variable on the x axis, a row per bin and series."""
    first = [escape(VARIABLES[state.against].title), "", "particles"]
    widths = [f"eff. RMS of {residual.label}" for residual in RESIDUALS.values()]
    responses, seeding = [], []
    for k, one in enumerate(state.series):
        table = state.seeding_in_bins[k]
        for number, row in enumerate(table.itertuples() if len(table) else ()):
            which = [minus(f"{row.low:#.4g} to {row.high:#.4g}"), _named(one, state), thousands(int(row.n))]
            found = {name: tables[k].iloc[number] for name, tables in state.profiles.items()}
            cells = [_value(found[name], "median") for name in ("energy", "pt")]
            responses.append([*which, *cells, *(_value(of, "effective_rms") for of in found.values())])
            means = [pm(row.n_seeds, row.n_seeds_error), pm(row.n_regions, row.n_regions_error)]
            counts = ((getattr(row, f"{name}_k"), getattr(row, f"{name}_n")) for name in SHARES)
            seeding.append([*which, *means, *(share(k, n) if n else NONE for k, n in counts)])
    shares = [escape(words.rpartition(", ")[2]) for words in SHARE_WORDS.values()]
    return _table([*first, "median E", "median pT", *map(escape, widths)], responses) + _table(
        [*first, "seeds", "regions", *shares], seeding
    )


def _value(row: pd.Series, name: str) -> str:
    """A value of a profile with its uncertainty."""
    return pm(row[name], row[f"{name}_error"])
