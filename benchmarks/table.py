"""The printed table: work, targets and measured values."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median

COLUMNS = ("work", "target", "in process", "n", "through the server", "n", "")


@dataclass
class Line:
    """One kind of work.

    Attributes
    ----------
    work : description of the work
    unit : "ms", "s", "kB", "MB" or "events/s"
    target : upper limit in the same unit; None for no target
    process : values measured inside one process, without a server
    server : values measured by a client of the running server
    at_least : whether the target is a lower limit, and the smallest value is the worst
    """

    work: str
    unit: str
    target: float | None = None
    process: list[float] = field(default_factory=list)
    server: list[float] = field(default_factory=list)
    at_least: bool = False

    @property
    def verdict(self) -> str:
        """Comparison of the values with the target.

        "over" if a median is above it, "ok, max over" if only a largest value is, otherwise "ok". With
        `at_least` correspondingly "under" and "ok, min under". "" without target or values.
        """
        measured = [values for values in (self.process, self.server) if values]
        if self.target is None or not measured:
            return ""
        sign = -1 if self.at_least else 1
        missed = [
            [sign * value > sign * self.target for value in (median(v), self.worst(v))] for v in measured
        ]
        if any(middle for middle, _ in missed):
            return "under" if self.at_least else "over"
        if any(worst for _, worst in missed):
            return "ok, min under" if self.at_least else "ok, max over"
        return "ok"

    def worst(self, values: list[float]) -> float:
        """The largest value, with `at_least` the smallest."""
        return min(values) if self.at_least else max(values)


def table(lines: Iterable[Line]) -> str:
    """Lines as aligned text; values as median (max), for lower limits as median (min)."""
    rows = [COLUMNS]
    for line in lines:
        least = ">= " if line.at_least else ""
        target = "" if line.target is None else f"{least}{line.target:.6g} {line.unit}"
        process, server = (_summary(values, line) for values in (line.process, line.server))
        rows.append((line.work, target, *process, *server, line.verdict))
    widths = [max(len(row[i]) for row in rows) for i in range(len(COLUMNS))]
    texts = []
    for row in rows:
        aligned = [text.rjust(width) for text, width in zip(row[1:-1], widths[1:-1], strict=True)]
        texts.append("  ".join([row[0].ljust(widths[0]), *aligned, row[-1]]).rstrip())
    texts.insert(1, "-" * max(map(len, texts)))
    return "\n".join(texts)


def _summary(values: list[float], line: Line) -> tuple[str, str]:
    """Median (worst) with the unit, and the number of values."""
    if not values:
        return "", ""
    if len(values) == 1:
        return f"{_number(values[0])} {line.unit}", "1"
    return f"{_number(median(values))} ({_number(line.worst(values))}) {line.unit}", f"{len(values)}"


def _number(value: float) -> str:
    """At least three significant digits without exponent, but at most two decimals."""
    magnitude = abs(value)
    digits = 0 if magnitude >= 100 else 1 if magnitude >= 10 else 2
    return f"{value:.{digits}f}"
