"""Read single entries of a branch from decompressed baskets, which are cached for neighbouring entries."""

import awkward as ak
import numpy as np
import uproot
from uproot.behaviors.TBranch import TBranch

from bye_splits.data.batches import Values, flattened
from bye_splits.data.recent import Recent

Basket = tuple[np.ndarray, np.ndarray | None]  # bytes (uint8), and the start of each entry in them


class Column:
    """Reads one branch, entry by entry.

    A basket (ROOT's unit of compression) holds about a hundred events, and decompressing it takes nearly all
    of the time to read one of them. As the last baskets used are cached, events nearby take little time.

    Parameters
    ----------
    branch : counted arrays, std::vector of numbers, or one number per entry
    baskets : cache of baskets, shared by several columns
    """

    def __init__(self, branch: TBranch, baskets: Recent):
        self.name = branch.name
        self._branch = branch
        self._baskets = baskets
        self._edges = np.asarray(branch.entry_offsets)  # first entry of each basket, and the end
        stored = branch.interpretation
        self._jagged = isinstance(stored, uproot.AsJagged)
        self._header = stored.header_bytes if self._jagged else 0  # that ROOT writes before a std::vector
        values = stored.content if self._jagged else stored
        plain = isinstance(values, uproot.AsDtype) and not values.from_dtype.fields
        plain = plain and not (self._jagged and values.inner_shape)
        self._dtype = values.from_dtype if plain else None

    def read(self, entry: int) -> np.ndarray:
        """Values of one entry.

        Returns
        -------
        ndarray, shape (n,), in the machine's byte order; a copy

        Raises
        ------
        Exception : of any kind, raised by uproot or the decompression if the file is damaged
        """
        if self._dtype is None:
            return self._read_by_uproot(entry)
        number = int(np.searchsorted(self._edges, entry, side="right")) - 1
        data, offsets = self._baskets.get((self.name, number), self._load)
        row = entry - int(self._edges[number])
        if self._jagged:
            if offsets is None:  # ROOT may omit them, as they follow from the counter
                return self._read_by_uproot(entry)
            start, stop = int(offsets[row]) + self._header, int(offsets[row + 1])
        else:
            start, stop = row * self._dtype.itemsize, (row + 1) * self._dtype.itemsize
        values = data[start:stop].view(self._dtype.base)
        return values.astype(values.dtype.newbyteorder("="))

    def read_many(self, first: int, last: int) -> Values:
        """Values of the entries from `first` up to, but not including, `last`.

        Raises
        ------
        Exception : as `read`
        """
        some = {"entry_start": first, "entry_stop": last}
        return flattened(self._branch.array(**some, library="ak", array_cache=None))

    def rows(self) -> tuple[np.ndarray, np.ndarray]:
        """First entry of each basket and the end, and the approximate number of values before each of these.

        Returns
        -------
        int64 and float64, shape (n + 1,)
        """
        stored = np.asarray(self._branch.member("fBasketBytes"), dtype=np.float64)
        stored = np.concatenate([[0.0], np.cumsum(stored[: len(self._edges) - 1])])
        if len(stored) != len(self._edges) or not (np.diff(stored) > 0).all():
            stored = self._edges.astype(np.float64)  # for instance with baskets inside the tree's header
        width = self._dtype.itemsize if self._dtype is not None else 4
        return self._edges, stored * (self._branch.uncompressed_bytes / width / max(stored[-1], 1.0))

    def _load(self, key: tuple[str, int]) -> Basket:
        _, number = key
        basket = self._branch.basket(number)
        data, offsets = basket.data, basket.byte_offsets
        entries = int(self._edges[number + 1] - self._edges[number])
        if not self._jagged:
            assert self._dtype is not None  # others are read by `_read_by_uproot`
            whole = len(data) == entries * self._dtype.itemsize
        elif offsets is None:
            whole = True
        else:
            whole = len(offsets) == entries + 1 and offsets[-1] == len(data) and (np.diff(offsets) >= 0).all()
        if not whole:
            raise ValueError(f"basket {number} does not hold {entries} entries")
        return data, offsets

    def _read_by_uproot(self, entry: int) -> np.ndarray:
        one = {"entry_start": entry, "entry_stop": entry + 1}
        return one_entry(self._branch.array(**one, library="ak", array_cache=None))


def one_entry(values: ak.Array) -> np.ndarray:
    """The values of an awkward array of one entry.

    Parameters
    ----------
    values : type `1 * var * number` (as uproot reads both counted arrays and std::vector), or
        `1 * number`

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    ValueError : the entry has another type, such as a list of lists
    """
    if len(values) != 1:
        raise ValueError(f"{len(values)} entries instead of 1")
    one = values[0]
    flat = np.asarray(ak.to_numpy(one, allow_missing=False) if isinstance(one, ak.Array) else one)
    if flat.ndim > 1 or flat.dtype.kind not in "iufb":
        raise ValueError(f"an array of shape {flat.shape} and type {flat.dtype} instead of a list of numbers")
    return flat.reshape(-1)


def size_of_basket(basket: Basket) -> int:
    """Size of a basket in bytes."""
    data, offsets = basket
    return data.nbytes + (0 if offsets is None else offsets.nbytes)
