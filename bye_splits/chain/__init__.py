"""Stage 2 of the trigger primitive generator: arrays in, arrays out."""

from .parameters import ChainParameters
from .running import ChainResult, ManyResults, run, run_many

__all__ = ["ChainParameters", "ChainResult", "ManyResults", "run", "run_many"]
