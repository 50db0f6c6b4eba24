"""A night in which publishers have nothing new: what looking costs, and that it fetches nothing."""

from __future__ import annotations

import time

import httpx

from afspraken.settings import Settings
from benchmarks.measure import Benchmark, Claim, Measured, typical
from ingestion import land_publisher
from ingestion.cards import publishers, source_names

LIMIT_SECONDS = 2.0
# what is asked to see whether something is new; anything else is content. The features of PDOK
# carry no sign of their age, so its some eighty areas are the question as well as the answer
_LOOKS = ("DownloadInfo", "Properties", "TableInfos", "Datasets", "collections", "items")


def night_without_news(settings: Settings, address: str) -> Benchmark:
    """Land everything once, then look again; `address` is that of the simulated publishers."""
    for publisher in publishers():
        _land(publisher, settings)
    httpx.delete(f"{address}/_requests")
    contenders, slowest = [], 0.0
    for publisher in publishers():
        seconds = typical([_land(publisher, settings) for _ in range(3)])
        slowest = max(slowest, seconds)
        count = len(source_names(publisher=publisher))
        contenders.append(
            Measured(
                publisher, seconds, count, ratio=seconds / LIMIT_SECONDS, note=f"{count} cards"
            )
        )
    fetched = [str(entry["path"]) for entry in _requests(address) if _is_download(entry)]
    return Benchmark(
        "unchanged",
        "A night's check of unchanged sources (ratio: to 2 s a publisher; less is better)",
        contenders,
        [
            Claim("under 2 s a publisher", f"{slowest:.2f} s", slowest < LIMIT_SECONDS),
            Claim("no file is downloaded", f"{len(fetched)} downloads", not fetched),
        ],
        [f"downloaded: {path}" for path in sorted(set(fetched))],
    )


def _land(publisher: str, settings: Settings) -> float:
    started = time.perf_counter()
    land_publisher(publisher, settings)
    return time.perf_counter() - started


def _requests(address: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = httpx.get(f"{address}/_requests").json()
    return found


def _is_download(entry: dict[str, object]) -> bool:
    """Whether content came over the line: not for a look, and not for `304 Not Modified`."""
    path = str(entry["path"]).rstrip("/")
    is_look = path.rsplit("/", 1)[-1].split("?")[0] in _LOOKS
    return entry.get("status") == 200 and entry.get("method", "GET") == "GET" and not is_look
