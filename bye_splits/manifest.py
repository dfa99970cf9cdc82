"""Manifests: the size and SHA-256 of files, in the format of `sha256sum`, which can verify them as well."""

import hashlib
import os
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bye_splits import cache
from bye_splits.errors import ByeSplitsError
from bye_splits.fingerprints import Fingerprint

_SIZE = re.compile(rb"# ([0-9]+) bytes:")
_LINE = re.compile(rb"(\\?)([0-9a-f]{64}) [ *](.+)", re.DOTALL)
_ESCAPES = {b"\\": b"\\\\", b"\n": b"\\n", b"\r": b"\\r"}
_PLAIN = {code: plain for plain, code in _ESCAPES.items()}


@dataclass(frozen=True)
class Entry:
    """What a file was when the manifest was written.

    Attributes
    ----------
    path : absolute
    sha256 : in hexadecimal
    size : bytes; None where the manifest does not say, as those of `sha256sum`
    """

    path: Path
    sha256: str
    size: int | None


def write(out: Path, files: Iterable[Path]) -> int:
    """Write the manifest of some files; a file in the manifest's folder or below has a relative path in it.

    Returns
    -------
    number of files

    Raises
    ------
    ByeSplitsError : a file cannot be read, or the manifest cannot be written or is one of the files
    """
    different = list(dict.fromkeys(file.resolve() for file in files))
    cache.check_output(out, different)
    folder = out.resolve().parent
    lines = [b"# In the format of sha256sum: sha256sum -c, in this folder, verifies it as well.\n"]
    for file in different:
        name = file.relative_to(folder) if file.is_relative_to(folder) else file
        escaped = os.fsencode(name)
        for plain, code in _ESCAPES.items():
            escaped = escaped.replace(plain, code)
        mark = b"" if escaped == os.fsencode(name) else b"\\"
        size, digest = _content(file)
        lines.append(f"# {size} bytes:\n".encode() + mark + f"{digest}  ".encode() + escaped + b"\n")

    def write_lines(path: Path) -> None:
        path.write_bytes(b"".join(lines))

    try:
        cache.write_atomically(out, write_lines)
    except OSError as error:
        raise cache.not_writable(out, error.strerror or str(error)) from error
    return len(different)


def read(manifest: Path) -> list[Entry]:
    """The entries of a manifest, or of what `sha256sum` prints; relative paths are of the manifest's folder.

    Raises
    ------
    ByeSplitsError : it cannot be read, has a line of another format, or no entry
    """
    entries: list[Entry] = []
    size: int | None = None
    try:
        if not manifest.is_file():
            raise FileNotFoundError(0, "no such file" if not manifest.exists() else "no regular file")
        content = manifest.read_bytes()
    except OSError as error:
        raise _unusable(manifest, error.strerror or str(error)) from error
    for number, line in enumerate(content.split(b"\n"), 1):
        if found := _SIZE.fullmatch(line):
            size = int(found[1])
        elif found := _LINE.fullmatch(line):
            name = found[3]
            if found[1]:
                name = re.sub(rb"\\[\\nr]", lambda escape: _PLAIN[escape[0]], name)
            path = manifest.resolve().parent / os.fsdecode(name)
            entries.append(Entry(path, found[2].decode(), size))
            size = None
        elif line.strip() and not line.startswith(b"#"):
            raise _unusable(manifest, f"line {number}: {os.fsdecode(line[:80])!r}")
    if not entries:
        raise _unusable(manifest, "no line with a checksum")
    return entries


def differences(entries: Iterable[Entry], files: Iterable[Path]) -> list[str]:
    """What is not as the manifest says, one sentence for each file.

    Parameters
    ----------
    entries : of the manifest; all of them are compared with their files
    files : that should be in it
    """
    found, known = [], set()
    for entry in entries:
        known.add(entry.path.resolve())
        if wrong := difference(entry):
            found.append(f"{entry.path}: {wrong}")
    return found + [f"{file}: not in the manifest" for file in files if file.resolve() not in known]


def difference(entry: Entry) -> str:
    """How a file differs from its entry, as a phrase; empty if it does not."""
    try:
        if not entry.path.is_file():
            return "missing" if not entry.path.exists() else "no regular file any more"
        size = entry.path.stat().st_size
        if entry.size is not None and size != entry.size:  # without reading all of it
            return f"differs: {size} bytes, and {entry.size} in the manifest"
        digest = _content(entry.path)[1]
    except (OSError, ByeSplitsError) as error:
        return f"cannot be read: {getattr(error, 'strerror', None) or error}"
    if digest != entry.sha256:
        return f"differs: SHA-256 {digest}, and {entry.sha256} in the manifest"
    return ""


class Checks:
    """Compares files with a manifest, each state of a file once. Threads may share it.

    Parameters
    ----------
    manifest : read again when it has changed
    """

    def __init__(self, manifest: Path) -> None:
        self._manifest = manifest
        self._lock = threading.Lock()
        self._of_file: dict[Path, _Check] = {}

    def problem(self, file: Path, required: bool = True) -> str:
        """How a file differs from the manifest, as a phrase; empty if it does not.

        All of the file is read, unless that was done before; others can be asked about meanwhile.

        Parameters
        ----------
        required : whether a file that is not in the manifest is one that differs

        Raises
        ------
        ByeSplitsError : the manifest cannot be read
        """
        file = file.resolve()
        with self._lock:
            check = self._of_file.setdefault(file, _Check())
        with check.lock:
            states = _state(file), _state(self._manifest)
            if check.states != states:
                entries = [entry for entry in read(self._manifest) if entry.path.resolve() == file]
                check.known = bool(entries)
                check.problem = next(filter(None, map(difference, entries)), "")
                check.states = states
            return check.problem or ("no line for it in the manifest" if required and not check.known else "")


class _Check:
    """What was found about a file, and of which states of it and of the manifest."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.states: tuple[Fingerprint | None, ...] = ()
        self.known, self.problem = False, ""


def _state(file: Path) -> Fingerprint | None:
    try:
        return Fingerprint.of(file.stat())
    except OSError:  # whoever opens it says so
        return None


def _content(file: Path) -> tuple[int, str]:
    try:
        with open(file, "rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
            return opened.tell(), digest
    except OSError as error:
        raise ByeSplitsError(
            str(file), expected="a file to read", found=error.strerror or str(error), action="Check the path."
        ) from error


def _unusable(manifest: Path, found: str) -> ByeSplitsError:
    return ByeSplitsError(
        str(manifest),
        expected="lines as those of sha256sum: 64 digits, two blanks, and the path of a file",
        found=found,
        action="Write it with `bye-splits check --write-manifest`.",
    )
