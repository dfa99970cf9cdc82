"""The hand scan on the events page: how many events have which tag, and how far scanners agree."""

import math
from collections import Counter
from html import escape

from ....counting import counted
from ....studies.agreement import Agreement, agreements
from ...state.events import EventsState
from ..shared.base import draws
from ..shared.words import HtmlView

MOST_PAIRS = 6  # of scanners, that are listed


class ScanFacts(HtmlView):
    """Numbers of one's own tags, and the agreement with other scanners."""

    state: EventsState

    @draws("scan.tags", "scan.of_all")
    def html(self) -> str:
        scan = self.state.scan
        tags = Counter(tag.tag for tag in scan.tags.values() if tag.tag)
        lines = [", ".join(f"{word} {n}" for word, n in tags.most_common())]
        if not tags:
            lines = ["No tags yet: the keys 1 to 9 in the display give them."]
        pairs = agreements(scan.of_all)
        lines += [said(pair) for pair in pairs[:MOST_PAIRS]]
        if len(pairs) > MOST_PAIRS:
            lines.append(f"and {counted(len(pairs) - MOST_PAIRS, 'further pair')} of scanners")
        tip = "Cohen\u2019s \u03ba: 1 for full agreement, 0 for that of chance, with its standard error."
        return "".join(f'<p class="hint-plain" title="{tip}">{escape(line)}</p>' for line in lines)


def said(pair: Agreement) -> str:
    """The agreement of two scanners in words.

    Examples
    --------
    >>> said(Agreement("ada", "ben", 50, 0.7, 0.4, 0.13))
    'ada, ben: 70 % of 50 events alike, \u03ba 0.40 \u00b1 0.13'
    >>> said(Agreement("ada", "ben", 0, math.nan, math.nan, math.nan))
    'ada, ben: no event in common'
    """
    names = f"{pair.a}, {pair.b}: "
    if not pair.n:
        return f"{names}no event in common"
    alike = f"{names}{100 * pair.observed:.0f} % of {counted(pair.n, 'event')} alike"
    if math.isnan(pair.kappa):
        return f"{alike}, all with one tag"
    return f"{alike}, \u03ba {pair.kappa:.2f} \u00b1 {pair.error:.2f}".replace("-", "\u2212")
