"""std::vector branches: their bytes, and what uproot hands out for them."""

import awkward as ak
import numpy as np
import pytest
import uproot

from bye_splits.data.baskets import Column, one_entry, size_of_basket
from bye_splits.data.recent import Recent


def in_entry(values):
    """One entry as uproot hands it out for a std::vector branch: awkward, and numpy."""
    boxed = np.empty(1, object)
    boxed[0] = np.asarray(values)
    return [ak.from_regular(ak.Array([values])) if len(values) else ak.Array([values]), boxed]


@pytest.mark.parametrize("dtype", [np.int32, np.uint32, np.float32, np.float64, np.bool_])
@pytest.mark.parametrize("size", [0, 1, 5])
def test_vectors_as_awkward_arrays(dtype, size):
    values = np.arange(size).astype(dtype)
    counted = ak.unflatten(values, [size])
    assert str(counted.type) == f"1 * var * {'bool' if dtype == np.bool_ else values.dtype}"
    for array in (counted, ak.to_packed(counted), ak.unflatten(np.tile(values, 3), [size] * 3)[1:2]):
        assert np.array_equal(one_entry(array), values)
        assert one_entry(array).dtype == values.dtype
        assert one_entry(array).shape == (size,)


def test_what_is_not_a_list_of_numbers():
    assert one_entry(ak.Array([5.5])).tolist() == [5.5]
    for wrong in ([[[1], [2, 3]]], [["a"]], [[1, None]], [], [[1], [2]]):
        with pytest.raises((ValueError, TypeError)):
            one_entry(ak.Array(wrong))


class VectorBranch:
    """A branch of std::vector<float>, laid out as ROOT does: 10 bytes before each entry's big-endian values.

    uproot cannot write one, so its bytes are made here; uproot's own reading of them is the reference.
    """

    name = "tc_x"
    num_baskets = 2

    def __init__(self, entries, content=">f4"):
        self.interpretation = uproot.AsJagged(uproot.AsDtype(np.dtype(content)), header_bytes=10)
        self._pieces = [entries[:2], entries[2:]]
        self.entry_offsets = [0, 2, len(entries)]

    def basket(self, number):
        stored = self.interpretation.content.from_dtype
        parts = [b"\x40" + bytes(9) + values.astype(stored).tobytes() for values in self._pieces[number]]
        basket = type("Basket", (), {})()
        basket.data = np.frombuffer(b"".join(parts), np.uint8)
        basket.byte_offsets = np.cumsum([0, *map(len, parts)], dtype=np.int32)
        return basket

    def whole(self, number):
        basket = self.basket(number)
        return self.interpretation.basket_array(
            basket.data, basket.byte_offsets, basket, self, {}, 0, uproot.interpretation.library.NumPy(), {}
        )


@pytest.mark.parametrize("content", [">f4", ">i4", ">u4", "bool"])
def test_std_vectors_are_read_as_uproot_reads_them(content):
    entries = [np.arange(n) for n in (3, 0, 1, 70, 0)]
    branch = VectorBranch(entries, content)
    column = Column(branch, Recent(10**6, size_of_basket))
    for entry, (basket, row) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1), (1, 2)]):
        values = column.read(entry)
        assert values.dtype == np.dtype(content).newbyteorder("=")
        assert np.array_equal(values, entries[entry].astype(values.dtype))
        assert np.array_equal(values, branch.whole(basket)[row])


def test_a_basket_that_does_not_hold_its_entries_is_refused():
    branch = VectorBranch([np.arange(n) for n in (3, 0, 1)])
    branch.entry_offsets = [0, 2, 4]
    column = Column(branch, Recent(10**6, size_of_basket))
    assert column.read(1).shape == (0,)
    for entry in (2, 3):
        with pytest.raises(ValueError, match="basket 1 does not hold 2 entries"):
            column.read(entry)
