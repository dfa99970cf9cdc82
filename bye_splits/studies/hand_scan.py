"""Tags that people give to events by hand: one file per sample and scanner, in a folder of the user's data.

A sample is known by its file's name, tree and size: the tags stay with it when it is moved, copied or opened
by another path, which all keep these three, and are not given to another file of that name. The time of
change is no part of that, as copying changes it. An event is known by its entry and endcap.
"""

import contextlib
import fcntl
import getpass
import hashlib
import json
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import quote, unquote

import numpy as np
import pandas as pd

from bye_splits import cache
from bye_splits.errors import ByeSplitsError
from bye_splits.fingerprints import Fingerprint
from bye_splits.remote import RemoteFile

FOLDER = "BYE_SPLITS_TAGS"  # environment: folder of the tags
SCANNER = "BYE_SPLITS_SCANNER"  # environment: name of who scans
TAGS = ("bin aliasing", "module border", "bremsstrahlung", "pile-up", "noise")
"""Of the keys 1 to 5; 6 to 9 are for words of one's own."""

MOST_KEYS = 9
MOST_NOTE = 200  # characters
FORMAT = 1

Key = tuple[int, int]
"""Entry in the file, and endcap: 1 or -1."""


@dataclass(frozen=True)
class Tag:
    """What a scanner says of an endcap of an event.

    Attributes
    ----------
    entry, endcap : position in the file; 1 for z > 0, -1 for z < 0
    event : number, for the reader of the file
    tag : empty if there is only a note
    note : free text
    time : when it was said, ISO 8601, UTC
    """

    entry: int
    endcap: int
    event: int
    tag: str
    note: str
    time: str

    @property
    def key(self) -> Key:
        """What it is said of."""
        return self.entry, self.endcap


def tags_folder(configured: str | None = None) -> Path:
    """Folder for all tags: `BYE_SPLITS_TAGS`, the configured one, or in the user's data.

    That is `XDG_DATA_HOME`/bye_splits/tags, else ~/.local/share/bye_splits/tags.
    """
    chosen = os.environ.get(FOLDER) or configured
    if chosen:
        return Path(os.path.expanduser(chosen))
    base = os.environ.get("XDG_DATA_HOME") or ""
    home = Path(base) if Path(base).is_absolute() else Path(os.path.expanduser("~/.local/share"))
    return home / "bye_splits" / "tags"


def scanner_name(configured: str | None = None) -> str:
    """Who scans: `BYE_SPLITS_SCANNER`, the configured name, or that of the user."""
    chosen = os.environ.get(SCANNER) or configured
    if chosen:
        return chosen
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a user without a name, as in some containers
        return f"user {os.getuid()}"


def sample_folder(path: Path | RemoteFile, tree: str, size: int) -> str:
    """Name of a sample's folder, see the module.

    Parameters
    ----------
    path : of the file
    tree : in the file, "" for parquet
    size : of the file, in bytes; for a remote file the number of its events
    """
    name = str(path).rsplit("/", 1)[-1]
    mark = hashlib.sha256(json.dumps([name, tree, size]).encode()).hexdigest()[:12]
    return f"{quote(Path(name).stem, safe='')[:80]}-{mark}"


class TagFile:
    """The tags of one scanner in one sample.

    Parameters
    ----------
    path : of the file; it is made, with its folder, by the first tag
    scanner : whose tags they are
    facts : what is written beside the tags, about the sample
    """

    def __init__(self, path: Path, scanner: str, facts: Mapping[str, str | int] | None = None):
        self.path, self.scanner = path, scanner
        self._facts = dict(facts or {})
        self._lock = threading.Lock()

    @classmethod
    def of(
        cls, folder: Path, sample: str, scanner: str, facts: Mapping[str, str | int] | None = None
    ) -> "TagFile":
        """The file of a scanner in the folder of a sample."""
        return cls(folder / sample / f"{quote(scanner, safe=' ')}.json", scanner, facts)

    @property
    def version(self) -> Fingerprint | None:
        """Changes whenever the file does; None without one."""
        try:
            return Fingerprint.of(self.path.stat())
        except OSError:
            return None

    def tags(self) -> dict[Key, Tag]:
        """The latest tag of each endcap of an event.

        Raises
        ------
        ByeSplitsError : the file cannot be read
        """
        latest = {tag.key: tag for tag in self._records()}
        return {key: tag for key, tag in latest.items() if tag.tag or tag.note}

    def say(
        self, entry: int, endcap: int, event: int, *, tag: str | None = None, note: str | None = None
    ) -> Tag:
        """Tag an endcap of an event, or note something about it; what is None stays as it was.

        Raises
        ------
        ByeSplitsError : the file cannot be read or written
        """
        with self._alone():
            records = self._records()
            before = {record.key: record for record in records}.get((entry, endcap))
            made = Tag(
                entry=entry,
                endcap=endcap,
                event=event,
                tag=tag if tag is not None else before.tag if before else "",
                note=(note if note is not None else before.note if before else "")[:MOST_NOTE],
                time=datetime.now(UTC).isoformat(timespec="seconds"),
            )
            self._write([*records, made])
        return made

    def undo(self) -> Tag | None:
        """Take the last saying back, and give it; None if there is none."""
        with self._alone():
            records = self._records()
            if not records:
                return None
            self._write(records[:-1])
            return records[-1]

    def _records(self) -> list[Tag]:
        """All that was said, in its order."""
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
            return [Tag(**record) for record in content["tags"]]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise ByeSplitsError(
                str(self.path),
                expected="a file of tags",
                found=str(error) or type(error).__name__,
                action="Correct the file, or move it away.",
            ) from error

    def _write(self, records: list[Tag]) -> None:
        content = {"format": FORMAT, "scanner": self.scanner, "sample": self._facts}
        content["tags"] = [asdict(record) for record in records]
        text = json.dumps(content, ensure_ascii=False, indent=0)
        try:
            cache.write_atomically(self.path, partial(_write_text, text))
        except OSError as error:
            raise self._not_writable(error) from error

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """No other thread or process changes the file meanwhile."""
        with self._lock, contextlib.ExitStack() as stack:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                lock = stack.enter_context(open(self.path.with_suffix(".lock"), "w"))
                fcntl.flock(lock, fcntl.LOCK_EX)
            except OSError as error:
                raise self._not_writable(error) from error
            yield

    def _not_writable(self, error: OSError) -> ByeSplitsError:
        return ByeSplitsError(
            str(self.path),
            expected="a file for tags that can be written",
            found=error.strerror or str(error),
            action=f"Set {FOLDER} to a folder that you can write to; the tag was not kept.",
        )


def _write_text(text: str, path: Path) -> None:
    path.write_text(text, encoding="utf-8")


def all_tags(folder: Path, sample: str) -> dict[str, dict[Key, Tag]]:
    """The tags of all scanners of a sample, by their names.

    Raises
    ------
    ByeSplitsError : one of the files cannot be read
    """
    files = sorted((folder / sample).glob("*.json"))
    return {unquote(path.stem): TagFile(path, unquote(path.stem)).tags() for path in files}


def tag_table(tags: Mapping[str, Mapping[Key, Tag]]) -> pd.DataFrame:
    """The tags of several scanners as a table: `scanner entry endcap event tag note time`."""
    rows = [{"scanner": scanner} | asdict(tag) for scanner, said in tags.items() for tag in said.values()]
    columns = ["scanner", *Tag.__dataclass_fields__]
    table = pd.DataFrame(rows, columns=columns).sort_values(["entry", "endcap", "scanner"], ignore_index=True)
    return table.astype({"entry": np.int64, "endcap": np.int8})


def with_tags(table: pd.DataFrame, tags: Mapping[Key, Tag]) -> pd.DataFrame:
    """A catalogue with the columns `tag` and `note`, empty where there are none.

    Parameters
    ----------
    table : columns `entry`, ascending, and `endcap`
    tags : of one scanner
    """
    said, noted = (np.full(len(table), "", dtype=object) for _ in range(2))
    entry, endcap = table["entry"].to_numpy(), table["endcap"].to_numpy()
    for (where, side), tag in tags.items():
        low, high = np.searchsorted(entry, (where, where + 1))
        rows = low + np.flatnonzero(endcap[low:high] == side)
        said[rows], noted[rows] = tag.tag, tag.note
    words = {"tag": said, "note": noted}
    return table.assign(**{name: pd.Categorical(values) for name, values in words.items()})
