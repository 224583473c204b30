"""A process that owns another one, and ends it when its own starter is gone.

Run as a script: `python guard.py FOLDER LOG COMMAND...`. It starts COMMAND, prints its process id, and waits.

    the pipe on standard input says `s`     COMMAND is stopped, FOLDER stays
    the pipe closes without a word          the starter died, even of SIGKILL: COMMAND is stopped, FOLDER removed
    COMMAND ends by itself                  so does this, with the same code; FOLDER stays

FOLDER is `-` for none. Only the standard library, and nothing of this project: it starts in some 30 ms, uses 10 MB.
A pipe rather than PR_SET_PDEATHSIG: that one is Linux only, and follows the starting thread instead of the process.
"""

import os
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path

STOP = b"s"
STOP_TIMEOUT_S = 60  # from SIGTERM to SIGKILL: a deadline, as a busy machine makes a stop take many seconds


def main(arguments: list[str]) -> int:
    """Runs the command until it ends or is to end; returns its exit code (negative for a signal)."""
    folder, log_path, *command = arguments
    wakeup, wakeup_end = os.pipe()
    os.set_blocking(wakeup_end, False)
    signal.set_wakeup_fd(wakeup_end)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)  # only the wakeup byte, the signal's number, is of use
    with Path(log_path).open("ab") as log:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    print(child.pid, flush=True)
    word = _wait(child, wakeup)
    _end(child)
    if word == b"" and folder != "-":
        shutil.rmtree(folder, ignore_errors=True)
    return child.returncode


def _wait(child: "subprocess.Popen[bytes]", wakeup: int) -> bytes:
    """Waits for the first of: the child's end, SIGTERM or SIGINT, a word on standard input (empty: it closed)."""
    while child.poll() is None:
        readable, _, _ = select.select([sys.stdin.fileno(), wakeup], [], [])
        if sys.stdin.fileno() in readable:
            return os.read(sys.stdin.fileno(), 1)
        if set(os.read(wakeup, 64)) & {signal.SIGTERM, signal.SIGINT}:
            break
    return STOP


def _end(child: "subprocess.Popen[bytes]") -> None:
    child.terminate()
    try:
        child.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
