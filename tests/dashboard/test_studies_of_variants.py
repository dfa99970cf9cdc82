"""Every page of the studies with the chains and rules whose seeds or clusters are found in another way."""

import pytest
from study_pages import B, state_of

from bye_splits.chain import ChainParameters
from bye_splits.dashboard.views.studies.pages import STUDIES
from bye_splits.dashboard.views.studies.texts import StudyFacts, numbers_table

VARIANTS = {
    "interpolated": ChainParameters(seeding="interpolated_max", tc_threshold=0.5),
    "xy": ChainParameters(chain="xy"),
    "triangular": ChainParameters(chain="triangular"),
    "shared": ChainParameters(association="energy_split"),
}


@pytest.mark.parametrize("slug", STUDIES)
@pytest.mark.parametrize("name", VARIANTS)
def test_a_page_is_complete(studied, slug, name):
    study = STUDIES[slug]
    b = {"set_b": B, "compare": "A | B"} if study.needs_b else {}
    state = state_of(studied, slug, set_a=VARIANTS[name], **b)
    assert not any(found.failures for found in state.states.values())
    pictures = {plot.name: plot.make(state) for plot in study.plots}
    assert pictures.keys() == {plot.name for plot in study.plots}
    assert "<t" in numbers_table(study, state)
    facts = study.facts or StudyFacts
    assert "\u00b7" in facts(state).html()
