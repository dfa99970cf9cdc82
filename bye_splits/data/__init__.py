"""One event out of a large file: ROOT skims, raw trigger ntuples and parquet."""

from bye_splits.data.event import Event
from bye_splits.data.source import Source, open_source

__all__ = ["Event", "Source", "open_source"]
