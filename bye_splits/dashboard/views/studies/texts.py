"""Texts of the pages of the studies: how far the sample is known, the numbers, the chosen events."""

from html import escape

import numpy as np

from ....studies.profiles import needed
from ...link import study as link
from ...state.study import Series, StudyState
from ..shared.base import draws
from ..shared.shares import share
from ..shared.words import HtmlView, minus, missing, swatch, thousands
from .drawn import Study, colour_of, name_of
from .pane import RANGE_NAMES

SHOWN = 60  # rows of the table of events
WANTED = 0.1  # relative uncertainty of the split rate that is asked for


class StudyFacts(HtmlView):
    """Each series: how many particles are known, their split rate, and what is missing."""

    state: StudyState

    @draws("series", "ranges", "older", "theme")
    def html(self) -> str:
        state = self.state
        items: list[tuple[str, str, str | None]] = []
        notices: list[str] = []
        for one in state.series:
            name = name_of(one, state)
            if one.progress is None:
                items.append((name, "waiting \u2026", colour_of(one)))
                continue
            items.append((name, self.words(one), colour_of(one)))
            notices += [f"{name}: {missing(chunk, why)}" for chunk, why in one.failures.items()]
        items += self.more()
        if not state.catalogue.has_studies:
            notices.append("Whole samples are not studied here: there are no background processes.")
        if state.older:
            notices.append(
                "As the older pages: B1, B2 \u2026 are faults of the older code, listed in docs/studies.md."
            )
        if state.ranges:
            words = ", ".join(
                f"{RANGE_NAMES.get(name, name.replace('_', ' '))} {low:.4g} to {high:.4g}"
                for name, low, high in state.ranges
            )
            items.append(("chosen in the plots", minus(words), None))
        return self.facts(items, notices)

    def more(self) -> list[tuple[str, str, str | None]]:
        """Further facts of a page."""
        return []

    @staticmethod
    def words(one: Series) -> str:
        """How many particles of a series are known, and their split rate."""
        progress, n = one.progress, int(one.chosen.sum())
        if progress is None:
            return ""
        k = int((one.particles["split"].to_numpy() & one.chosen).sum()) if n else 0
        words = f"{thousands(n)} particles"
        if n:
            words += f" \u00b7 split {share(k, n)}"
        if not progress.finished:
            words += f" \u00b7 {100 * (progress.done + progress.failed) / progress.total:.0f} % so far"
        elif progress.failed:
            words += " \u00b7 PARTIAL"
        more = needed(k, n, WANTED) if n else 0
        if more > 0:
            words += f" \u00b7 about {thousands(_rounded(more))} more for \u00b1{100 * WANTED:.0f} % of it"
        return words


def _rounded(value: int) -> int:
    """A number with two digits."""
    digits = 10 ** max(0, len(str(value)) - 2)
    return round(value / digits) * digits


class StudyNumbers(HtmlView):
    """A table with a column for each series."""

    def __init__(self, state: StudyState, study: Study) -> None:
        self.study = study
        super().__init__(state)

    def drawn_values(self) -> dict[str, tuple[str, ...]]:
        """The numbers follow what the study is declared to."""
        return {"html": self.study.follows}

    def html(self) -> str:
        return numbers_table(self.study, self.state)


def numbers_table(study: Study, state: StudyState) -> str:
    """The numbers of a study as HTML."""
    if study.html is not None:
        return study.html(state)
    rows = study.numbers(state)
    if not rows:
        return ""
    head = "".join(f"<th>{swatch(colour)}{escape(name)}</th>" for name, colour, _ in rows)
    lines = zip(study.columns, *(cells for _, _, cells in rows), strict=True)
    body = "".join(
        f"<tr><th>{escape(label)}</th>"
        + "".join(f"<td>{escape(minus(cell))}</td>" for cell in cells)
        + "</tr>"
        for label, *cells in lines
    )
    return f'<table class="numbers"><tr><td></td>{head}</tr>{body}</table>'


def lowest(values: np.ndarray, most: int) -> np.ndarray:
    """Rows of the lowest values in ascending order, those of equal ones in the order of the rows; not NaN.

    Examples
    --------
    >>> lowest(np.array([2.0, np.nan, 1.0, 3.0, 1.0]), 3)
    array([2, 4, 0])
    """
    rows = np.flatnonzero(~np.isnan(values))
    if len(rows) > most:  # a complete sort of 100 000 values takes several ms
        rows = rows[values[rows] <= np.partition(values[rows], most - 1)[most - 1]]
    return rows[np.argsort(values[rows], kind="stable")][:most]


LISTED = ["event", "particle", "gen_energy", "gen_pt", "gen_eta", "gen_phi", "n_near", "second_share"]


class ChosenEvents(HtmlView):
    """The chosen particles of the first series, those of most interest first; links open them."""

    state: StudyState

    def __init__(self, state: StudyState, study: Study) -> None:
        self.study = study
        super().__init__(state)

    def drawn_values(self) -> dict[str, tuple[str, ...]]:
        """The events, and what the study is declared to: the older definitions may need more."""
        values = ("series", "quantity", "norm", "older", "set_a", "set_b", "theme")
        return {"html": (*values, *self.study.follows)}

    def html(self) -> str:
        state = self.state
        one = state.series[0]
        table = one.picked
        n = len(table)
        if not n:
            return '<p class="hint">No particle is chosen.</p>' if len(one.particles) else ""
        values = state.columns["response"](table)
        first = self.study.order(table, values)
        why = self.why(one)
        if why is not None:
            if not (why != "").any():
                return '<p class="hint">The older pages count all of these as here.</p>'
            first = np.where(why != "", first, np.nan)
        order = lowest(first, SHOWN)
        some = table[LISTED].iloc[order]
        addresses = link.of_each_event(state, one.sample, some["event"], some["particle"], one.which)
        columns = ["event", "E [GeV]", "pT [GeV]", "\u03b7", "\u03c6", "response", "clusters", "second share"]
        if why is not None:
            columns = [*columns[:4], "clusters", "second share", "the older page"]
        rows: list[str] = []
        for row, value, address in zip(some.itertuples(), values[order], addresses, strict=True):
            cells = [
                f'<a href="{escape(address)}" target="_blank">{row.event}</a>',
                f"{row.gen_energy:.1f}",
                f"{row.gen_pt:.1f}",
                minus(f"{row.gen_eta:.3f}"),
                minus(f"{row.gen_phi:.3f}"),
                "\u2013" if np.isnan(value) else f"{value:.3f}",
                f"{row.n_near}",
                "\u2013" if np.isnan(row.second_share) else f"{row.second_share:.2f}",
            ]
            html = "".join(f"<td>{cell}</td>" for cell in cells)
            if why is not None:
                html = "".join(f"<td>{cell}</td>" for cell in (*cells[:4], *cells[6:]))
                html += f'<td class="words">{escape(str(why[order[len(rows)]]))}</td>'
            rows.append(f"<tr>{html}</tr>")
        head = "".join(f"<th>{escape(column)}</th>" for column in columns)
        head = head.replace("<th>the older", '<th class="words">the older')
        return f'<table class="numbers events"><tr>{head}</tr>{"".join(rows)}</table>'

    def why(self, one: Series) -> np.ndarray | None:
        """Why the older page counts each chosen particle differently; None unless it is asked for."""
        return older_differences(self.study, self.state, one)


def older_differences(study: Study, state: StudyState, one: Series) -> np.ndarray | None:
    """Why the older page counts each chosen particle of a series differently; None unless it is asked for."""
    if not state.older or study.older is None or not len(one.particles):
        return None
    return study.older.why(state, one)[one.chosen]


class ChosenTitle(HtmlView):
    """Title of the table of events."""

    state: StudyState

    def __init__(self, state: StudyState, study: Study) -> None:
        self.study = study
        super().__init__(state)

    def drawn_values(self) -> dict[str, tuple[str, ...]]:
        """As of the events below it."""
        return {"html": ("series", "older", *self.study.follows)}

    def html(self) -> str:
        one = self.state.series[0]
        n, first = int(one.chosen.sum()), ""
        why = older_differences(self.study, self.state, one)
        if why is not None:
            n, first = (
                int((why != "").sum()),
                f"counted differently by the older page ({self.study.older.words})",
            )
        shown = f"{SHOWN} of {thousands(n)}" if n > SHOWN else f"{thousands(n)}"
        return self.title(
            "Chosen events", f"{shown}, {first or self.study.order_words} \u00b7 {name_of(one, self.state)}"
        )
