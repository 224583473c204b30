"""The functions of the kernel, with their types."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from ctypes import POINTER, c_char_p, c_int32, c_int64, c_uint32, c_uint64, c_void_p
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Ints
from stream.core.kernel.layout import ItemBlock, Strings, UsersBlock
from stream.core.kernel.library import load
from stream.core.kernel.step_layout import BatchBlock, DecidingBlock, ModelBlock, RulesBlock, StepBlock

_SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "segue_partition": (c_void_p, (c_int32,)),
    "segue_free": (None, (c_void_p,)),
    "segue_symbol": (None, (c_void_p, c_char_p, c_uint32)),
    "segue_put": (None, (c_void_p, POINTER(UsersBlock))),
    "segue_set_timers": (None, (c_void_p, POINTER(RulesBlock), c_int64)),
    "segue_n_users": (c_int64, (c_void_p,)),
    "segue_n_rows": (c_int64, (c_void_p,)),
    "segue_user": (c_uint64, (c_void_p, c_int64)),
    "segue_next_due_ms": (c_int64, (c_void_p,)),
    "segue_census": (c_int64, (c_void_p, c_void_p)),
    "segue_find": (None, (c_void_p, POINTER(Strings), c_void_p)),
    "segue_text": (c_uint64, (c_void_p, c_uint32, c_int32, POINTER(c_uint64))),
    "segue_strings": (c_int64, (c_void_p, c_void_p, c_int64, c_int32, c_void_p, c_int64, c_void_p)),
    "segue_due_rows": (c_int64, (c_void_p, c_int64, c_void_p, c_int64)),
    "segue_step": (c_void_p, (c_void_p, POINTER(RulesBlock), POINTER(DecidingBlock), POINTER(BatchBlock))),
    "segue_puts": (c_int64, (c_void_p, c_char_p, POINTER(c_uint64), POINTER(c_uint64))),
    "segue_stage": (None, (c_void_p,)),
    "segue_commit": (None, (c_void_p,)),
    "segue_roll_back": (None, (c_void_p,)),
    "segue_end": (None, (c_void_p,)),
    "segue_profile": (
        None,
        (
            *(POINTER(RulesBlock), POINTER(ModelBlock), c_int64, POINTER(ItemBlock), c_int32),
            *(c_void_p, c_int32, c_int32, c_void_p),
        ),
    ),
}


@cache
def kernel() -> ctypes.CDLL:
    """Return the library with typed functions. Raise KernelMissingError if it was not built."""
    library = load()
    for name, (result, arguments) in _SIGNATURES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def address(array: NDArray[Any]) -> int:
    """Return where the numbers of a contiguous array are; the array must outlive the use."""
    return array.ctypes.data


class Joined:
    """Strings joined for the kernel: `block` points into this object, which must outlive the use."""

    def __init__(self, strings: Sequence[bytes]) -> None:
        self.bytes = b"".join(strings)
        self.ends: Ints = np.cumsum(np.fromiter(map(len, strings), np.int64, len(strings)))
        data = ctypes.cast(ctypes.c_char_p(self.bytes), c_void_p).value or 0
        self.block = Strings(len(strings), data, address(self.ends))


def step_of(pointer: int) -> StepBlock:
    """Return the readable part of a step."""
    return StepBlock.from_address(pointer)


def copied(source: int, n: int, dtype: type[np.generic]) -> NDArray[Any]:
    """Return a copy of n numbers at an address; the array cannot be written."""
    return np.frombuffer(ctypes.string_at(source, n * np.dtype(dtype).itemsize), dtype)
