"""The chain over whole samples: files in, tables of results out."""

from bye_splits.studies.clusters import Account, find_clusters

__all__ = ["Account", "find_clusters"]
