"""docs/pages.md: the same words as on the pages, as Markdown."""

from collections.abc import Iterable, Mapping

from ....chain.parameters import DECLARED
from . import chain
from .display import DISPLAY
from .keys import EVERYWHERE, KEYS, Key
from .other_pages import EVENTS, GEOMETRY, OCCUPANCY
from .plots import PLOTS
from .studies import STUDIES
from .topics import ANSWER, PageHelp, Topic

HEAD = """# The pages: panes, marks, controls, keys

What the `?` beside each pane and group of controls, the tips of the controls and the key `?` say, in one place.
`tools/pages-page` makes this page from `bye_splits/dashboard/page/help/`.
"""


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace("\n", " ")


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _keys(keys: Iterable[Key]) -> str:
    rows = [(key.shown, f"in {key.within}: {key.meaning}" if key.within else key.meaning) for key in keys]
    return _table(("key", "what it does"), rows)


def _topics(topics: Mapping[str, Topic]) -> str:
    parts = []
    for topic in topics.values():
        parts.append(f"### {topic.title}\n\n{topic.words}")
        if topic.marks:
            parts.append(_table(("mark", "meaning"), ((mark.name, mark.meaning) for mark in topic.marks)))
        if topic.numbers:
            parts.append(_table(("number", "meaning"), topic.numbers.items()))
    return "\n\n".join(parts)


def _plots(topics: Mapping[str, Topic]) -> str:
    """The plots of a study, with one legend for all of them."""
    rows = ((topic.title, topic.words) for topic in topics.values())
    marks = dict.fromkeys((mark.name, mark.meaning) for topic in topics.values() for mark in topic.marks)
    return "\n\n".join([_table(("plot", "what is drawn"), rows), _table(("mark", "meaning"), marks)])


def _without(one: Mapping, other: Mapping) -> dict:
    return {name: value for name, value in one.items() if other.get(name) != value}


def _page(page: PageHelp, known: Iterable[PageHelp] = ()) -> str:
    """A page's chapter, without what the chapter of the chain or of a page before says as well."""
    topics, fields, buttons = (
        _without(getattr(page, part), getattr(chain, part.upper()))
        for part in ("topics", "fields", "buttons")
    )
    for other in known:
        topics, fields, buttons = (
            _without(mine, getattr(other, part))
            for mine, part in ((topics, "topics"), (fields, "fields"), (buttons, "buttons"))
        )
    plots = {name: topic for name, topic in topics.items() if name in PLOTS}
    parts = [f"## {page.title}\n\n{page.words}", _topics(_without(topics, plots))]
    if plots:
        parts.append(_plots(plots))
    if fields or buttons:
        parts.append(_table(("control", "meaning"), [*fields.items(), *buttons.items()]))
    if page.in_header is not ANSWER:
        parts.append(_table(("number in the header", "meaning"), page.in_header.items()))
    if own := [KEYS[name] for name in page.keys if name not in EVERYWHERE]:
        parts.append(_keys(own))
    return "\n\n".join(filter(None, parts))


def pages() -> str:
    """The text of docs/pages.md."""
    names = ("parameter", "link", "meaning")
    rows = [(one.label, one.word or "–", chain.meaning(name)) for name, one in DECLARED.items()]
    others = {label: words for label, words in chain.FIELDS.items() if label not in chain.PARAMETERS}
    shared = "\n\n".join(
        [
            "## The chain's controls\n\nOn all pages with clusters.",
            _table(names, rows),
            _topics(chain.TOPICS),
            _table(("control", "meaning"), [*others.items(), *chain.BUTTONS.items()]),
        ]
    )
    keys = "## Keys of all pages\n\n" + _keys(KEYS[name] for name in EVERYWHERE)
    first, *rest = STUDIES
    studies = [_page(first), *(_page(page, known=[first]) for page in rest)]
    chapters = [
        HEAD.strip(),
        _page(DISPLAY),
        shared,
        keys,
        *map(_page, (EVENTS, GEOMETRY, OCCUPANCY)),
        *studies,
    ]
    return "\n\n".join(chapters) + "\n"
