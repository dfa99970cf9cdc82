"""The study of occupancies: from files to tables."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bye_splits import __version__
from bye_splits.chain import ChainParameters
from bye_splits.counting import counted
from bye_splits.data import open_source
from bye_splits.geometry import Geometry
from bye_splits.sample_geometry import SampleGeometry, described

from .occupancy import make_occupancy
from .occupancy_chunk import OccupancySettings
from .occupancy_tables import left_out, seen_cells, write_tables
from .survey import Chunk, Survey
from .workers import never


@dataclass(frozen=True, kw_only=True)
class Job:
    """How a study goes over its files, see `store.make_store`.

    Attributes
    ----------
    geometry : the configured one
    workers, scheduler : see `workers.results`
    progress, started, stop : see `store.make_store`
    """

    geometry: Geometry
    workers: int
    scheduler: str
    progress: Callable[[int], object]
    started: Callable[[int, int], object]
    stop: Callable[[], bool] = never


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a study has made.

    Attributes
    ----------
    survey : Survey of the files
    chunks : those that are in it
    problems : text of the error by chunk, for those that are not
    tables : path and number of rows of each table
    remarks : sentences to be reported
    """

    survey: Survey
    chunks: list[Chunk]
    problems: dict[Chunk, str]
    tables: list[tuple[Path, int]]
    remarks: list[str]


def occupancy_study(files: Sequence[str], out: Path, parameters: ChainParameters, job: Job) -> Outcome:
    """Make the occupancy of some files and write its tables.

    Parameters
    ----------
    files : as for `open_source`
    out : folder that exists
    parameters : of the chain
    job : Job
    """
    settings = OccupancySettings(parameters=parameters)
    made, found = make_occupancy(
        files, out, settings, job.workers, job.scheduler, job.progress, job.started, job.stop
    )
    with open_source(found.files[0].location) as source:
        known = dict.fromkeys((job.geometry, Geometry.v11()))
        matched = SampleGeometry(source, known, look_ahead=False).match(seen_cells(made))
    metadata = {
        "title": "occupancy",
        "bye_splits_version": __version__,
        "partial": json.dumps(made.partial),
        "problems": json.dumps(made.problems | made.failures),
        "files": json.dumps([{"path": file.location, "events": file.events} for file in found.files]),
        "counts": json.dumps(made.counts),
        "geometry": described(matched.geometry),
        "mip_threshold": json.dumps(parameters.tc_threshold),
        "parameters": parameters.to_yaml(),
    }
    number = made.counts
    index = sum(path.stat().st_size for path in made.folder.iterdir())
    remarks = [
        f"{counted(number['used'], 'trigger cell')} of {number['trigger_cells']}, "
        f"of which {number['outside']} outside the histogram's R/z",
        *(f"{counted(n, 'trigger cell')} {words}" for words, n in left_out(made, matched).items() if n),
        f"index of the events and sums: {index / 1e6:.1f} MB in {made.folder}",
    ]
    return Outcome(
        survey=found,
        chunks=[made.chunks[one] for one in made.done],
        problems={made.chunks[one]: text for one, text in made.problems.items()},
        tables=list(write_tables(made, matched.geometry, out, metadata)),
        remarks=remarks,
    )
