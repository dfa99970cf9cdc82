"""Description of a file of events that never raises: for lists of files."""

import os
from dataclasses import dataclass
from pathlib import Path

from bye_splits.data.source import open_source
from bye_splits.errors import SourceError
from bye_splits.remote import RemoteFile, file_of


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """Result of `inspect` for a file.

    Attributes
    ----------
    path : the file
    ok : it opens, and its first and last event can be read (an empty file of the right format is ok)
    kind : "skim", "raw" or "parquet"; "" if it did not open
    tree : path of its tree; "" for parquet
    n_events : events in the file, 0 if it did not open
    missing : optional branches that are absent
    has_trigger_cells : whether it was written with trigger cells
    problem : one readable paragraph; "" if there is none
    description : see `Source`, such as "toy simulation, not CMS data"
    """

    path: Path | RemoteFile
    ok: bool
    kind: str = ""
    tree: str = ""
    n_events: int = 0
    missing: tuple[str, ...] = ()
    has_trigger_cells: bool = True
    problem: str = ""
    description: str = ""


def inspect(
    path: str | os.PathLike[str], directory: str | None = None, tree: str | None = None
) -> Inspection:
    """Open a file and read its first and last event.

    Parameters
    ----------
    path, directory, tree : as for `open_source`

    Returns
    -------
    Inspection: problems of the file raise no exception
    """
    file = file_of(path)
    try:
        source = open_source(file, directory, tree)
    except SourceError as error:
        return Inspection(path=file, ok=False, problem=str(error))
    with source:
        problem = ""
        try:
            for entry in sorted({0, len(source) - 1}) if len(source) else ():
                source.event_at(entry)
        except SourceError as error:
            problem = str(error)
        return Inspection(
            path=file,
            ok=not problem,
            kind=source.kind,
            tree=source.tree,
            n_events=len(source),
            missing=source.missing,
            has_trigger_cells=source.has_trigger_cells,
            problem=problem,
            description=source.description,
        )
