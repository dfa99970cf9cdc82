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
_ALIASES = {"xrootd": "root", "xroot": "root"}  # of protocols
_EXTRAS = {"root": "xrootd", "http": "http", "https": "http", "s3": "s3"}
_ABSENT = re.compile(r"\[3011\]|no such file", re.IGNORECASE)  # 3011: kXR_NotFound of XRootD
# s; by default, XRootD tries for half an hour to reach a host that does not answer.
_XROOTD = {"XRD_CONNECTIONWINDOW": "15", "XRD_CONNECTIONRETRY": "2", "XRD_STREAMERRORWINDOW": "30"}


@dataclass(frozen=True)
class RemoteFile(os.PathLike[str]):
    """A file at an address, with the methods of a local `pathlib.Path` that readers use.

    Its status is requested once, when it is opened, and assumed not to change: further requests would cost a
    round trip over the network for each event.

    Parameters
    ----------
    address : as given, with all of its slashes
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
        """The file of another name in the same folder."""
        path, mark, query = self.address.partition("?")
        return RemoteFile(path[: path.rindex("/") + 1] + name + mark + query)

    def resolve(self) -> "RemoteFile":
        """Itself: links are resolved by the other machine."""
        return self

    def exists(self) -> bool:
        """Whether the file exists; True also if the other machine does not answer."""
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
        """Size [bytes] and time of modification at the first request, as far as they are reported.

        Raises
        ------
        SourceError : the protocol is unknown, or needs a package that is not installed
        OSError : no such file, or the other machine does not answer
        """
        return self._status

    @cached_property
    def _status(self) -> os.stat_result:
        system, path = self._location
        found = _request(system.info, path)
        kind = stat.S_IFDIR if found.get("type") == "directory" else stat.S_IFREG
        changed = found.get("mtime")
        changed = int(changed) if isinstance(changed, int | float) else 0
        return os.stat_result((kind | 0o444, 0, 0, 1, 0, 0, int(found.get("size") or 0), 0, changed, 0))

    def start(self, count: int) -> bytes:
        """The first bytes; errors as `stat`."""
        system, path = self._location
        return _request(system.cat_file, path, start=0, end=count)[:count]

    def opened(self) -> IO[bytes]:
        """The file, open for reading, with a `seek`; errors as `stat`."""
        system, path = self._location
        return _request(system.open, path, "rb")

    @property
    def for_fsspec(self) -> str:
        """The address with the standard name of the protocol."""
        protocol, mark, rest = self.address.partition(MARK)
        return _ALIASES.get(protocol.lower(), protocol.lower()) + mark + rest

    @cached_property
    def _location(self) -> tuple[Any, str]:
        """The fsspec file system, and the path in it."""
        import fsspec

        protocol = self.for_fsspec.partition(MARK)[0]
        extra = _EXTRAS.get(protocol)
        if extra == "xrootd":
            for name, value in _XROOTD.items():
                os.environ.setdefault(name, value)
        try:
            return fsspec.core.url_to_fs(self.for_fsspec)
        except (ImportError, ValueError) as error:  # a missing package; an unknown protocol
            known = ", ".join(f"{name}://" for name in sorted({*_EXTRAS, *_ALIASES}))
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
    """Path of a local file, or RemoteFile of an address."""
    text = os.fspath(path)
    return RemoteFile(text) if MARK in text else Path(text)


def readable(path: "Path | RemoteFile") -> Path | IO[bytes]:
    """Input for pyarrow: the path of a local file, or an opened remote file."""
    return path.opened() if isinstance(path, RemoteFile) else path


def for_uproot(path: "Path | RemoteFile", local_handler: type | None = None) -> tuple[Any, dict[str, Any]]:
    """Arguments of `uproot.open` for a file: its name, and options.

    Parameters
    ----------
    local_handler : handler of local files; None: the default of uproot
    """
    if isinstance(path, RemoteFile):
        return {
            path.for_fsspec: None
        }, {}  # as plain text, its colons would be parsed as the start of a tree's path
    return path, {} if local_handler is None else {"handler": local_handler}


def _request(call: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Result of a call to the file system; any failure becomes an OSError of one line."""
    try:
        return call(*arguments, **options)
    except FileNotFoundError as error:
        cause = error.__cause__  # over HTTP, fsspec also raises it if the machine does not answer
        if cause is None or getattr(cause, "status", None) in (404, 410):
            raise
        raise OSError(f"no answer ({type(cause).__name__}: {cause})") from error
    except Exception as error:  # each protocol has its own errors
        text = (
            re.sub(r"<.*>", "", " ".join(str(error).split())) or "nothing more"
        )  # drop representations of objects
        if _ABSENT.search(text):
            raise FileNotFoundError(errno.ENOENT, "no such file") from error
        raise OSError(f"no answer that helps ({type(error).__name__}: {text[:300]})") from error
