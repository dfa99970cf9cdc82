"""Machine code of datashader's triangles, kept between processes.

Datashader makes the function that fills triangles at its first use, and numba compiles it anew in each
process: 3 to 5 s for which the first page of a new server waits. Numba can keep machine code on disk, but
finds that of a function within a function only if its closure is written in the same bytes, which it is
not in another process (`Cache._index_key` in numba/core/caching.py). Here it is found by the code of all
functions that take part.

This patch can be removed once datashader has numba keep what it compiles.
"""

import hashlib
from contextlib import suppress
from types import CodeType, FunctionType
from typing import Any

from datashader.glyphs import trimesh
from numba.core.caching import FunctionCache
from numba.core.dispatcher import Dispatcher

PLAIN = (type(None), bool, int, float, str)
_build = trimesh._build_extend_triangles


def apply() -> None:
    """Patch datashader."""
    trimesh._build_extend_triangles = kept_triangles


def kept_triangles(*parts: Dispatcher) -> Dispatcher:
    """As `_build_extend_triangles`, with a cache between processes where numba has a folder for one."""
    triangles = _build(*parts)
    with suppress(RuntimeError):  # no folder: compiled in each process
        triangles._cache = CodeCache(triangles.py_func)
    return triangles


class CodeCache(FunctionCache):
    """Numba's cache of a function, by the `fingerprint` of its code."""

    def _index_key(self, sig: tuple, codegen: Any) -> tuple:
        return sig, codegen.magic_tuple(), fingerprint(self._py_func)


def fingerprint(function: FunctionType) -> str:
    """Digest of a function's code, and of that of all compiled functions in its closure and its globals."""
    digest, seen = hashlib.sha256(), set()

    def add_code(code: CodeType) -> None:
        digest.update(repr((code.co_code, code.co_names, code.co_varnames)).encode())
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                add_code(constant)
            else:
                digest.update(repr(constant).encode())

    def add(function: FunctionType) -> None:
        if function in seen:
            return
        seen.add(function)
        code = function.__code__
        add_code(code)
        used = {name: function.__globals__[name] for name in code.co_names if name in function.__globals__}
        used |= {
            name: cell.cell_contents
            for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True)
        }
        for name, value in used.items():
            digest.update((f"{name} {value!r}" if isinstance(value, PLAIN) else name).encode())
            if isinstance(value, Dispatcher):
                add(value.py_func)
            elif isinstance(value, FunctionType):
                add(value)

    add(function)
    return digest.hexdigest()
