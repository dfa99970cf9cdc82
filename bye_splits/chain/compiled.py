"""Compilation of the chain's loops."""

from collections.abc import Callable
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile a function to machine code, which is cached between processes.

    Notes
    -----
    Each operation is rounded separately, in the precision of its operands: nothing is fused or reordered, so
    that the results are the same on every processor. Division by zero follows IEEE 754.
    """
    machine_code: Any
    try:
        machine_code = numba.njit(nogil=True, error_model="numpy", cache=True)(function)
    except RuntimeError:  # no writable cache: compiled again in each process
        machine_code = numba.njit(nogil=True, error_model="numpy")(function)
    return machine_code
