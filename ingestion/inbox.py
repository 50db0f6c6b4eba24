"""The inbox: any fsspec address with a folder for each party.

A delivery is a folder `<party>/<name>/` or one file `<party>/<name>.xlsx|.zip|.json|.csv`.

A folder with `manifest.json` is complete: the manifest is put there last. Without one it is still
being filled, unless it holds one workbook, zip or JSON message, which is then as a loose file.

A loose file is complete when it has not changed for some seconds by the real clock. Looking inside
would say no more (a workbook's directory may be written before its middle), and taking one too
early does no harm: it is refused as unreadable, and the whole one, being of another size and
moment, is a delivery of its own. An object store shows whole objects only, so there is no waiting.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import fsspec

from afspraken.settings import AMSTERDAM, Settings

MANIFEST = "manifest.json"
SUFFIXES = (".xlsx", ".zip", ".json", ".csv")
_SELF_CONTAINED = (".xlsx", ".zip", ".json")
# who fills a folder for longer than this has forgotten the manifest, and is told so
_FORGOTTEN_AFTER = timedelta(days=1)
_UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload")
_OBJECT_STORES = {"s3", "s3a", "gs", "gcs", "abfs", "az", "memory"}
BLOCK = 1 << 20


class InboxError(RuntimeError):
    """The inbox can't be reached or read. The message has no password in it."""


@dataclass(frozen=True)
class Entry:
    """A file in the inbox: its name within the delivery, its address, size and moment."""

    name: str
    path: str
    size: int
    moment: datetime


@dataclass(frozen=True)
class Waiting:
    """A complete delivery as it lies in the inbox.

    `name` is that of the folder or the loose file. `received_at` is when the last of its files
    was put there.
    """

    party: str
    name: str
    files: Mapping[str, Entry]

    @property
    def received_at(self) -> datetime:
        return max(entry.moment for entry in self.files.values())

    @property
    def key(self) -> str:
        """Known without opening a file: a delivery that is put there again has another key.

        An inbox that moves to another address, moments kept, keeps its keys.
        """
        facts: list[object] = [self.party, self.name]
        facts += sorted([e.name, e.size, e.moment.isoformat()] for e in self.files.values())
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


@dataclass(frozen=True)
class Inbox:
    """An open inbox; `quiet_since` is the moment after which a loose file must be unchanged.

    `forgotten_since` is that for a folder without manifest.
    """

    fs: Any
    root: str
    quiet_since: datetime | None
    forgotten_since: datetime

    def waiting(self) -> list[Waiting]:
        """Complete deliveries, in the order in which they were received."""
        found: dict[tuple[str, str], dict[str, Entry]] = {}
        for path, entry in self.fs.find(self.root, detail=True).items():
            parts = posixpath.relpath(path, self.root).split("/")
            if len(parts) not in (2, 3) or entry.get("islink") or entry["type"] != "file":
                continue
            if _is_hidden(parts):
                continue
            item = Entry(parts[-1], path, int(entry["size"]), _moment(entry))
            found.setdefault((parts[0], parts[1]), {})[parts[-1]] = item
        deliveries = [
            Waiting(party, name, files)
            for (party, name), files in found.items()
            if self._is_complete(name, files)
        ]
        return sorted(deliveries, key=lambda d: (d.received_at, d.party, d.name))

    def open(self, path: str) -> BinaryIO:
        file: BinaryIO = self.fs.open(path, "rb")
        return file

    def blocks(self, path: str) -> Iterator[bytes]:
        with self.open(path) as file:
            while block := file.read(BLOCK):
                yield block

    def bring(self, delivery: Waiting, folder: Path) -> list[Path]:
        """Copy a delivery's files to an empty folder of this machine; gives their paths."""
        paths = []
        for entry in delivery.files.values():
            target = folder / entry.name
            with self.open(entry.path) as source, target.open("wb") as copy:
                shutil.copyfileobj(source, copy, BLOCK)
            paths.append(target)
        return paths

    def put(self, party: str, name: str, files: Mapping[str, bytes | Path]) -> str:
        """Put a delivery there, the manifest last; gives its address within the inbox.

        Each file gets its name when it is whole. Raises FileExistsError.
        """
        folder = f"{self.root}/{party}/{name}"
        if self.fs.exists(folder):
            raise FileExistsError(f"{party}/{name} is already in the inbox.")
        self.fs.makedirs(folder, exist_ok=True)
        for file in sorted(files, key=lambda n: (n == MANIFEST, n)):
            self._put_file(f"{folder}/{file}", files[file])
        return f"{party}/{name}"

    def remove(self, delivery: Waiting) -> None:
        """Take a delivery's files away, and its folder when that is empty then."""
        for entry in delivery.files.values():
            self.fs.rm_file(entry.path)
        folder = f"{self.root}/{delivery.party}/{delivery.name}"
        if self.fs.isdir(folder) and not self.fs.ls(folder, detail=False):
            self.fs.rmdir(folder)

    def _put_file(self, path: str, content: bytes | Path) -> None:
        by_rename = not _is_object_store(self.fs)
        target = f"{path}.part" if by_rename else path
        if isinstance(content, Path):
            self.fs.put_file(str(content), target)
        else:
            self.fs.pipe_file(target, content)
        if by_rename:
            self.fs.mv(target, path)

    def _is_complete(self, name: str, files: Mapping[str, Entry]) -> bool:
        if MANIFEST in files and name != MANIFEST:
            return True
        is_loose = name in files
        suffixes = SUFFIXES if is_loose else _SELF_CONTAINED
        if len(files) == 1 and next(iter(files)).lower().endswith(suffixes):
            (entry,) = files.values()
            return self.quiet_since is None or entry.moment <= self.quiet_since
        return not is_loose and self._is_forgotten(files)

    def _is_forgotten(self, files: Mapping[str, Entry]) -> bool:
        return any(file.lower().endswith(SUFFIXES) for file in files) and all(
            entry.moment <= self.forgotten_since for entry in files.values()
        )


@contextmanager
def open_inbox(settings: Settings, *, clock: Callable[[], float] = time.time) -> Iterator[Inbox]:
    """The inbox of the settings. `clock` is the real one, in seconds.

    Raises:
        InboxError: it can't be reached, or something in it can't be read.
    """
    place = _without_secrets(settings.resolved_inbox_url)
    try:
        fs, root = _filesystem(settings)
        # an inbox that nobody has put anything in yet is an empty one
        if not _is_object_store(fs):
            fs.makedirs(root, exist_ok=True)
        now = datetime.fromtimestamp(clock(), AMSTERDAM)
        quiet = now - timedelta(seconds=settings.inbox_quiet_seconds)
    except Exception as error:  # each kind of inbox has errors of its own
        raise InboxError(
            f"The inbox {place} can't be opened ({type(error).__name__}). Remedy: check INBOX_URL, "
            "INBOX_OPTIONS and, for sftp, INBOX_KNOWN_HOSTS."
        ) from None
    try:
        yield Inbox(
            fs,
            root.rstrip("/"),
            None if _is_object_store(fs) else quiet,
            now - _FORGOTTEN_AFTER,
        )
    except (OSError, EOFError) as error:
        if isinstance(error, FileExistsError):
            raise
        raise InboxError(f"The inbox {place} can't be read ({type(error).__name__}).") from error
    finally:
        if client := getattr(fs, "client", None):
            client.close()


def _filesystem(settings: Settings) -> tuple[Any, str]:
    options = json.loads(settings.inbox_options or "{}")
    url = settings.resolved_inbox_url
    protocol = urlsplit(url).scheme or "file"
    if protocol in ("sftp", "ssh"):
        return _sftp(url, options, settings.inbox_known_hosts)
    # a kept listing would hide what came in since
    options |= {"use_listings_cache": False, "skip_instance_cache": protocol != "memory"}
    fs, root = fsspec.core.url_to_fs(url, **options)
    return fs, str(root)


def _sftp(url: str, options: dict[str, Any], known_hosts: str) -> tuple[Any, str]:
    from fsspec.implementations.sftp import SFTPFileSystem

    class CheckedSftp(SFTPFileSystem):
        """SFTP that knows its server, where a file of known hosts is set."""

        def _connect(self) -> None:
            import paramiko  # type: ignore[import-untyped,unused-ignore]

            self.client = paramiko.SSHClient()
            policy = paramiko.AutoAddPolicy()
            if known_hosts:
                self.client.load_host_keys(known_hosts)
                policy = paramiko.RejectPolicy()
            self.client.set_missing_host_key_policy(policy)
            given = {"timeout": 20, "auth_timeout": 20, "banner_timeout": 20}
            self.client.connect(self.host, **(given | self.ssh_kwargs))
            self.ftp = self.client.open_sftp()
            self.ftp.get_channel().settimeout(60)

    from_url = SFTPFileSystem._get_kwargs_from_urls(url)
    fs = CheckedSftp(**(from_url | options), skip_instance_cache=True)
    return fs, str(SFTPFileSystem._strip_protocol(url))


def _is_object_store(fs: Any) -> bool:
    protocols = {fs.protocol} if isinstance(fs.protocol, str) else set(fs.protocol)
    return bool(protocols & _OBJECT_STORES)


def _is_hidden(parts: list[str]) -> bool:
    return any(part.startswith((".", "~$")) or part.lower().endswith(_UNFINISHED) for part in parts)


def _moment(entry: Mapping[str, Any]) -> datetime:
    for key in ("mtime", "LastModified", "last_modified", "created"):
        value = entry.get(key)
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, AMSTERDAM)
        if isinstance(value, datetime):
            return value.astimezone(AMSTERDAM)
    raise OSError(f"the inbox does not say when {entry['name']} was put there")


def _without_secrets(url: str) -> str:
    parts = urlsplit(url)
    host = parts.hostname or ""
    return f"{parts.scheme}://{host}{parts.path}"
