"""The available chains, by the name that parameters, files, links and options use."""

from .coarse_seeding import ModuleSeeding
from .histogram_seeding import HistogramSeeding
from .seeding import Seeding
from .triangular_seeding import TriangularSeeding
from .xy_seeding import XySeeding

CHAINS: dict[str, Seeding] = {
    "default": HistogramSeeding(),
    "coarse_seeding": ModuleSeeding(),
    "xy": XySeeding(),
    "triangular": TriangularSeeding(),
}
"""Chains differ in how they find seeds; the first one is the default."""
