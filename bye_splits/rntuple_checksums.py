"""Verify the checksums in an RNTuple: XXH3 of each page list and page, which uproot 5.7 reads past.

ROOT writes one behind each page unless it is told not to, uproot's writer none. The header, the footer and
the anchor have theirs too, which uproot verifies [RNTuple's binary format specification, version 1.0].
"""

import re
from collections.abc import Iterable

import numpy as np
import xxhash
from uproot.behaviors.RNTuple import RNTuple

_SIZE = 8  # bytes of a checksum, little-endian


def columns_of(ntuple: RNTuple, path: str) -> list[int]:
    """Numbers of the columns that a field is read from: of its values, and of the offsets of its lists."""
    form, _ = ntuple[path].to_akform()
    read = {int(number) for number in re.findall(r'"column-(\d+)', form.to_json())}
    records = ntuple.column_records  # a field may have several representations, of which a cluster has one
    fields = {records[number].field_id for number in read}
    return [number for number, record in enumerate(records) if record.field_id in fields]


def verify_page_lists(ntuple: RNTuple) -> None:
    """Verify the lists of pages, in which each page has its place; a difference is a ValueError."""
    for number, group in enumerate(ntuple.footer.cluster_group_records):
        link = group.page_list_link
        chunk, _ = ntuple.read_locator(link.locator, link.env_uncomp_size)
        _verify(chunk.raw_data[: link.env_uncomp_size], f"page list {number}")


def verify_pages(ntuple: RNTuple, columns: Iterable[int], clusters: Iterable[int]) -> None:
    """Verify the pages of some columns in some clusters, those that have a checksum.

    Raises
    ------
    ValueError : a page differs from its checksum
    """
    wanted = list(columns)
    for cluster in clusters:
        pages_of = ntuple.page_link_list[cluster]
        for column in wanted:
            # A column that was added later has no pages in the clusters before.
            for number, page in enumerate(pages_of[column].pages if column < len(pages_of) else ()):
                if page.has_checksum:
                    start = page.locator.offset
                    chunk = ntuple.file.source.chunk(start, start + page.locator.num_bytes + _SIZE)
                    _verify(chunk.raw_data, f"page {number} of column {column} in cluster {cluster}")


def verify_fields(ntuple: RNTuple, paths: Iterable[str]) -> None:
    """Verify the page lists, and all pages of some fields; errors as `verify_pages`."""
    verify_page_lists(ntuple)
    columns = {column for path in paths for column in columns_of(ntuple, path)}
    verify_pages(ntuple, sorted(columns), range(len(ntuple.page_link_list)))


def _verify(raw: np.ndarray, what: str) -> None:
    data = np.frombuffer(raw, dtype=np.uint8).data
    if xxhash.xxh3_64_intdigest(data[:-_SIZE]) != int.from_bytes(data[-_SIZE:], "little"):
        raise ValueError(f"{what} differs from its checksum")
