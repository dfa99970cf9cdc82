"""The page that compares the clusters in a file with the chain's, to find with what the file was made."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from ....counting import counted
from ....studies.own_clusters import KINDS, SETTINGS, Agreement, best_first, in_file, share_of, verdict
from ....studies.profiles import Counts, shares
from ....studies.response import quantile_edges
from ...figures.cluster_colours import KIND_COLOURS, KIND_WORDS
from ...figures.picture import Line, Picture, points, stairs
from ...link import study as link
from ...state.own_clusters import OwnClustersState
from ...state.study import Series
from ..shared.shares import share
from ..shared.words import swatch, thousands
from .distributions import limits
from .drawn import DASHES, Plot, Study, colour_of, name_of, style_of, waiting_for
from .own_controls import OwnClustersControls
from .shares import share_range
from .texts import StudyFacts

BINS = 61
PT_BINS = np.geomspace(0.5, 1000.0, 45)
DIFFERENCES = {
    "pt": ("pT chain / file \u2212 1", 1e-3),
    "eta": ("\u03b7 chain \u2212 file", 1e-4),
    "phi": ("\u03c6 chain \u2212 file [rad]", 1e-4),
    "n_cells": ("trigger cells chain \u2212 file", 4.5),
}
"""Titles of the axes, and the least half widths: below them, values differ by the file's rounding alone."""
MOST_EVENTS = 12  # rows of the table of events


class OwnClustersFacts(StudyFacts):
    """Each series: how many clusters are known and are the same; and the setting that agrees best."""

    state: OwnClustersState

    def drawn_values(self) -> dict[str, tuple[str, ...]]:
        """The line follows the agreement, too."""
        return {"html": ("series", "by_setting", "theme")}

    @staticmethod
    def words(one: Series) -> str:
        progress, pairs = one.progress, one.tables.get("own_pairs", pd.DataFrame())
        if progress is None:
            return ""
        words = ["no clusters"]
        if len(pairs):
            agreement = Agreement(one.parameters, pairs)
            words = [
                f"{counted(len(pairs), 'cluster', written=thousands)} in "
                f"{counted(progress.done, 'event', written=thousands)}",
                f"same {share(agreement.counts['same'], len(pairs))}",
            ]
        if not progress.finished:
            words.append(f"{100 * (progress.done + progress.failed) / progress.total:.0f} % so far")
        elif progress.failed:
            words.append("PARTIAL")
        return " \u00b7 ".join(words)

    def more(self) -> list[tuple[str, str, str | None]]:
        counts = self.state.by_setting
        if not _known(counts):
            return []
        first, *others = best_first(counts)
        best = share_of(counts[first])
        alike = sum(share_of(counts[name]) == best for name in others)
        words = f"{first} \u00b7 {100 * best:.1f} % the same".replace("100.0", "100")
        if alike:
            words += f" \u00b7 {counted(alike, 'other')} as well"
        return [("best known setting", words, None)]


def _known(counts: dict[str, dict[str, int]]) -> bool:
    """Whether the file has clusters beside which there are those of the known settings."""
    return any(map(in_file, counts.values()))


def waiting(state: OwnClustersState) -> str:
    """Why there is nothing to draw; "" if there is something."""
    known = any(found is not None and in_file(found.counts) for found in state.agreements)
    return waiting_for(state, known, "The file has no clusters to compare with.")


def same(state: OwnClustersState) -> Picture:
    """Share of the file's clusters that are the same, against their pT."""
    tables = []
    for one, found in zip(state.series, state.agreements, strict=True):
        if found is None:
            continue
        own = found.pairs[found.pairs["kind"] != "extra"]
        pt = own["pt_file"].to_numpy()
        table = shares(pt, (own["kind"] == "same").to_numpy(), quantile_edges(pt))
        tables.append(points(name_of(one, state), table, "share", colour_of(one), **style_of(one)))
    marks = pd.concat(tables, ignore_index=True) if tables else Picture(x="", y="").marks
    return Picture(
        x="pT of the file's cluster [GeV]",
        y="share that is the same",
        x_range=(PT_BINS[0], PT_BINS[-1]),
        marks=marks,
        y_range=share_range(marks),
        levels=(1.0,),
        empty=waiting(state),
    )


def spectrum(state: OwnClustersState) -> Picture:
    """Number of clusters of each kind against their pT, of the first series."""
    found = state.agreements[0]
    frame = Picture(
        x="pT [GeV], in the file or else in the chain",
        y="clusters / bin",
        x_range=(PT_BINS[0], PT_BINS[-1]),
        empty=waiting(state),
    )
    if found is None:
        return frame
    pt = found.pairs["pt_file"].fillna(found.pairs["pt_chain"]).to_numpy()
    lines, tables, highest = [], [], 1.0
    for kind in KINDS:
        counts = Counts.of(pt[(found.pairs["kind"] == kind).to_numpy()], PT_BINS).counts
        x, y = stairs(PT_BINS, counts)
        lines.append(Line(x, np.maximum(y, 0.5), KIND_COLOURS[kind]))
        tables.append(
            pd.DataFrame({"kind": kind, "low": PT_BINS[:-1], "high": PT_BINS[1:], "clusters": counts})
        )
        highest = max(highest, float(counts.max()))
    return replace(
        frame,
        lines=tuple(lines),
        y_range=(0.5, 2 * highest),
        table=pd.concat(tables, ignore_index=True),
    )


def difference(state: OwnClustersState, name: str) -> Picture:
    """Distribution of a difference of the clusters that both have, chain minus file."""
    x, least = DIFFERENCES[name]
    every = [np.zeros(0) if found is None else found.difference(name) for found in state.agreements]
    known = [values[np.isfinite(values)] for values in every]
    low, high = limits(known, (-least, least))
    half = max(least, -low, high)
    width = 2 * half / BINS
    if name == "n_cells":  # an odd number of cells: 0 is in the middle of a bin, and no number on an edge
        width = 2 * np.ceil((np.ceil(width) - 1) / 2) + 1
    bins = 2 * round(half / width - 0.5) + 1
    half = bins * width / 2
    edges = np.linspace(-half, half, bins + 1)
    lines, notes, tables, highest = [], [], [], 1.0
    for one, values in zip(state.series, known, strict=True):
        if not len(values):
            continue
        counts = Counts.of(values, edges)
        lines.append(Line(*stairs(edges, counts.counts), colour_of(one), dash=DASHES[one.which]))
        exact = int((np.abs(values) <= least / 100).sum())
        notes.append(
            f"{name_of(one, state)}: {thousands(exact)} of {thousands(len(values))} equal but for rounding, "
            f"{thousands(counts.under + counts.over)} outside"
        )
        columns = {"low": edges[:-1], "high": edges[1:], "clusters": counts.counts}
        tables.append(pd.DataFrame({"series": name_of(one, state)} | columns))
        highest = max(highest, float(counts.counts.max()))
    empty = waiting(state)
    if not empty and not lines:
        counted_cells = name != "n_cells" or not any(map(len, every))
        empty = (
            "No cluster is in both."
            if counted_cells
            else "The file does not count the cells of its clusters."
        )
    return Picture(
        x=x,
        y="clusters / bin",
        lines=tuple(lines),
        x_range=(-half, half),
        y_range=(0.0, 1.08 * highest),
        notes=tuple(notes),
        empty=empty,
        table=pd.concat(tables, ignore_index=True) if tables else None,
    )


# -- the tables ----------------------------------------------------------------------------------------------


def tables(state: OwnClustersState) -> str:
    """The agreement with each known setting and with the sets, and the events that differ, as HTML."""
    if waiting(state):
        return f'<p class="hint">{escape(waiting(state))}</p>'
    return f'<div class="cards"><div>{_settings(state)}</div><div>{_events(state)}</div></div>'


def _settings(state: OwnClustersState) -> str:
    head = "".join(
        f'<th title="{KIND_WORDS[kind]}">{swatch(KIND_COLOURS[kind])}{kind}</th>' for kind in KINDS
    )
    rows = []
    for one, found in zip(state.series, state.agreements, strict=True):
        if found is not None:
            name = f"{swatch(colour_of(one))}{escape(name_of(one, state))}, as set"
            rows.append(_row(name, found.counts))
    counts, words = state.by_setting, "The known settings follow \u2026"
    if _known(counts):
        words = verdict(counts)
        for name in best_first(counts):
            address = link.of_set(state, SETTINGS[name])
            rows.append(
                _row(
                    f'<a href="{escape(address)}" target="_blank">{escape(name)}</a>',
                    counts[name],
                )
            )
    return (
        f'<p class="hint">{escape(words)}</p>'
        f'<table class="numbers"><tr><td></td>{head}<th>share the same</th></tr>{"".join(rows)}</table>'
    )


def _row(name: str, counts: dict[str, int]) -> str:
    part = share_of(counts)
    cells = [
        *(thousands(counts[kind]) for kind in KINDS),
        "\u2013" if np.isnan(part) else f"{100 * part:.1f} %",
    ]
    return f"<tr><th>{name}</th>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _events(state: OwnClustersState) -> str:
    found = state.worst_events
    if not len(found):
        return '<p class="hint">All clusters of all events are the same.</p>'
    some = found.head(MOST_EVENTS)
    addresses = link.of_each_event(state, state.samples[0], some["event"])
    rows = [
        f'<tr><th><a href="{escape(address)}" target="_blank">{event}</a></th>'
        + "".join(f"<td>{thousands(int(n))}</td>" for n in numbers)
        + "</tr>"
        for address, event, *numbers in zip(
            addresses, some["event"], *(some[kind] for kind in KINDS), strict=True
        )
    ]
    head = "".join(f"<th>{kind}</th>" for kind in KINDS)
    more = f" The first {MOST_EVENTS} of {thousands(len(found))}." if len(found) > MOST_EVENTS else ""
    return (
        f'<table class="numbers events"><tr><th>event</th>{head}</tr>{"".join(rows)}</table>'
        f'<p class="hint">Events of {escape(name_of(state.series[0], state))} in which most clusters are not '
        f"the same.{more}</p>"
    )


def _plot(
    name: str, title: str, make: Callable, words: str = "", layers: tuple[str, ...] = ("lines",), **how: Any
) -> Plot:
    return Plot(
        name=f"cl3d-{name}",
        title=title,
        layers=layers,
        make=make,
        follows=("agreements",),
        words=lambda state: words,
        **how,
    )


OWN_CLUSTERS = Study(
    title="File's clusters",
    state=OwnClustersState,
    kinds=("own_pairs", "own_settings"),
    controls=(),
    sidebar=OwnClustersControls,
    facts=OwnClustersFacts,
    no_older="The older pages compare no clusters with those of the file.",
    of_particles=False,
    events=False,
    html=tables,
    follows=("agreements", "by_setting", "worst_events", "theme"),
    plots=(
        _plot("same", "Same clusters", same, "by pT", ("lines", "errors", "marks"), log_x=True),
        _plot("spectrum", "pT of each kind", spectrum, log_x=True, log_y=True),
        _plot("pt", "Difference in pT", partial(difference, name="pt")),
        _plot("eta", "Difference in \u03b7", partial(difference, name="eta")),
        _plot("phi", "Difference in \u03c6", partial(difference, name="phi")),
        _plot("cells", "Difference in TCs", partial(difference, name="n_cells")),
    ),
)
