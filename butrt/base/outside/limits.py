"""What one examination may spend."""

from __future__ import annotations

import os
import resource
import signal
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds of `processor`, seconds of the clock (`time`), bytes of `memory` beyond what Python holds.

    `answer`: bytes of the result; `file`: bytes of the largest file that it may write.
    """

    processor: int = 6
    time: float = 20
    memory: int = 320 * 2**20
    answer: int = 48 * 2**20
    file: int = 0

    def impose(self) -> None:
        """Take these limits for this process, for good: the kernel ends it there."""
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, self.time)
        resource.setrlimit(resource.RLIMIT_CPU, (self.processor, self.processor))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.file, self.file))
        if (held := _held()) is not None:
            resource.setrlimit(resource.RLIMIT_AS, (held + self.memory, held + self.memory))


def _held() -> int | None:
    """Bytes of addresses that this process already has; None where the system does not say."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except FileNotFoundError:
        return None


ORDINARY = Limits()
