"""Workers as jobs of a batch system, submitted by dask-jobqueue; their scheduler is in this process."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from bye_splits.errors import ByeSplitsError, variant


@dataclass(frozen=True, kw_only=True)
class Jobs:
    """The jobs of a study: one worker with one thread each.

    Attributes
    ----------
    number : of jobs
    memory : of each, such as "2GB"
    queue : where they wait: SLURM's partition, HTCondor's job flavour; "" for the site's own choice
    walltime : HH:MM:SS until the batch system ends a job; "" for the site's own choice
    """

    number: int = 10
    memory: str = "2GB"
    queue: str = ""
    walltime: str = ""


def _slurm(jobs: Jobs) -> dict[str, Any]:
    given = {"queue": jobs.queue, "walltime": jobs.walltime}
    return {name: text for name, text in given.items() if text}


def _htcondor(jobs: Jobs) -> dict[str, Any]:
    directives = {"+JobFlavour": f'"{jobs.queue}"'} if jobs.queue else {}
    if jobs.walltime:
        hours, minutes, seconds = (int(part) for part in jobs.walltime.split(":"))
        directives["+MaxRuntime"] = str(3600 * hours + 60 * minutes + seconds)
    return {"disk": jobs.memory, "job_extra_directives": directives}


@dataclass(frozen=True)
class BatchSystem:
    """A batch system.

    Attributes
    ----------
    title : its name
    cluster : class of dask_jobqueue
    options : function of the jobs, the arguments of that class beside those that all have
    """

    title: str
    cluster: str
    options: Callable[[Jobs], Mapping[str, Any]]


BATCH_SYSTEMS = {
    "slurm": BatchSystem("SLURM", "SLURMCluster", _slurm),
    "htcondor": BatchSystem("HTCondor", "HTCondorCluster", _htcondor),
}


def job_script(name: str, jobs: Jobs) -> str:
    """What would be submitted for each job; the address of the scheduler in it is another one in each run."""
    with _cluster(name, jobs) as cluster:
        return f"{cluster.job_script()}"


@contextmanager
def scheduler_of_jobs(name: str, jobs: Jobs) -> Iterator[str]:
    """Submit the jobs, and give the address of the scheduler that they report to; they end with the context.

    Raises
    ------
    ByeSplitsError : dask-jobqueue is not installed, or the batch system refuses the jobs
    """
    with _cluster(name, jobs) as cluster:

        async def submitted() -> None:
            await cluster

        for name_of_logger in ("tornado.application", "asyncio"):  # they log the error that is raised here
            logging.getLogger(name_of_logger).setLevel(logging.CRITICAL)
        try:
            cluster.scale(jobs=jobs.number)
            cluster.sync(submitted)
            for job in cluster.workers.values():
                if job.job_id is None:
                    cluster.sync(job.start)  # again, as the first error was not kept
        except Exception as error:
            raise _refused(name, error) from error
        yield cluster.scheduler_address


@contextmanager
def _cluster(name: str, jobs: Jobs) -> Iterator[Any]:
    system = variant(BATCH_SYSTEMS, name, "batch system")
    try:
        import dask_jobqueue
    except ImportError:
        raise ByeSplitsError(
            f"jobs of {system.title}",
            expected="the package dask-jobqueue",
            found="none",
            action="Install it: pip install 'bye_splits[cluster]'.",
        ) from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        cluster = getattr(dask_jobqueue, system.cluster)(
            cores=1,
            memory=jobs.memory,
            job_name="bye-splits",
            scheduler_options={"dashboard": False, "dashboard_address": ":0"},  # no page, on any free port
            **system.options(jobs),
        )
    except ValueError as error:
        raise _refused(name, error) from error
    try:
        yield cluster
    finally:
        with suppress(AssertionError):  # of distributed, of jobs that never got through; it comes last
            cluster.close()


def _refused(name: str, error: Exception) -> ByeSplitsError:
    return ByeSplitsError(
        f"jobs of {BATCH_SYSTEMS[name].title}",
        expected="jobs that the batch system takes",
        found=" ".join(str(error).split()) or type(error).__name__,
        action="Run it where jobs are submitted, and look at the script with --dry-run.",
    )
