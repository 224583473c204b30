"""The hash of a user's name that orders timers of one time: it depends on no row, so a restore changes no order."""

from __future__ import annotations

_BITS = (1 << 64) - 1


def name_hash(name: str) -> int:
    """Return FNV-1a of the name's UTF-8 bytes, mixed by the finaliser of MurmurHash3: 64 bits, unsigned."""
    return fmix64(fnv1a(name.encode()))


def fnv1a(data: bytes) -> int:
    """Return the 64-bit FNV-1a hash (Fowler, Noll, Vo)."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & _BITS
    return value


def fmix64(value: int) -> int:
    """Return 64 bits mixed by the finaliser of MurmurHash3 (Appleby), so that each affects all."""
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        value = (value ^ value >> 33) * factor & _BITS
    return value ^ value >> 33
