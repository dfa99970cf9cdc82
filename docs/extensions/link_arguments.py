"""Arguments of the pages' addresses, in words: what the code lists, with what each value means."""

from collections.abc import Mapping

from bye_splits.chain.parameters import DECLARED
from bye_splits.dashboard.figures.framing import VIEWS
from bye_splits.dashboard.link import chain, display, events, geometry, matches, occupancy, study
from bye_splits.errors import variant
from bye_splits.studies.filters import LIMITED

PAGES = {
    "display": (display.KNOWN, display.CHOICES),
    "events": (events.KNOWN, events.CHOICES),
    "geometry": (geometry.KNOWN, geometry.CHOICES),
    "occupancy": (occupancy.KNOWN, occupancy.CHOICES),
    "studies": (study.KNOWN | {*study.SCAN, *study.FIRST_EVENTS}, study.CHOICES | study.FIRST_EVENTS),
}
"""By page: the known names, and those with a set of words."""

SAMPLE = {
    "particle": "particle of the sample, as configured",
    "pileup": "pile-up of the sample, as configured",
}
OF_SET = {"width": "phi bins more that are summed in every row than configured"} | {
    word: f"{declared.label}: {declared.help}"
    for word, name in chain.BY_WORD.items()
    for declared in (DECLARED[name],)
}
MEANINGS = {
    **SAMPLE,
    "particle2": "particle of the sample beside it",
    "pileup2": "pile-up of the sample beside it",
    "page": "page, with `panel serve`",
    "event": "event number",
    "occurrence": "which of the events of that number, from 0",
    "generated": "generated particle, from 1, that of highest pT first",
    "layer": "layer of the layer map",
    "shapes": "columns of shapes in the table of clusters, separated by commas",
    "layers": "first and last layer, such as `1-28`",
    "threshold": "lowest mipPt that is shown [mipT]",
    "around": "radius of the cylinder around the particle [cm], or `all`",
    "stretch": "stretch of z in the 3D view",
    "cell": "selected trigger cell: `layer.waferu.waferv.cellu.cellv`",
    "wafer": "selected wafer: `waferu.waferv`",
    "look": "view of the map: x, y and half the shorter side [cm]",
    "camera": f"{', '.join(f'`{name}`' for name in VIEWS)}, or x, y, z of an eye and of what it looks at",
    "cluster": "row of the table of clusters",
    "bin": "selected bin: numbers in R/z and phi, such as `12.103`; on *Occupancy* one number",
    "xy": "selected bin of the chain `xy`: numbers in x/z and y/z",
    "module": "selected module: `waferu.waferv`",
    "point": "selected point of the lattice: `U.V`",
    "hexagon": "selected hexagon of the chain `triangular`: rows and columns from (0, 0), such as `3.-2`",
    "compare": ", ".join(f"`{word}`" for word in chain.COMPARE_WORDS.values()),
    "match": "condition of the selection",
    "order": f"column by which rows are sorted, `{matches.DOWN}` in front of it: descending",
    "rows": "page of the table",
    "shower": "event of the shower in many pile-ups",
    "vary": f"parameters that are varied, separated by `{study.VARIED}`",
    "sets": "number of sets",
    "grid": "`1`: all combinations",
}


def _meaning(name: str, words: Mapping[str, tuple[str, Mapping]]) -> str:
    if name in words:
        return ", ".join(f"`{word}`" for word in words[name][1].values())
    if name in MEANINGS:
        return MEANINGS[name]
    if name in OF_SET:
        return OF_SET[name]
    if name.endswith("B") and name[:-1] in OF_SET:
        return f"the same of set B as `{name[:-1]}` of A"
    if name in LIMITED or name in study.LIMITS:
        return "lowest and highest value, such as `2:2.5`"
    if name.startswith("in_"):
        return f"range of `{name[3:]}` that is drawn as a box"
    raise LookupError(f"link argument {name}: no meaning of it is in {__file__}. Add it.")


def arguments_of(page: str) -> dict[str, str]:
    """Name and meaning of each argument of a page's address."""
    known, words = variant(PAGES, page, "page")
    return {name: _meaning(name, words) for name in sorted(known)}
