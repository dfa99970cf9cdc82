"""How the chain's loops are compiled."""

from collections.abc import Callable
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """The function as machine code, kept for the next start.

    Notes
    -----
    Each operation is rounded by itself, in the precision of its operands: nothing is fused or reordered, so
    that the results are the same on every processor. A division by zero gives what IEEE 754 says.
    """
    machine_code: Any
    try:
        machine_code = numba.njit(nogil=True, error_model="numpy", cache=True)(function)
    except RuntimeError:  # nowhere to keep the compiled code: compiled anew at each start
        machine_code = numba.njit(nogil=True, error_model="numpy")(function)
    return machine_code
