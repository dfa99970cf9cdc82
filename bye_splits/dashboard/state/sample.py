"""State of the pages of a whole sample: which one, under which parameters, and which of its particles."""

from typing import Any

import pandas as pd
import param

from ...chain import ChainParameters
from ...studies.catalogue import catalogue
from ..catalogue import Catalogue
from .derived import Reactive, derived
from .message import Message
from .whole_sample import WholeSample


class SampleState(Reactive):
    """A sample and two sets of parameters, with what became of its generated particles.

    Parameters
    ----------
    catalogue : of the samples
    """

    sample = param.ClassSelector(class_=tuple, doc="Sample, (particle, pile-up)")
    set_a = param.ClassSelector(class_=ChainParameters, doc="The first set of parameters")
    set_b = param.ClassSelector(class_=ChainParameters, doc="The second set of parameters, or None")
    theme = param.Selector(default="dark", objects=["dark", "light"])
    message = param.ClassSelector(class_=Message, doc="The latest message to the user")

    def __init__(self, catalogue: Catalogue, **values: Any) -> None:
        self.catalogue = catalogue
        self.whole = WholeSample(
            catalogue=catalogue, wanted=lambda: (self.sample, self.set_a, self.set_b), rest=0.0
        )
        usual = {"sample": next(iter(catalogue.samples)), "set_a": catalogue.parameters()}
        super().__init__(self.whole, **usual | values)

    def update(self, **values: Any) -> None:
        """Change parameters in one step."""
        self.param.update(**values)

    @derived("whole.outcomes_a", "whole.outcomes_b")
    def table(self) -> pd.DataFrame:
        """The catalogue of the particles known so far, see `studies.catalogue.catalogue`; may be empty."""
        a, b = self.whole.outcomes_a, self.whole.outcomes_b
        if a is None or not len(a.particles):
            return pd.DataFrame()
        return catalogue(a.particles, None if b is None or not len(b.particles) else b.particles)
