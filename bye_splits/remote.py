"""Files on other machines: addresses such as root://host//store/a.root, read through fsspec."""

import errno
import os
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import IO, Any

from bye_splits.errors import SourceError

MARK = "://"
_SAME = {"xrootd": "root", "xroot": "root"}  # other names of a protocol
_EXTRAS = {"root": "xrootd", "http": "http", "https": "http", "s3": "s3"}
_ABSENT = re.compile(r"\[3011\]|no such file", re.IGNORECASE)  # 3011: kXR_NotFound of XRootD
# s: XRootD would try for half an hour to reach a host that does not answer.
_XROOTD = {"XRD_CONNECTIONWINDOW": "15", "XRD_CONNECTIONRETRY": "2", "XRD_STREAMERRORWINDOW": "30"}


@dataclass(frozen=True)
class RemoteFile(os.PathLike[str]):
    """A file at an address, with what is asked of a `pathlib.Path` of this machine.

    It is looked at once, when it is opened, and taken to stay as it was then: to ask again would be a way
    over the network for each event.

    Parameters
    ----------
    address : as it was written; no slash is taken from it
    """

    address: str

    def __str__(self) -> str:
        return self.address

    def __fspath__(self) -> str:
        return self.address

    @property
    def name(self) -> str:
        return self._inside.name

    @property
    def stem(self) -> str:
        return self._inside.stem

    @property
    def _inside(self) -> PurePosixPath:
        return PurePosixPath(self.address.partition("?")[0].partition(MARK)[2])

    def with_name(self, name: str) -> "RemoteFile":
        """The file of another name beside it."""
        path, mark, query = self.address.partition("?")
        return RemoteFile(path[: path.rindex("/") + 1] + name + mark + query)

    def resolve(self) -> "RemoteFile":
        """Itself: links are the other machine's matter."""
        return self

    def exists(self) -> bool:
        """Whether there is such a file, or a reason to believe so, as the other machine does not answer."""
        try:
            self.stat()
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return True

    def is_file(self) -> bool:
        """Whether it is a regular file."""
        return stat.S_ISREG(self.stat().st_mode)

    def stat(self) -> os.stat_result:
        """Size [bytes] and time of change, as far as the other machine says, when it was asked first.

        Raises
        ------
        SourceError : the protocol is unknown, or needs a package that is not installed
        OSError : no such file, or the other machine does not answer
        """
        return self._status

    @cached_property
    def _status(self) -> os.stat_result:
        system, path = self._place
        found = _asked(system.info, path)
        kind = stat.S_IFDIR if found.get("type") == "directory" else stat.S_IFREG
        changed = found.get("mtime")
        changed = int(changed) if isinstance(changed, int | float) else 0
        return os.stat_result((kind | 0o444, 0, 0, 1, 0, 0, int(found.get("size") or 0), 0, changed, 0))

    def start(self, count: int) -> bytes:
        """The first bytes; errors as `stat`."""
        system, path = self._place
        return _asked(system.cat_file, path, start=0, end=count)[:count]

    def opened(self) -> IO[bytes]:
        """The file, open for reading, with a `seek`; errors as `stat`."""
        system, path = self._place
        return _asked(system.open, path, "rb")

    @property
    def for_fsspec(self) -> str:
        """The address with the protocol's usual name."""
        protocol, mark, rest = self.address.partition(MARK)
        return _SAME.get(protocol.lower(), protocol.lower()) + mark + rest

    @cached_property
    def _place(self) -> tuple[Any, str]:
        """The file system of fsspec, and the path in it."""
        import fsspec

        protocol = self.for_fsspec.partition(MARK)[0]
        extra = _EXTRAS.get(protocol)
        if extra == "xrootd":
            for name, value in _XROOTD.items():
                os.environ.setdefault(name, value)
        try:
            return fsspec.core.url_to_fs(self.for_fsspec)
        except (ImportError, ValueError) as error:  # a package that is missing; a protocol that nobody knows
            known = ", ".join(f"{name}://" for name in sorted({*_EXTRAS, *_SAME}))
            raise SourceError(
                self.address,
                expected=f"an address that can be read here ({known})",
                found=f"{protocol}://, for which a package is missing"
                if extra or isinstance(error, ImportError)
                else f"the protocol {protocol}://, which is unknown",
                action=f"Install it with pip install 'bye_splits[{extra}]', or copy the file here."
                if extra
                else "Copy the file here, or mount its storage.",
            ) from error


def file_of(path: str | os.PathLike[str]) -> "Path | RemoteFile":
    """What is at a path or an address."""
    text = os.fspath(path)
    return RemoteFile(text) if MARK in text else Path(text)


def readable(path: "Path | RemoteFile") -> Path | IO[bytes]:
    """What pyarrow can read: a path of this machine, or a remote file that was opened."""
    return path.opened() if isinstance(path, RemoteFile) else path


def for_uproot(path: "Path | RemoteFile", local_handler: type | None = None) -> tuple[Any, dict[str, Any]]:
    """What `uproot.open` is to be given for a file: its name, and options.

    Parameters
    ----------
    local_handler : how a file of this machine is read; None: as uproot likes
    """
    if isinstance(path, RemoteFile):
        return {
            path.for_fsspec: None
        }, {}  # alone, its colons would be taken for the beginning of a tree's path
    return path, {} if local_handler is None else {"handler": local_handler}


def _asked(question: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """The answer; whatever fails on the way there is an OSError of one line."""
    try:
        return question(*arguments, **options)
    except FileNotFoundError as error:
        cause = error.__cause__  # of HTTP, fsspec calls a machine that does not answer that, too
        if cause is None or getattr(cause, "status", None) in (404, 410):
            raise
        raise OSError(f"no answer ({type(cause).__name__}: {cause})") from error
    except Exception as error:  # each protocol has errors of its own
        text = re.sub(r"<.*>", "", " ".join(str(error).split())) or "nothing more"  # of objects in memory
        if _ABSENT.search(text):
            raise FileNotFoundError(errno.ENOENT, "no such file") from error
        raise OSError(f"no answer that helps ({type(error).__name__}: {text[:300]})") from error
