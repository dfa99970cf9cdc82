"""The pages of the studies as one file that needs neither server nor network."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import escape
from pathlib import Path

from bokeh.embed import components
from bokeh.resources import Resources
from jinja2 import Environment, FileSystemLoader, select_autoescape

from .. import __version__, cache
from ..chain import ChainParameters
from ..config import Config
from ..errors import ByeSplitsError
from .catalogue import Catalogue, sample_name
from .figures.colours import css_variables
from .figures.study_plots import StudyPlot
from .page.assets import ASSETS, asset
from .page.help.plots import PLOTS
from .sample_runs import SampleRuns
from .state.study import Key, StudyState
from .views.shared.words import swatch
from .views.studies.drawn import Study, colour_of, name_of
from .views.studies.pages import STUDIES
from .views.studies.texts import StudyFacts, numbers_table

THEME = "light"
_LINK = re.compile(r"</?a\b[^>]*>")  # there are no pages that it could lead to
MOST = 2000  # events of which the showers are moved through the bins: it takes 50 ms each
PERIOD = 0.1  # s between looks at what the processes have done


def write_report(
    config: Config,
    out: Path,
    set_b: ChainParameters | None = None,
    workers: int = 1,
    progress: Callable[[int, int], object] = lambda done, total: None,
    **changes: object,
) -> list[str]:
    """Write the report of the samples of a configuration.

    Parameters
    ----------
    out : HTML file
    set_b : the second set of parameters, or None
    workers : processes
    progress : called with the numbers of chunks that are done, and of all, of the present study
    changes : of the configured parameters, for the first set

    Returns
    -------
    what is missing: a sentence for each chunk that could not be worked on; empty if nothing is

    Raises
    ------
    ByeSplitsError : a file cannot be read, or the report not be written
    """
    catalogue = Catalogue(config)
    catalogue.runs = SampleRuns(workers)
    set_a = catalogue.parameters(**changes)
    chapters: list[dict] = []
    scripts: list[str] = []
    missing: list[str] = []
    for key in catalogue.samples:
        catalogue.source(key)  # a file that cannot be read ends the report
        for slug, study in STUDIES.items():
            if study.needs_b and set_b is None:
                continue
            state = study.state(catalogue, study.kinds, samples=_samples(study, catalogue, key))
            state.most = MOST
            compare = "A" if set_b is None else "A | B"
            state.update(set_a=set_a, set_b=set_b, compare=compare, theme=THEME)
            missing += _awaited(state, progress)
            chapter, script = _chapter(f"{slug}-{len(chapters)}", study, state)
            chapters.append(chapter)
            scripts.append(script)
    environment = Environment(loader=FileSystemLoader(ASSETS), autoescape=select_autoescape(["html"]))
    sets = {"A": set_a} | ({} if set_b is None else {"B": set_b})
    html = environment.get_template("report.html").render(
        css=css_variables() + asset("text.css").replace(":host", "main") + asset("report.css"),
        bokeh=Resources(mode="inline", components=["bokeh"]).js_raw,
        scripts=scripts,
        chapters=chapters,
        version=__version__,
        files=[(catalogue.location(key), len(catalogue.source(key))) for key in catalogue.samples],
        sets={name: parameters.to_yaml() for name, parameters in sets.items()},
        missing=missing,
    )
    try:
        cache.write_atomically(out, lambda path: _write(path, html))
    except OSError as error:
        raise cache.not_writable(out, str(error)) from error
    return missing


def _write(path: Path, html: str) -> None:
    path.write_text(html, encoding="utf-8")


def _samples(study: Study, catalogue: Catalogue, key: Key) -> tuple[Key, ...]:
    """The sample, and for an overlay another one: of the same particle, or the only other one."""
    others = [other for other in catalogue.samples if other != key]
    if len(others) > 1:
        others = [other for other in others if other[0] == key[0]]
    return (key, *others[:1]) if study.overlay else (key,)


def _awaited(state: StudyState, progress: Callable[[int, int], object]) -> Iterator[str]:
    """Work until the state is complete; what is missing then."""
    problems: list[str] = []
    state.param.watch(lambda event: problems.append(event.new.text), "message")
    while True:
        state.poll()
        if problems:
            raise ByeSplitsError(
                "report", expected="files that can be studied", found=problems[0], action="Correct it."
            )
        found = list(state.states.values())
        done = sum(one.progress.done + one.progress.failed for one in found)
        progress(done, sum(one.progress.total for one in found))
        if state.complete:
            break
        time.sleep(PERIOD)
    for (key, *_), one in state.states.items():
        for chunk, why in one.failures.items():
            yield f"{sample_name(key)}, {chunk}: {why}"


def _chapter(name: str, study: Study, state: StudyState) -> tuple[dict, str]:
    """What the template draws of a page, and the script of its plots."""
    plots, figures = [], {}
    for plot in study.plots:
        drawn = StudyPlot(plot.layers, log_x=plot.log_x, log_y=plot.log_y, name=plot.name, links=False)
        picture = replace(plot.make(state), label=state.label)
        drawn.show(picture, THEME)
        figures[plot.name] = drawn.figure
        words = plot.words(state).replace("click a dot: its event opens at that threshold", "")
        plots.append(
            {"title": plot.title, "words": words, "notes": " \u00b7 ".join(picture.notes), "name": plot.name}
            | {"help": PLOTS[plot.name]}
        )
    script, parts = components(figures)
    for one in plots:
        one["html"] = parts[one["name"]]
    facts = study.facts or StudyFacts
    legend = "".join(
        f"<span>{swatch(colour_of(one))}{escape(name_of(one, state))}: {escape(facts.words(one))}</span>"
        for one in state.series
    )
    title = f"{study.title}: {' and '.join(map(sample_name, state.samples))}"
    chapter = {
        "name": name,
        "title": title,
        "legend": legend,
        "plots": plots,
        "numbers": _LINK.sub("", numbers_table(study, state)),
    }
    return chapter, script
