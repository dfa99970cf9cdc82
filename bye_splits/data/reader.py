"""What a reader of a file format gives to `Source`."""

from collections.abc import Collection, Iterator
from typing import Protocol

import numpy as np

from bye_splits.data.batches import Values
from bye_splits.data.schema import Layout


class Reader(Protocol):
    """Interface that `Source` requires of a reader of a file format."""

    tree: str
    title: str
    layout: Layout
    missing: tuple[str, ...]
    numbers: np.ndarray

    def read(self, entry: int, hurry: bool = True) -> dict[str, np.ndarray]: ...

    def pieces(
        self, names: Collection[str], start: int, stop: int, rows: int
    ) -> Iterator[tuple[int, dict[str, Values]]]: ...

    def ranges(self, name: str, rows: int) -> list[tuple[int, int]]: ...

    @property
    def kind(self) -> str: ...

    def close(self) -> None: ...
