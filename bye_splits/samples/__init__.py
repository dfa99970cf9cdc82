"""Creation of event files: the toy simulation, and hits grouped into trigger cells."""

from bye_splits.samples.hits import Account, from_hits
from bye_splits.samples.toy import write_toy

__all__ = ["Account", "from_hits", "write_toy"]
