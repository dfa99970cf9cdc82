"""One entry's values of one field of an RNTuple, ROOT's successor of the TTree."""

import threading
from typing import TypeAlias

import awkward as ak
import numpy as np
from uproot.behaviors.RNTuple import RNTuple
from uproot.behaviors.TTree import TTree

from bye_splits.data.batches import Values, flattened
from bye_splits.data.recent import Recent

Tree: TypeAlias = TTree | RNTuple

_LOCK = threading.Lock()  # uproot reads an RNTuple's header and lists of pages when they are first asked for


def is_rntuple(kind: object) -> bool:
    """Whether a class of ROOT, by its name, or an object of uproot is an RNTuple."""
    name = kind if isinstance(kind, str) else getattr(kind, "classname", "")
    return name.endswith("RNTuple")


def names_of(tree: Tree) -> list[str]:
    """Branches of a TTree, or fields of an RNTuple, a record's as `good_tc_layer` for `good_tc.layer`."""
    if not is_rntuple(tree):
        return tree.keys(recursive=False)
    return list(homes_of(tree))


def homes_of(ntuple: RNTuple) -> dict[str, str]:
    """Name of each column -> path of its field, which a record's fields have a dot in."""
    paths = ntuple.keys()
    records = {path.rpartition(".")[0] for path in paths}
    return {path.replace(".", "_"): path for path in paths if path not in records}


class Field:
    """Reads one field, entry by entry; the same to its readers as `baskets.Column`.

    A cluster (ROOT's unit of an RNTuple on disk) is decoded whole, and those used last are kept.

    Parameters
    ----------
    ntuple : of uproot
    name, path : of the column, and of its field
    clusters : keeps clusters; several fields share it
    """

    def __init__(self, ntuple: RNTuple, name: str, path: str, clusters: Recent) -> None:
        self.name = name
        self._field = ntuple[path]
        self._clusters = clusters
        first = [cluster.num_first_entry for cluster in ntuple.cluster_summaries]
        self._edges = np.array([*first, ntuple.num_entries], dtype=np.int64)

    def read(self, entry: int) -> np.ndarray:
        """Values of one entry, shape (n,); a copy.

        Raises
        ------
        Exception : whatever uproot and the decompression raise where the file is damaged
        """
        number = int(np.searchsorted(self._edges, entry, side="right")) - 1
        values, starts = self._clusters.get((self.name, number), self._load)
        row = entry - int(self._edges[number])
        return values[starts[row] : starts[row + 1]].copy()

    def read_many(self, first: int, last: int) -> Values:
        """Values of the entries from `first` up to, without, `last`.

        Raises
        ------
        Exception : as `read`
        """
        with _LOCK:
            return flattened(self._field.array(entry_start=first, entry_stop=last))

    def rows(self) -> tuple[np.ndarray, np.ndarray]:
        """First entry of each cluster and the end, and about how many values are before each of these.

        Returns
        -------
        int64 and float64, shape (n + 1,)
        """
        values, _ = self._clusters.get((self.name, 0), self._load)
        return self._edges, self._edges * max(len(values) / max(int(self._edges[1]), 1), 1e-3)

    def _load(self, key: tuple[str, int]) -> tuple[np.ndarray, np.ndarray]:
        """Values of a cluster, and where each of its entries starts in them."""
        _, number = key
        values, counts = self.read_many(int(self._edges[number]), int(self._edges[number + 1]))
        if len(counts) != self._edges[number + 1] - self._edges[number]:
            raise ValueError(f"cluster {number} does not hold {np.diff(self._edges)[number]} entries")
        return values, np.concatenate([[0], np.cumsum(counts)])


def event_numbers(ntuple: RNTuple) -> np.ndarray:
    """Values of the field `event`, shape (n,)."""
    return np.asarray(ak.to_numpy(ntuple["event"].array()))
