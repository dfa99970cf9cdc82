"""Names of temporary files and folders that say whose they are, so that those of killed processes can go."""

import contextlib
import functools
import hashlib
import os
import re
import secrets
import shutil
import socket
import time
from pathlib import Path

OLD = 24 * 3600.0  # s since the last write, after which a file of another machine counts as left behind
_OWN = re.compile(r"bye_splits-([0-9a-f]{8})-(\d+)-[0-9a-f]{12}")


def own_name() -> str:
    """A new name with this machine and this process in it."""
    return f"bye_splits-{_machine()}-{os.getpid()}-{secrets.token_hex(6)}"


def sweep(folder: Path) -> list[Path]:
    """Remove the temporary files and folders in a folder whose process has ended without doing so.

    Those of this machine go if their process has ended. Whether one of another machine or container runs
    cannot be known: its files go once they have not been written to for a day, its folders stay.

    Returns
    -------
    what was removed
    """
    removed = []
    with contextlib.suppress(OSError), os.scandir(folder) as entries:  # no folder, or none that can be read
        for entry in entries:
            if (found := _OWN.search(entry.name)) and _is_left(entry, found[1], int(found[2])):
                with contextlib.suppress(OSError):  # of another user, or removed by another process
                    if entry.is_dir(follow_symlinks=False):
                        shutil.rmtree(entry.path)
                    else:
                        Path(entry.path).unlink()
                    removed.append(Path(entry.path))
    return removed


@functools.cache
def sweep_once(folder: Path) -> None:
    """`sweep`, once in a process for each folder."""
    sweep(folder)


def _is_left(entry: os.DirEntry[str], machine: str, process: int) -> bool:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return False
    if status.st_uid != os.geteuid():
        return False
    if machine != _machine():
        return not entry.is_dir(follow_symlinks=False) and time.time() - status.st_mtime > OLD
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except OSError:  # it runs as another user, who has got the number
        return False
    return False


@functools.cache
def _machine() -> str:
    """Mark of where a number of a process means something: a machine since its start, or a container."""
    facts = [socket.gethostname()]
    with contextlib.suppress(OSError):
        facts.append(Path("/proc/sys/kernel/random/boot_id").read_text())
        facts.append(str(Path("/proc/self/ns/pid").readlink()))
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:8]
