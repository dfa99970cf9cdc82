"""Geometry of the HGCAL trigger cells."""

from .detector import Geometry

__all__ = ["Geometry"]
