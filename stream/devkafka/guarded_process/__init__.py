"""A child process that does not outlive its starter: `process.py` on this side, `guard.py` in between."""

from stream.devkafka.guarded_process.process import GuardedProcess, ProcessStartError

__all__ = ["GuardedProcess", "ProcessStartError"]
