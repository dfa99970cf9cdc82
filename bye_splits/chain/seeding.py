"""Interface of a seeding, a method of the chain to find seeds; each has its own module, see `chains`."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from bye_splits.settings import CoarseSeeding
from bye_splits.settings import Seeding as Configured

from .cells import Cells, sums
from .histogram import Binning
from .single_smoothing import fill_single, smooth_single
from .smoothing import CMSSW_KERNEL, smooth

if TYPE_CHECKING:
    from .parameters import ChainParameters


@dataclass(frozen=True, eq=False)
class Binned:
    """Trigger cells in the (R/z, phi) histograms of their events, which are filled on first access.

    Attributes
    ----------
    cells : Cells
    parameters : ChainParameters
    binning : Binning
    bin_of_cell : int64, shape (n,): (event * n_rz + rz_bin) * n_phi + phi_bin, -1 outside the limits
    """

    cells: Cells
    parameters: "ChainParameters"
    binning: Binning
    bin_of_cell: np.ndarray

    @classmethod
    def of(cls, cells: Cells, parameters: "ChainParameters") -> "Binned":
        binning = Binning.of(parameters.base, parameters.legacy)
        rz_bin, phi_bin, inside = binning.bins(cells.r_over_z, cells.phi)
        index = (cells.event * binning.n_rz + rz_bin) * binning.n_phi + phi_bin
        return cls(cells, parameters, binning, np.where(inside, index, -1))

    @property
    def inside(self) -> np.ndarray:
        """Which cells are in the histogram, bool, shape (n,)."""
        return self.bin_of_cell >= 0

    @cached_property
    def histogram(self) -> np.ndarray:
        """Sum of mipPt per bin, float64, shape (n_events, n_rz, n_phi), mipT."""
        if self._in_single:
            return self._single.astype(np.float64)
        inside = self.inside
        n_bins = int(np.prod(self._shape))
        return sums(self.bin_of_cell[inside], self.cells.mip[inside], n_bins).reshape(self._shape)

    @property
    def _shape(self) -> tuple[int, int, int]:
        return self.cells.n_events, self.binning.n_rz, self.binning.n_phi

    @cached_property
    def _in_single(self) -> bool:
        """Whether bins are summed in single precision, which must be enough for them."""
        return not self.parameters.legacy and self.cells.mip.sum() < np.finfo(np.float32).max

    @cached_property
    def _single(self) -> np.ndarray:
        """The histogram, summed in single precision, float32."""
        histogram = np.zeros(self._shape, dtype=np.float32)
        fill_single(self.bin_of_cell, self.cells.mip, histogram.reshape(-1))
        return histogram

    @cached_property
    def smoothed(self) -> np.ndarray:
        """The smoothed histogram, float64, same shape, mipT."""
        histogram = self._single if self._in_single else self.histogram
        return smoothed_as(self.parameters, histogram, self.binning)


def smoothed_as(parameters: "ChainParameters", histogram: np.ndarray, binning: Binning) -> np.ndarray:
    """Smooth histograms as the parameters say.

    Parameters
    ----------
    histogram : shape (n_events, n_rz, n_phi), mipT, contiguous; float32 where CMSSW's rounding is wanted, for
        which there must be CMSSW's kernel, too

    Returns
    -------
    float64, same shape, mipT
    """
    if histogram.dtype == np.float32 and parameters.kernel == CMSSW_KERNEL:
        return smooth_single(histogram, parameters.smooth, parameters.norm_by_area, binning)
    wide = histogram.astype(np.float64, copy=False)
    return smooth(wide, parameters.smooth, parameters.kernel, parameters.norm_by_area, binning)


class Stages(ABC):
    """Intermediate results of a seeding, one class for each: its type selects drawings and explanations."""

    @abstractmethod
    def why_no_seed(self, threshold: float) -> str:
        """A sentence about the first stage without a result.

        Parameters
        ----------
        threshold : mipT, of seeds
        """

    @property
    def chosen_modules(self) -> pd.DataFrame | None:
        """`waferu waferv` of the modules in which seeds were searched for; None for everywhere."""
        return None

    def regions(self, n_events: int) -> np.ndarray:
        """Number of regions of each event in which seeds were searched for: one, the whole endcap.

        Returns
        -------
        int64, shape (n_events,)
        """
        return np.ones(n_events, dtype=np.int64)


class Seeding(ABC):
    """A method to find seeds; instances are stateless.

    Attributes
    ----------
    title : short description
    columns : required columns of the table of trigger cells besides `cells.NEEDED`
    cmssw_space : its name in CMSSW's configuration (seeding_space), "" where CMSSW has none
    smooths : whether it searches the histogram in (R/z, phi), so that kernel, widths and areas matter
    by_rule : whether one of `seed_rules.SEED_RULES`, and of `seed_positions.SEED_POSITIONS`, is for its bins
    by_threshold : whether seeds are maxima above the seed threshold and within the seed window
    by_radius : whether trigger cells are associated with the seeds within the radius; see `seed_of_cell`
    """

    title: ClassVar[str]
    columns: ClassVar[tuple[str, ...]] = ()
    cmssw_space: ClassVar[str] = ""
    smooths: ClassVar[bool] = False
    by_rule: ClassVar[bool] = False
    by_threshold: ClassVar[bool] = True
    by_radius: ClassVar[bool] = True

    def configured_threshold(self, seed: Configured, coarse: CoarseSeeding) -> float:
        """Seed threshold in a configuration, mipT."""
        return seed.threshold

    @abstractmethod
    def seeds(self, binned: Binned) -> tuple[dict[str, np.ndarray], Stages]:
        """Seeds of some events.

        Returns
        -------
        seeds : `event` (int64, ascending), `energy` [mipT], `x_over_z`, `y_over_z` (float64), `rz_bin`,
            `phi_bin` (int64), each of shape (n,)
        stages : intermediate results
        """

    def clusterable(self, cells: Cells, parameters: "ChainParameters") -> np.ndarray | None:
        """Which trigger cells can be clustered, bool, shape (n,); None for all."""
        return None

    def seed_of_cell(
        self, cells: Cells, seeds: dict[str, np.ndarray], parameters: "ChainParameters"
    ) -> np.ndarray | None:
        """Seed of each trigger cell where the seeding has an association of its own.

        Parameters
        ----------
        seeds : as of `seeds`

        Returns
        -------
        int64, shape (n,): index into `seeds`, -1 for none; None for one of `clustering.ASSOCIATIONS`
        """
        return None
