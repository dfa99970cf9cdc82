"""Read fields of an RNTuple, ROOT's successor of the TTree, entry by entry."""

import threading
from typing import TypeAlias

import awkward as ak
import numpy as np
from uproot.behaviors.RNTuple import RNTuple
from uproot.behaviors.TTree import TTree

from bye_splits.data.batches import Values, flattened
from bye_splits.data.recent import Recent
from bye_splits.rntuple_checksums import columns_of, verify_fields, verify_pages

Tree: TypeAlias = TTree | RNTuple

_LOCK = threading.Lock()  # uproot reads the header and page lists of an RNTuple lazily


def is_rntuple(kind: object) -> bool:
    """Whether a ROOT class name, or an object of uproot, is that of an RNTuple."""
    name = kind if isinstance(kind, str) else getattr(kind, "classname", "")
    return name.endswith("RNTuple")


def names_of(tree: Tree) -> list[str]:
    """Branches of a TTree or fields of an RNTuple; in records, `good_tc.layer` becomes `good_tc_layer`."""
    if not is_rntuple(tree):
        return tree.keys(recursive=False)
    return list(homes_of(tree))


def homes_of(ntuple: RNTuple) -> dict[str, str]:
    """Name of each column -> path of its field, with a dot for fields of records."""
    paths = ntuple.keys()
    records = {path.rpartition(".")[0] for path in paths}
    return {path.replace(".", "_"): path for path in paths if path not in records}


class Field:
    """Reads one field, entry by entry, with the interface of `baskets.Column`.

    A cluster (ROOT's unit of an RNTuple on disk) is decoded as a whole, and the last ones used are kept.

    Parameters
    ----------
    ntuple : of uproot
    name, path : of the column, and of its field
    clusters : cache of clusters, shared by several fields
    verified : whether the checksums of its pages are compared, for which they are read a second time
    """

    def __init__(
        self, ntuple: RNTuple, name: str, path: str, clusters: Recent, verified: bool = True
    ) -> None:
        self.name = name
        self._ntuple = ntuple
        self._columns = columns_of(ntuple, path) if verified else []
        self._field = ntuple[path]
        self._clusters = clusters
        first = [cluster.num_first_entry for cluster in ntuple.cluster_summaries]
        self._edges = np.array([*first, ntuple.num_entries], dtype=np.int64)

    def read(self, entry: int) -> np.ndarray:
        """Values of one entry, shape (n,); a copy.

        Raises
        ------
        Exception : of any kind, raised by uproot or the decompression if the file is damaged
        """
        number = int(np.searchsorted(self._edges, entry, side="right")) - 1
        values, starts = self._clusters.get((self.name, number), self._load)
        row = entry - int(self._edges[number])
        return values[starts[row] : starts[row + 1]].copy()

    def read_many(self, first: int, last: int) -> Values:
        """Values of the entries from `first` up to, but not including, `last`.

        Raises
        ------
        Exception : as `read`
        """
        touched = range(*np.searchsorted(self._edges, [first, last - 1], side="right") - [1, 0])
        with _LOCK:
            verify_pages(self._ntuple, self._columns, touched)
            return flattened(self._field.array(entry_start=first, entry_stop=last))

    def rows(self) -> tuple[np.ndarray, np.ndarray]:
        """First entry of each cluster and the end, and the approximate number of values before each of these.

        Returns
        -------
        int64 and float64, shape (n + 1,)
        """
        values, _ = self._clusters.get((self.name, 0), self._load)
        return self._edges, self._edges * max(len(values) / max(int(self._edges[1]), 1), 1e-3)

    def _load(self, key: tuple[str, int]) -> tuple[np.ndarray, np.ndarray]:
        """Values of a cluster, and the start of each of its entries in them."""
        _, number = key
        values, counts = self.read_many(int(self._edges[number]), int(self._edges[number + 1]))
        if len(counts) != self._edges[number + 1] - self._edges[number]:
            raise ValueError(f"cluster {number} does not hold {np.diff(self._edges)[number]} entries")
        return values, np.concatenate([[0], np.cumsum(counts)])


def event_numbers(ntuple: RNTuple, verified: bool = True) -> np.ndarray:
    """Values of the field `event`, shape (n,), with the checksums of its pages `verified`."""
    if verified:
        verify_fields(ntuple, ["event"])
    return np.asarray(ak.to_numpy(ntuple["event"].array()))
