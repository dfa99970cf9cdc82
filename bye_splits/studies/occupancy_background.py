"""The occupancy of a sample, chunk by chunk: work for the background."""

import fcntl
from functools import partial
from pathlib import Path

from .background import Background, Run
from .occupancy import CELLS, Adding, Occupancy, folder_of
from .occupancy_chunk import OccupancySettings, OccupancyTask, occupancy_of
from .survey import Chunk, Survey, survey


def survey_occupancy(file: str) -> Survey:
    """A file, cut into chunks for its occupancy; as `survey.survey`."""
    return survey([file], CELLS)


def run_occupancy(
    background: Background, sample: Survey, folder: Path, settings: OccupancySettings
) -> tuple[Run, Path]:
    """Work on the chunks that are not in the occupancy of a sample yet.

    Parameters
    ----------
    sample : its files, see `survey_occupancy`
    folder : that exists
    settings : OccupancySettings

    Returns
    -------
    run : the same for all who ask for the same; its results are None, as they are in the folder
    folder : of the occupancy, see `Occupancy.load`
    """
    mine = folder_of(sample, folder, settings)
    mine.mkdir(exist_ok=True)
    try:
        done = set(Occupancy.load(mine).done)
    except Exception:  # missing, or damaged in one of many ways: made again
        done = set()
    missing = [chunk for chunk in sample.chunks if chunk.number not in done]
    return background.run(
        ("occupancy", mine), missing, partial(add_chunk, mine, settings, sample.chunks)
    ), mine


def add_chunk(folder: Path, settings: OccupancySettings, chunks: list[Chunk], chunk: Chunk) -> None:
    """Add the part of a chunk to the occupancy in a folder."""
    result = occupancy_of(OccupancyTask(chunk, settings))
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # other processes add other chunks
        adding = Adding(chunks, settings, folder)
        if chunk.number not in adding.done:
            adding.add(chunk, result)
            adding.save()
