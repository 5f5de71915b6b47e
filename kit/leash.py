"""Children that end with this process, also when it is killed (Linux; elsewhere a clean end has to do)."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

# Linux sends the signal when the thread ends that started the child: so one starts all that lives as long as we do.
_starter = ThreadPoolExecutor(1, thread_name_prefix="leash")
_LEASH = """
import os, signal, sys
parent, at_its_end, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
try:
    import ctypes
    ctypes.CDLL(None, use_errno=True).prctl(1, at_its_end)
except (AttributeError, OSError):
    pass
if os.getppid() != parent:
    sys.exit(1)
try:
    os.execvp(command[0], command)
except OSError as error:
    sys.stderr.write(f"{command[0]}: {error.strerror}\\n")
    sys.exit(127)
"""


def start(command: list[str], at_our_end: signal.Signals = signal.SIGKILL, **options: Any) -> "subprocess.Popen[bytes]":
    """As subprocess.Popen, of which `options` are; the child gets `at_our_end` when this process is no more.

    A program that cannot be run ends with 127, as in a shell.
    """
    leashed = [sys.executable, "-I", "-c", _LEASH, str(os.getpid()), str(int(at_our_end)), *command]
    return _starter.submit(_popen, leashed, options).result()


def _popen(command: list[str], options: dict[str, Any]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(command, **options)  # noqa: S603 - our own programs
