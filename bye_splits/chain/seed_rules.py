"""Rules by which bins become seeds, by the name that parameters, files, links and options use."""

from .above_threshold import AboveThreshold
from .interpolated_maxima import InterpolatedMaxima
from .local_maxima import LocalMaxima
from .secondary_maxima import SecondaryMaxima
from .seed_rule import SeedRule

SEED_RULES: dict[str, SeedRule] = {
    "max": LocalMaxima(),
    "secondary_max": SecondaryMaxima(),
    "interpolated_max": InterpolatedMaxima(),
    "threshold": AboveThreshold(),
}
"""The first one is the default."""
