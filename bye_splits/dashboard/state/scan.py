"""State of the page of a scan: what many sets of parameters give, and which are chosen."""

import numpy as np
import pandas as pd
import param

from ...chain import ChainParameters
from ...errors import ByeSplitsError
from ...studies.scan import OBJECTIVES, pareto_front
from ..sample_runs import SampleRows
from .derived import derived
from .study import StudyState


class ScanState(StudyState):
    """The sets of a scan of the first sample around A, and those within the ranges drawn in the plots."""

    scan = param.ClassSelector(class_=SampleRows, doc="Of `Catalogue.scan`; None before the work begins")

    @derived("scan")
    def sets_table(self) -> pd.DataFrame:
        """See `scan.scan_table`; empty before any set is known."""
        if self.scan is None or not len(self.scan.rows):
            return pd.DataFrame()
        table = self.scan.rows
        return table.assign(pareto=pareto_front(table, OBJECTIVES))

    @derived("sets_table", "ranges")
    def chosen_sets(self) -> np.ndarray:
        """Which sets are within all ranges, bool."""
        chosen = np.ones(len(self.sets_table), dtype=bool)
        for name, low, high in self.ranges if len(chosen) else ():
            if name in self.sets_table:
                values = self.sets_table[name].to_numpy(np.float64)
                chosen &= (values >= low) & (values <= high)
        return chosen

    @derived("sets_table")
    def restored(self) -> list[ChainParameters]:
        """The parameters of each set."""
        texts = self.sets_table["parameters"] if len(self.sets_table) else ()
        return [ChainParameters.from_yaml(text) for text in texts]

    @property
    def complete(self) -> bool:
        """Whether all sets are known, too."""
        return super().complete and self.scan is not None and self.scan.progress.finished

    def poll(self) -> None:
        """Ask for the tables, and for the scan."""
        super().poll()
        if not self.catalogue.has_studies:
            return
        try:
            found = self.catalogue.scan(self.samples[0], self.set_a)
        except ByeSplitsError as error:
            if str(error) != self._problem:
                self._problem = str(error)
                self.report("error", str(error))
            return
        if found is not self.scan:
            self.scan = found
