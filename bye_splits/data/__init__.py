"""Read one event of a large file, or many at once: ROOT skims, raw trigger ntuples and parquet."""

from bye_splits.data.batches import Batch
from bye_splits.data.event import Event
from bye_splits.data.memory import EventsInMemory
from bye_splits.data.source import Source, open_source
from bye_splits.data.trees import event_trees

EventSource = Source | EventsInMemory
"""Events of a file, or in memory."""

__all__ = ["Batch", "Event", "EventSource", "EventsInMemory", "Source", "event_trees", "open_source"]
