"""What the present parameters do to the whole sample, in the page's header."""

from html import escape

from ...polling import poll_while_open
from ...sample_runs import SampleOutcomes
from ...state.whole_sample import WholeSample
from ..shared.base import draws
from ..shared.shares import share
from ..shared.words import HtmlView, missing, thousands, tip_of

PERIOD = 0.5  # s between looks at what the background has done


class SampleLine(HtmlView):
    """The split rate of the whole sample under A and B, and how far the background has come."""

    state: WholeSample

    def build(self) -> None:
        super().build()
        poll_while_open(self.state.poll, PERIOD, self.state.news)

    @draws("outcomes_a", "outcomes_b", "problem")
    def html(self) -> str:
        a, b = self.state.outcomes_a, self.state.outcomes_b
        if a is None:
            return ""
        rate, of, rest = f"splits {_words(a)}".partition(" of ")
        parts = [rate, f"of {rest}"] if of else [rate]
        if b is not None and len(b.particles):
            parts[-1] += ";"
            parts.append(f"B: {100 * b.particles['split'].mean():.2g} %")
        line = " ".join(
            f"<span>{escape(part)}</span>" for part in parts
        )  # a narrow header has them in two lines
        return f'<div class="sample-line" {tip_of("splits", _tip(a, b))}>{line}</div>'


def _words(outcomes: SampleOutcomes) -> str:
    """The split rate, and of how many particles."""
    progress, n = outcomes.progress, len(outcomes.particles)
    if not n:
        return "\u2026" if not progress.finished else "\u2013"
    of = f"{share(int(outcomes.particles['split'].sum()), n)} of {thousands(n)}"
    if progress.finished:
        return of + (" PARTIAL" if outcomes.failures else "")
    return f"{of} so far, {100 * (progress.done + progress.failed) / progress.total:.0f} %"


def _tip(a: SampleOutcomes, b: SampleOutcomes | None) -> str:
    lines = []
    for name, one in (("A", a), ("B", b)):
        if one is None:
            continue
        lines += [f"{name}: {missing(chunk, why)}" for chunk, why in one.failures.items()]
        if n := len(one.particles):
            lines.append(f"{name}: {share(int(one.particles['split'].sum()), n)} of {thousands(n)}.")
        left = one.progress.left
        if not one.progress.finished and left is not None:
            lines.append(f"{name}: {one.progress.rate:.0f} events/s, {left:.0f} s left.")
    return " ".join(lines)
