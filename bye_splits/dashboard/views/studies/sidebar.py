"""The controls of the pages of the studies."""

from functools import partial
from html import escape
from typing import Any

import panel as pn
from panel.viewable import Viewable

from ....studies.profiles import VARIABLES
from ....studies.response import IN_SHORT
from ...catalogue import sample_name
from ...page.template import section, text
from ...state.study import StudyState
from ..shared.base import draws
from ..shared.chain_controls import ChainControls
from ..shared.controls import TYPED, Controls, style
from .drawn import Study

NONE = "none"
NORM_NAMES = {"energy": "energy", "pT": "pt"}


class StudySidebar(Controls):
    """What is drawn, of which particles."""

    state: StudyState

    def __init__(self, state: StudyState, study: Study) -> None:
        self.study = study
        super().__init__(state)

    def build(self) -> None:
        state = self.state
        names = {sample_name(key): key for key in state.catalogue.samples}
        self.first = pn.widgets.Select(label="Sample", options=names, **style("inline", "wide"))
        self.second = pn.widgets.Select(
            label="Overlay", options={NONE: NONE} | names, **style("inline", "wide")
        )
        self.eta = pn.widgets.RangeSlider(
            label="Generated |\u03b7|",
            start=state.param.eta.bounds[0],
            end=state.param.eta.bounds[1],
            step=0.05,
            format=TYPED.replace("[.]", "."),
            **style(),
        )
        self.pt = pn.widgets.RangeSlider(
            label="Generated pT [GeV]",
            start=0.0,
            end=state.param.pt.bounds[1],
            step=5.0,
            format=TYPED,
            **style(),
        )
        variables = {variable.title: name for name, variable in VARIABLES.items()}
        self.against = pn.widgets.Select(label="x axis", options=variables, **style("inline", "wide"))
        labels = {words: name for name, words in IN_SHORT.items()}
        self.quantity = pn.widgets.Select(label="Clusters", options=labels, **style("inline", "wide"))
        self.norm = pn.widgets.RadioButtonGroup(label="Norm", options=NORM_NAMES, **style())
        self.older = pn.widgets.Checkbox(
            label="As the older pages", visible=self.study.older is not None, **style()
        )
        self.no_older = text(
            f'<p class="hint-plain">{escape(self.study.no_older)}</p>' if self.study.no_older else ""
        )
        self.clear = pn.widgets.Button(label="Choose all particles", **style())
        self.clear.on_click(lambda event: state.update(ranges=()))
        self.follow(self.first, partial(self._sample, 0))
        self.follow(self.second, partial(self._sample, 1))
        for name in ("eta", "pt", "against", "quantity", "norm", "older"):
            self.follow(getattr(self, name), partial(self._set, name))

    def _set(self, name: str, value: Any) -> None:
        self.state.update(**{name: tuple(map(float, value)) if name in ("eta", "pt") else value})

    def _sample(self, number: int, key: tuple[str, str] | str) -> None:
        samples: list = [*self.state.samples, None][:2]
        samples[number] = None if key == NONE else key
        first, second = samples
        if first is not None:
            self.state.update(samples=(first,) if second in (None, first) else (first, second))
        self.answer("widgets")

    @draws("samples", "eta", "pt", "against", "quantity", "norm", "older", "ranges")
    def widgets(self) -> None:
        """The values of the state."""
        state = self.state
        self.first.value = state.samples[0]
        self.second.value = state.samples[1] if len(state.samples) > 1 else NONE
        for name in ("eta", "pt", "against", "quantity", "norm", "older"):
            getattr(self, name).value = getattr(state, name)
        self.clear.disabled = not state.ranges

    def __panel__(self) -> Viewable:
        return pn.Column(
            section("Particles" if self.study.of_particles else "Samples"),
            self.first,
            self.second,
            *((self.eta, self.pt, self.clear) if self.study.of_particles else ()),
            *([section("Plots")] if self.study.controls else []),
            *(getattr(self, name) for name in self.study.controls),
            self.older,
            *([] if self.study.sidebar is None else [self.study.sidebar(self.state)]),
            self.no_older,
            ChainControls(self.state),
            sizing_mode="stretch_width",
            margin=0,
        )
