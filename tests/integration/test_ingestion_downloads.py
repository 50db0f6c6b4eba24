"""Downloads over a real socket: a broken one goes on where it stopped, a lying one is refused."""

from __future__ import annotations

import gzip
import hashlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from afspraken.settings import ROOT
from ingestion import archive
from ingestion.download import OVERLAP, Downloaded, download
from ingestion.fetch import Patience, SourceUnavailableError, get_json, http_client

ZIP = "2025-cbs-pc6huisnr20250801_buurt.zip"
QUICK = Patience(attempts=3, first_wait=0.01, longest_wait=0.05, timeout=1.0)
ONCE = Patience(attempts=1, first_wait=0.01, longest_wait=0.05, timeout=1.0)
Misbehave = Callable[..., None]


@pytest.fixture
def misbehave(publishers: str) -> Iterator[Misbehave]:
    def tell(fault: str, times: int | None = None, publisher: str = "cbs-download") -> None:
        wish = {"publisher": publisher, "fault": fault, "times": times, "seconds": 3}
        httpx.post(f"{publishers}/_control", json=wish).raise_for_status()

    httpx.delete(f"{publishers}/_requests")
    yield tell
    httpx.delete(f"{publishers}/_control")


@pytest.fixture
def whole(sample: Path) -> bytes:
    content = (sample / "publishers" / "cbs-download" / ZIP).read_bytes()
    assert len(content) > 10 * OVERLAP
    return content


def fetch(publishers: str, root: Path, patience: Patience = QUICK, **more: Any) -> Downloaded:
    with http_client(patience=patience, **more) as http:
        found = download(http, f"{publishers}/cbs-download/postcode/{ZIP}", root, "postcodes")
    assert found is not None
    return found


def asked(publishers: str) -> list[tuple[str | None, int]]:
    log = httpx.get(f"{publishers}/_requests", params={"publisher": "cbs-download"}).json()
    return [(entry["range"], entry["status"]) for entry in log]


def spool(root: Path) -> list[Path]:
    return sorted((root / "spool").glob("*"))


def test_a_download_that_breaks_goes_on_where_it_stopped(
    publishers: str, misbehave: Misbehave, tmp_path: Path, whole: bytes
) -> None:
    misbehave("reset", times=1)
    kept = fetch(publishers, tmp_path)
    assert kept.archived.path.read_bytes() == whole
    assert kept.archived.sha256 == hashlib.sha256(whole).hexdigest()
    (_, first), (wanted, second) = asked(publishers)
    assert (first, second) == (200, 206)
    assert wanted is not None and 0 < int(wanted[6:-1]) <= len(whole) // 2
    assert spool(tmp_path) == []


def test_a_download_that_broke_last_night_goes_on_tonight(
    publishers: str, misbehave: Misbehave, tmp_path: Path, whole: bytes
) -> None:
    misbehave("reset")
    with pytest.raises(SourceUnavailableError, match="verbinding is verbroken"):
        fetch(publishers, tmp_path, ONCE)
    assert len(spool(tmp_path)) == 2
    misbehave("none")
    assert fetch(publishers, tmp_path).archived.path.read_bytes() == whole
    assert [status for _, status in asked(publishers)] == [200, 206]
    assert spool(tmp_path) == []


def test_a_file_that_was_replaced_in_between_is_fetched_anew(
    publishers: str, misbehave: Misbehave, tmp_path: Path, whole: bytes
) -> None:
    misbehave("reset")
    with pytest.raises(SourceUnavailableError):
        fetch(publishers, tmp_path, ONCE)
    misbehave("none")
    note = next((tmp_path / "spool").glob("*.json"))
    note.write_text('{"version": "\\"vorige\\"", "length": 5}', "utf-8")
    assert fetch(publishers, tmp_path).archived.path.read_bytes() == whole
    assert [status for _, status in asked(publishers)] == [200, 200]


@pytest.mark.parametrize("fault", ["no-range", "wrong-range"])
def test_a_publisher_that_cannot_go_on_or_lies_about_it_starts_anew(
    publishers: str, misbehave: Misbehave, tmp_path: Path, whole: bytes, fault: str
) -> None:
    misbehave("reset")
    with pytest.raises(SourceUnavailableError):
        fetch(publishers, tmp_path, ONCE)
    misbehave(fault, times=1)
    assert fetch(publishers, tmp_path).archived.path.read_bytes() == whole
    statuses = [status for _, status in asked(publishers)]
    assert statuses == ([200, 200] if fault == "no-range" else [200, 206, 200])


def test_a_download_whose_process_is_killed_goes_on_in_the_next(
    publishers: str, misbehave: Misbehave, tmp_path: Path, whole: bytes
) -> None:
    misbehave("trickle")
    script = (
        "import sys; from pathlib import Path; from ingestion.fetch import http_client; "
        "from ingestion.download import download\n"
        "with http_client() as http: download(http, sys.argv[1], Path(sys.argv[2]), 'postcodes')"
    )
    url = f"{publishers}/cbs-download/postcode/{ZIP}"
    process = subprocess.Popen([sys.executable, "-c", script, url, str(tmp_path)], cwd=ROOT)
    deadline = time.monotonic() + 20
    while not spool(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.02)
    with pytest.raises(SourceUnavailableError, match="andere taak"):
        fetch(publishers, tmp_path, ONCE)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    misbehave("none")
    assert fetch(publishers, tmp_path).archived.path.read_bytes() == whole
    assert spool(tmp_path) == []


def test_what_nobody_goes_on_with_leaves_the_spool_after_a_week(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    folder.mkdir()
    for name, days in (("oud.part", 8), ("tmpx", 8), ("nieuw.part", 1)):
        (folder / name).write_bytes(b"half")
        moment = time.time() - days * 86400
        os.utime(folder / name, (moment, moment))
    archive.sweep(tmp_path)
    assert [path.name for path in spool(tmp_path)] == ["nieuw.part"]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("wrong-length", "verbinding is verbroken"),
        ("truncated", None),
        ("empty-body", "bestand is leeg"),
        ("html-200", "webpagina in plaats van een bestand"),
        ("login", "webpagina in plaats van een bestand"),
        ("status-403", "weigert de toegang"),
        ("status-404", "bestaat niet bij de bron"),
        ("429-date", r"vraagt 60 minuten te wachten \(1 poging\)"),
        ("gzip-garbage", "niet uit te pakken"),
        ("slow", "antwoordt niet op tijd"),
        ("down", "verbinding is verbroken"),
    ],
)
def test_a_download_that_fails_says_how_and_archives_nothing(
    publishers: str, misbehave: Misbehave, tmp_path: Path, fault: str, reason: str | None
) -> None:
    misbehave(fault)
    if reason is None:  # shorter than it was, and consistent about it: only its reader can tell
        assert fetch(publishers, tmp_path).archived.bytes > 0
        return
    with pytest.raises(Exception, match=reason):
        fetch(publishers, tmp_path)
    assert [
        path for path in tmp_path.rglob("*") if path.is_file() and "spool" not in str(path)
    ] == []


def test_a_body_without_end_stops_at_the_ceiling_of_the_card(
    publishers: str, misbehave: Misbehave, tmp_path: Path
) -> None:
    misbehave("endless")
    with pytest.raises(SourceUnavailableError, match="groter dan de 2 MB"):
        fetch(publishers, tmp_path, ceiling=2 << 20)
    assert sum(path.stat().st_size for path in spool(tmp_path)) <= (2 << 20) + 100


def test_a_body_that_drips_stops_when_the_time_of_the_source_is_up(
    publishers: str, misbehave: Misbehave, tmp_path: Path
) -> None:
    patience = Patience(attempts=3, first_wait=0.01, longest_wait=0.05, timeout=1.0, total=0.3)
    misbehave("trickle")
    with pytest.raises(SourceUnavailableError, match="te traag"):
        fetch(publishers, tmp_path, patience)
    assert len(asked(publishers)) == 1
    misbehave("trickle", publisher="cbs")
    with (
        http_client(patience=patience) as http,
        pytest.raises(SourceUnavailableError, match="traag"),
    ):
        get_json(http, f"{publishers}/cbs/odata/v1/CBS/84583NED/Properties")


def test_json_packed_into_a_bomb_stops_at_the_ceiling() -> None:
    bomb = gzip.compress(b"[" + b"0," * (8 << 20) + b"0]")
    assert len(bomb) < 1 << 20
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.recv(65536)
                head = (
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                    f"Content-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"
                )
                peer.sendall(head.encode() + bomb)

        threading.Thread(target=serve, daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
        with (
            http_client(patience=ONCE, ceiling=1 << 20) as http,
            pytest.raises(SourceUnavailableError, match="groter dan de 1 MB"),
        ):
            get_json(http, url)
