"""Event display and studies of cluster splits for the HGCAL trigger primitive generator."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pandas as pd

    from bye_splits.chain import ChainParameters
    from bye_splits.dashboard.in_memory import Shown
    from bye_splits.data import Event

try:
    __version__ = version("bye_splits")
except PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0+unknown"


def show(
    event: Event | pd.DataFrame | Mapping[str, np.ndarray], parameters: ChainParameters | None = None
) -> Shown:
    """Display an event in memory, without any file.

    In a notebook the result is displayed; in a script `panel.serve(bye_splits.show(event).page)` serves it.

    Parameters
    ----------
    event : `bye_splits.data.Event`, or a table of trigger cells of either endcap (DataFrame, or a mapping of
        columns) with `layer waferu waferv cellu cellv`, `mipPt` [mipT], `pt` [GeV], `x y z` [cm]
    parameters : `bye_splits.chain.ChainParameters`, initial ones of the display; None: the defaults

    Returns
    -------
    bye_splits.dashboard.in_memory.Shown : `page` creates the page of a session, `url` starts a server in the
        background and returns its address

    Raises
    ------
    SourceError : a column of the table is absent, or its rows have no position
    ChainError : `parameters` has another type
    """
    from bye_splits.dashboard.in_memory import show as make

    return make(event, parameters)


__all__ = ["__version__", "show"]
