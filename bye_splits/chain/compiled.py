"""How the chain's loops are compiled."""

import numba


def compiled(function):
    """The function as machine code, kept for the next start.

    Notes
    -----
    Each operation is rounded by itself, in the precision of its operands: nothing is fused or reordered, so
    that the results are the same on every processor. A division by zero gives what IEEE 754 says.
    """
    try:
        return numba.njit(nogil=True, error_model="numpy", cache=True)(function)
    except RuntimeError:  # nowhere to keep the compiled code: compiled anew at each start
        return numba.njit(nogil=True, error_model="numpy")(function)
