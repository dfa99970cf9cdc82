"""Geometry of the HGCAL trigger cells."""

from .detector import Geometry
from .inferred import Inferred

__all__ = ["Geometry", "Inferred"]
