"""`bye-splits study`: the chain over whole samples, and what became of the generated particles."""

import argparse
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bye_splits import cache
from bye_splits.config import Config, load_config, located
from bye_splits.counting import counted
from bye_splits.errors import ByeSplitsError
from bye_splits.locations import joined

from .chain_options import BOTH, chosen_parameters
from .complaints import FAILED, FINE, complain
from .progress import Progress, stop_requests

if TYPE_CHECKING:
    from bye_splits.chain import ChainParameters
    from bye_splits.studies.batch import Jobs
    from bye_splits.studies.main_numbers import Numbers
    from bye_splits.studies.plans import Plan
    from bye_splits.studies.registry import FilesStudy
    from bye_splits.studies.store import Store


def radii_of(text: str) -> tuple[float, ...]:
    """Radii of `FIRST:LAST:NUMBER`, or separated by commas.

    Examples
    --------
    >>> radii_of("0.01:0.03:3")
    (0.01, 0.02, 0.03)
    """
    try:
        if ":" in text:
            first, last, number = text.split(":")
            radii = tuple(np.linspace(float(first), float(last), int(number)).round(12).tolist())
        else:
            radii = tuple(float(radius) for radius in text.split(","))
    except ValueError:
        radii = ()
    if not radii or not all(0 <= radius < 1 for radius in radii):
        raise argparse.ArgumentTypeError(
            "expected radii from 0 to 1 in (x/z, y/z), as FIRST:LAST:NUMBER or separated by commas, "
            f"found {text!r}"
        )
    return radii


def study(options: argparse.Namespace) -> int:
    """Run a study over whole files; 1 if the result is partial."""
    from bye_splits.studies.chunk import Settings
    from bye_splits.studies.registry import STUDIES, FilesStudy
    from bye_splits.studies.store import make_store

    if options.dry_run:
        return _dry_run(options)
    config = load_config(options.config)
    chains = chosen_parameters(options, config, f"study {options.study}")
    given = {
        option.name: value
        for one in STUDIES.values()
        for option in one.options
        if (value := getattr(options, option.name)) is not None
    }
    samples = [located(file, config) for file in options.files]
    files = [joined(sample.path, sample.directory, sample.tree) for sample in samples]
    chosen = STUDIES[options.study]
    out = _folder(options.out)
    read = [sample.path for sample in samples]
    read += [path for path in (config.path, options.parameters, given.get("a"), given.get("b")) if path]
    for name in chosen.tables:
        cache.check_output(out / f"{name}.parquet", read)
    if isinstance(chosen, FilesStudy):
        return _of_files(chosen, files, chains, options, config, out)
    plan = chosen.planned(config, chains, options.radii, given)
    try:
        with _scheduler(options) as scheduler:
            with stop_requests() as stop, Progress() as progress:
                store = make_store(
                    files,
                    out,
                    Settings.covering(plan.sets, []),
                    options.workers,
                    scheduler,
                    progress.advance,
                    progress.started,
                    stop,
                )
            for again, first in store.survey.repeated:
                same = "is given more than once" if again == first else f"is the same file as {first}"
                complain(f"warning: {again} {same}: its events are counted once.", FINE)
            if store.chunks:
                for path, rows in _run(plan, store, out, options.workers, scheduler):
                    print(f"{path}: {counted(rows, 'row')}")
            if store.chunks:  # none is left if the plan's work failed in all of them
                shown = [_headline(store, plan.shown)] if plan.shown else []
                for numbers in [*shown, *(chosen.numbers(out) if chosen.numbers else [])]:
                    print(_aligned(numbers))
    except KeyboardInterrupt:
        return complain(f"interrupted: what is complete is kept in {out}, and {AGAIN}.", FAILED)
    return _account(store)


def _of_files(
    chosen: "FilesStudy",
    files: list[str],
    chains: tuple["ChainParameters", ...],
    options: argparse.Namespace,
    config: Config,
    out: Path,
) -> int:
    """Run a study that goes over the files itself."""
    from bye_splits.geometry import Geometry
    from bye_splits.studies.occupancy_study import Job

    if len(chains) > 1 or options.radii is not None:
        raise ByeSplitsError(
            f"options of the study {options.study}",
            expected="one chain, and no radii",
            found=f"--chain {BOTH}" if len(chains) > 1 else "--radii",
            action="Study each chain by itself, with a folder of its own; --radius sets its radius.",
        )
    place = config.geometry
    known = Geometry.v11()
    if place.path is not None:
        known = Geometry.from_root(place.path, place.directory, place.tree)
    try:
        with _scheduler(options) as scheduler, stop_requests() as stop, Progress() as progress:
            job = Job(
                geometry=known,
                workers=options.workers,
                scheduler=scheduler,
                progress=progress.advance,
                started=progress.started,
                stop=stop,
            )
            made = chosen.run(files, out, chains[0], job)
    except KeyboardInterrupt:
        return complain(f"interrupted: what is complete is kept in {out}, and {AGAIN}.", FAILED)
    for path, rows in made.tables:
        print(f"{path}: {counted(rows, 'row')}")
    for remark in made.remarks:
        print(f"    {remark}")
    found, done = made.survey, sum(chunk.events for chunk in made.chunks)
    for again, first in found.repeated:
        same = "is given more than once" if again == first else f"is the same file as {first}"
        complain(f"warning: {again} {same}: its events are counted once.", FINE)
    print(f"    of {counted(done, 'event')} in {counted(len(found.files), 'file')}")
    for text in dict.fromkeys(file.description for file in found.files if file.description):
        print(f"    {text}")
    if not found.failures and len(made.chunks) == len(found.chunks):
        return FINE
    missing = sum(file.events for file in found.files) - done
    print(f"    PARTIAL: {counted(missing, 'event')} of the files that can be read are missing; {AGAIN}")
    for error in found.failures.values():
        complain(f"{error}", FAILED)
    for chunk, text in made.problems.items():
        complain(f"{chunk}: {text}", FAILED)
    return FAILED


LINES = 12  # of a chain
AGAIN = "the same command does the rest"


def _scheduler(options: argparse.Namespace) -> AbstractContextManager[str]:
    """The address of the scheduler to use, "" for none."""
    if not options.cluster:
        return nullcontext(options.scheduler)
    from bye_splits.studies.batch import scheduler_of_jobs

    return scheduler_of_jobs(options.cluster, _jobs(options))


def _jobs(options: argparse.Namespace) -> "Jobs":
    from bye_splits.studies.batch import Jobs

    return Jobs(number=options.jobs, memory=options.memory, queue=options.queue, walltime=options.walltime)


def _dry_run(options: argparse.Namespace) -> int:
    from bye_splits.studies.batch import job_script

    if not options.cluster:
        raise ByeSplitsError(
            "option --dry-run",
            expected="--cluster beside it",
            found="none",
            action="Name the batch system whose job script is to be shown.",
        )
    print(job_script(options.cluster, _jobs(options)))
    return FINE


def _run(plan: "Plan", store: "Store", out: Path, workers: int, scheduler: str) -> Iterable[tuple[Path, int]]:
    """Each table that a plan writes, and its number of rows."""
    from bye_splits.studies.plans import Workers

    if not plan.works:
        return plan.run(store, out, Workers())
    with stop_requests() as stop, Progress() as progress:
        progress.started(sum(chunk.events for chunk in store.chunks), 0)
        where = Workers(
            number=workers,
            scheduler=scheduler,
            progress=progress.advance,
            stop=lambda: store.stopped or stop(),  # also before: nothing more is begun then
        )
        return list(plan.run(store, out, where))


def _headline(store: "Store", sets: Sequence["ChainParameters"]) -> "Numbers":
    """The main numbers, a line per set of parameters; of many, some of each chain."""
    from bye_splits.studies.headline import headline
    from bye_splits.studies.main_numbers import Numbers, percent, with_error

    of_chain = [[one for one in sets if one.chain == name] for name in dict.fromkeys(s.chain for s in sets)]
    shown = [
        some[k] for some in of_chain for k in sorted({round(k) for k in np.linspace(0, len(some) - 1, LINES)})
    ]
    table = headline(store, shown)
    head = ("chain", "radius", "particles", "efficiency [%]", "split [%]", "median E/E_gen", "eff. RMS [%]")
    rows = []
    for row in table.itertuples():
        radius = "by layer" if np.isnan(row.radius) else f"{row.radius:g}"
        efficiency = percent(row.efficiency, row.efficiency_low, row.efficiency_high)
        split = percent(row.split_rate, row.split_rate_low, row.split_rate_high)
        median = with_error(row.median, np.nan, 4)
        width = with_error(100 * row.effective_rms, 100 * row.effective_rms_error)
        rows.append((row.chain, radius, f"{row.particles}", efficiency, split, median, width))
    more = len(sets) - len(shown)
    return Numbers(head, rows, [f"{counted(more, 'more line')} in the tables"] if more else [])


def _aligned(numbers: "Numbers") -> str:
    """A table in columns of one width each, indented."""
    rows = [numbers.head, *numbers.rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(text.ljust(w) for text, w in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join(f"    {line}" for line in [*lines, *numbers.below])


def _account(store: "Store") -> int:
    done = sum(chunk.events for chunk in store.chunks)
    earlier = f", {store.resumed} of them by an earlier run" if store.resumed else ""
    print(f"    of {counted(done, 'event')} in {counted(len(store.survey.files), 'file')}{earlier}")
    for text in dict.fromkeys(file.description for file in store.survey.files if file.description):
        print(f"    {text}")
    if not store.partial:
        return FINE
    events = sum(file.events for file in store.survey.files)
    print(f"    PARTIAL: {counted(events - done, 'event')} of the files that can be read are missing")
    for error in store.survey.failures.values():
        complain(f"{error}", FAILED)
    for chunk, text in store.problems.items():
        complain(f"{chunk}: {text}", FAILED)
    if store.stopped:
        tables = (
            "are in the tables, which are marked PARTIAL" if done else "are complete: no table is written"
        )
        complain(f"stopped: {done} of {counted(events, 'event')} {tables}; {AGAIN}.", FAILED)
    return FAILED


def _folder(out: str) -> Path:
    path = Path(out)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ByeSplitsError(
            out,
            expected="a folder for the tables",
            found=error.strerror or str(error),
            action="Choose another one, that you can write to.",
        ) from error
    return path
