"""What tells one state of a file from another."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Fingerprint:
    """Identifies one state of a file: device, inode, size [bytes], times of modification and of change [ns].

    The time of change (ctime) is set by the kernel: bytes that were changed are noticed also where a program
    has put the time of modification back, as `cp -p`, `rsync -t` and memory maps do. It also moves with the
    permissions, the owner and the name of a file, which then count as a change.
    """

    device: int
    inode: int
    size: int
    modified: int
    changed: int

    @classmethod
    def of(cls, status: os.stat_result) -> "Fingerprint":
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)

    @property
    def lasting(self) -> tuple[int, int, int, int]:
        """For keys on disk: without the device, whose number may be another one after a mount."""
        return self.size, self.modified, self.changed, self.inode
