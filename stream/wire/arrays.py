"""Arrays of numbers in msgpack: (dtype, shape, bytes), in little-endian order."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def array_to_builtins(array: NDArray[Any]) -> tuple[str, tuple[int, ...], bytes]:
    """Return an array as values that msgpack has; msgspec's `enc_hook`."""
    little = array.astype(array.dtype.newbyteorder("<"))
    return little.dtype.str, array.shape, little.tobytes()


def array_from_builtins(_: type[Any], value: Any) -> Any:
    """Return the array of such values, in native byte order; msgspec's `dec_hook`."""
    dtype, shape, data = value
    return np.frombuffer(data, dtype).reshape(shape).astype(np.dtype(dtype).newbyteorder("="))
