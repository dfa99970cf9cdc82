"""Geometry of the HGCAL trigger cells."""

from .detector import Geometry
from .files import read_geometry
from .inferred import Inferred

__all__ = ["Geometry", "Inferred", "read_geometry"]
