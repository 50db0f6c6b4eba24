"""The inbox on a folder, a real SFTP server and a real S3 server, all on this machine."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import threading
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from afspraken.db import connect
from afspraken.settings import Settings
from ingestion import Received, receive_deliveries
from ingestion.inbox import InboxError, open_inbox
from tests.conftest import free_port
from tests.deliveries import deliver, homes

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC).timestamp()
PASSWORD = "geheim-van-de-inbox"


@pytest.fixture
def inbox(warehouse: Settings) -> Path:
    folder = warehouse.state_dir / "inbox"
    (folder / "DKO").mkdir(parents=True)
    return folder


@pytest.fixture(scope="module")
def sftp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path, Path]]:
    """A real SFTP server; its port, its root, and a file of known hosts with its key."""
    root = tmp_path_factory.mktemp("sftp")
    key = asyncssh.generate_private_key("ssh-ed25519")
    loop = asyncio.new_event_loop()

    class Login(asyncssh.SSHServer):
        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == ("monitor", PASSWORD)

    class Rooted(asyncssh.SFTPServer):
        def __init__(self, channel: Any) -> None:
            super().__init__(channel, chroot=str(root).encode())

    async def start() -> Any:
        return await asyncssh.listen(
            "127.0.0.1", 0, server_factory=Login, server_host_keys=[key], sftp_factory=Rooted
        )

    # the main thread may have a loop of its own: Playwright's, in the browser tests
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(start(), loop).result(timeout=30)
    port = server.get_port()
    known = tmp_path_factory.mktemp("ssh") / "known_hosts"
    known.write_text(f"[127.0.0.1]:{port} {key.export_public_key().decode()}")
    yield port, root, known
    loop.call_soon_threadsafe(server.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(timeout=10)


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of a real S3 server."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=free_port())
    server.start()
    yield f"http://127.0.0.1:{server._port}"
    server.stop()


def take(settings: Settings, now: float = NOW) -> list[Received]:
    return receive_deliveries(settings, clock=lambda: now)


def files_of(folder: Path) -> dict[str, bytes | Path]:
    return {path.name: path for path in folder.iterdir()}


def loose_zip(inbox: Path, tmp_path: Path, name: str = "levering.zip") -> Path:
    folder = deliver(tmp_path, homes(4))
    path = inbox / "DKO" / name
    with zipfile.ZipFile(path, "w") as archive:
        for file in folder.iterdir():
            archive.write(file, file.name)
    return path


def touch(path: Path, seconds_ago: float) -> None:
    os.utime(path, (NOW - seconds_ago, NOW - seconds_ago))


@pytest.mark.parametrize("check_host", [True, False])
def test_deliveries_come_in_by_sftp(
    warehouse: Settings, sftp: tuple[int, Path, Path], tmp_path: Path, check_host: bool
) -> None:
    port, root, known = sftp
    place = f"leveringen-{check_host}"
    settings = warehouse.model_copy(
        update={
            "inbox_url": f"sftp://monitor:{PASSWORD}@127.0.0.1:{port}/{place}",
            "inbox_known_hosts": str(known) if check_host else "",
        }
    )
    folder = deliver(tmp_path, homes(6))
    with open_inbox(settings) as inbox:
        assert inbox.put("DKO", "oktober", files_of(folder)) == "DKO/oktober"
    assert sorted(p.name for p in (root / place / "DKO" / "oktober").iterdir()) == [
        "eenheid.csv",
        "manifest.json",
    ]
    (received,) = receive_deliveries(settings)
    assert (received.outcome, received.rows) == ("new", 6)
    assert receive_deliveries(settings) == []


def test_an_sftp_server_that_is_not_known_is_refused_and_no_password_is_told(
    warehouse: Settings,
    sftp: tuple[int, Path, Path],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    port, _, _ = sftp
    other = tmp_path / "known_hosts"
    key = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    other.write_text(f"[127.0.0.1]:{port} {key}")
    settings = warehouse.model_copy(
        update={
            "inbox_url": f"sftp://monitor:{PASSWORD}@127.0.0.1:{port}/x",
            "inbox_known_hosts": str(other),
        }
    )
    with caplog.at_level(logging.DEBUG), pytest.raises(InboxError) as failed:
        receive_deliveries(settings)
    assert "INBOX_KNOWN_HOSTS" in str(failed.value)
    assert PASSWORD not in str(failed.value) + caplog.text + repr(settings)


@pytest.mark.parametrize("wrong", ["password", "port"])
def test_an_inbox_that_can_not_be_reached_says_so_without_its_password(
    warehouse: Settings, sftp: tuple[int, Path, Path], wrong: str
) -> None:
    port = free_port() if wrong == "port" else sftp[0]
    url = f"sftp://monitor:{PASSWORD}-niet@127.0.0.1:{port}/x"
    with pytest.raises(InboxError, match=r"127\.0\.0\.1/x can't be opened") as failed:
        receive_deliveries(warehouse.model_copy(update={"inbox_url": url}))
    assert PASSWORD not in str(failed.value)


def test_deliveries_come_in_by_s3(warehouse: Settings, s3: str, tmp_path: Path) -> None:
    import fsspec

    options = {"key": "sleutel", "secret": PASSWORD, "client_kwargs": {"endpoint_url": s3}}
    fsspec.filesystem("s3", **options).mkdir("leveringen")
    settings = warehouse.model_copy(
        update={"inbox_url": "s3://leveringen/inbox", "inbox_options": json.dumps(options)}
    )
    assert receive_deliveries(settings) == []
    folder = deliver(tmp_path, homes(7))
    with open_inbox(settings) as inbox:
        inbox.put("DKO", "oktober", files_of(folder))
    (received,) = receive_deliveries(settings)
    assert (received.outcome, received.rows) == ("new", 7)
    with connect(settings) as connection:
        moment = connection.execute("select received_at from ops.delivery").fetchone()
    # the sample's clock stands still, so nothing comes in after it
    assert moment == (settings.now(),)
    assert receive_deliveries(settings) == []
    assert PASSWORD not in repr(settings)


def test_a_loose_file_is_taken_once_it_is_left_alone(
    warehouse: Settings, inbox: Path, tmp_path: Path
) -> None:
    path = loose_zip(inbox, tmp_path)
    touch(path, 5)
    assert take(warehouse) == []
    assert take(warehouse, NOW + 60)[0].outcome == "new"
    assert take(warehouse, NOW + 120) == []


def test_a_loose_file_that_was_taken_too_early_is_taken_again_when_it_is_whole(
    warehouse: Settings, inbox: Path, tmp_path: Path
) -> None:
    path = loose_zip(inbox, tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    touch(path, 60)
    assert take(warehouse)[0].outcome == "refused"
    path.write_bytes(whole)
    touch(path, 31)
    assert [item.outcome for item in take(warehouse)] == ["new"]


@pytest.mark.parametrize(
    "name", ["a.zip.part", "a.zip.filepart", "a.tmp", "~$a.xlsx", ".a.zip", "a.docx", "notities"]
)
def test_what_is_not_a_finished_delivery_is_left_alone(
    warehouse: Settings, inbox: Path, tmp_path: Path, name: str
) -> None:
    touch(loose_zip(inbox, tmp_path, name), 3600)
    assert take(warehouse) == []


def test_a_loose_file_without_a_manifest_is_refused_with_the_remedy(
    warehouse: Settings, inbox: Path, tmp_path: Path
) -> None:
    source = deliver(tmp_path, homes(2)) / "eenheid.csv"
    path = inbox / "DKO" / "eenheid.csv"
    path.write_bytes(source.read_bytes())
    touch(path, 3600)
    (received,) = take(warehouse)
    assert received.outcome == "refused"
    assert "afspraken deliver" in received.reasons[0]


def test_a_folder_with_one_zip_is_as_the_zip_itself(
    warehouse: Settings, inbox: Path, tmp_path: Path
) -> None:
    (inbox / "DKO" / "oktober").mkdir()
    path = loose_zip(inbox, tmp_path, "oktober/levering.zip")
    touch(path, 5)
    assert take(warehouse) == []
    touch(path, 60)
    assert take(warehouse)[0].outcome == "new"


def test_a_link_in_the_inbox_leads_nowhere(
    warehouse: Settings, inbox: Path, tmp_path: Path
) -> None:
    target = loose_zip(inbox, tmp_path)
    touch(target, 3600)
    moved = target.rename(tmp_path / "elders.zip")
    (inbox / "DKO" / "levering.zip").symlink_to(moved)
    assert take(warehouse) == []


def test_a_delivery_is_put_in_the_inbox_with_its_manifest_last(
    warehouse: Settings, inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = deliver(tmp_path, homes(2))
    seen: list[list[str]] = []
    with open_inbox(warehouse) as opened:
        move = type(opened.fs).mv

        def watched(fs: Any, *args: Any, **options: Any) -> Any:
            seen.append(sorted(p.name for p in (inbox / "DKO" / "x").iterdir()))
            assert take(warehouse, time.time() + 3600) == []
            return move(fs, *args, **options)

        monkeypatch.setattr(type(opened.fs), "mv", watched)
        opened.put("DKO", "x", files_of(folder))
        with pytest.raises(FileExistsError):
            opened.put("DKO", "x", files_of(folder))
    assert seen == [["eenheid.csv.part"], ["eenheid.csv", "manifest.json.part"]]
    assert take(warehouse)[0].outcome == "new"


def test_an_inbox_with_nothing_new_is_looked_at_in_a_blink(
    warehouse: Settings, inbox: Path
) -> None:
    for number in range(1, 4):
        deliver(inbox, homes(2), number=number, levering_id=f"L{number}")
    assert len(take(warehouse)) == 3
    started = time.perf_counter()
    assert take(warehouse) == []
    assert time.perf_counter() - started < 2
