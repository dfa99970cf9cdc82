"""A table that holds the rows of one page only; Panel's holds all, and copies them when it sorts.

With remote pagination `panel.widgets.Tabulator` sorts and filters a copy of its whole frame in each session
(`_get_data`, `_sort_df` in panel/widgets/tables.py), and sends a page again whenever its number or the order
changes (`_update_cds`), before the answer to that change is known.

This patch can be removed once a Tabulator takes the rows of a page from a function.
"""

from typing import Any

import numpy as np
import pandas as pd
import panel as pn


class PagedTable(pn.widgets.Tabulator):
    """A Tabulator with remote pagination whose `value` is the present page; see `show`.

    The user's changes are those of `page` and `sorters`; the rows do not follow by themselves.
    """

    total = 0  # rows of all pages
    page: int
    sorters: list[dict]

    def __init__(self, value: pd.DataFrame, **params: Any) -> None:
        super().__init__(value, pagination="remote", **params)

    def show(self, value: pd.DataFrame, total: int, page: int, sorters: list[dict]) -> None:
        """Show a page of rows."""
        self.total = total
        self._update_max_page()
        if sorters != self.sorters:
            self.sorters = sorters
        if page != self.page:
            self.page = page
        self.value = value

    @property
    def _length(self) -> int:
        return self.total

    def _get_data(self) -> tuple:
        """The page as it is, without sorting, filtering and slicing."""
        frame = self.value
        columns = {str(name): frame[name].to_numpy() for name in frame}
        return frame, {"index": np.arange(len(frame))} | columns

    def _update_cds(self, *events: Any) -> None:
        """Nothing for a change of page or order: the rows come with `show`."""
        if not events or any(event.name not in ("page", "page_size", "sorters") for event in events):
            super()._update_cds(*events)
