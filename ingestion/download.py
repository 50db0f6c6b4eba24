"""Files of publishers, whole or not at all; a broken download goes on where it stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from ingestion import archive
from ingestion.archive import Archived, Spool
from ingestion.fetch import (
    Http,
    RetryableError,
    SourceUnavailableError,
    answer,
    attempts,
    blocks,
    check_status,
    shown,
)

# asked for again when a download goes on, to see that it is still the same file
OVERLAP = 1 << 12


@dataclass(frozen=True)
class Downloaded:
    """A file at rest, and what its publisher says identifies it."""

    archived: Archived
    version: str | None


def download(
    http: Http,
    url: str,
    root: Path,
    name: str,
    *,
    headers: Mapping[str, str] | None = None,
    known_version: str | None = None,
) -> Downloaded | None:
    """Archive the file behind an address; None when its publisher says `known_version` holds.

    `name` tells downloads apart in the spool: the same name goes on with what was received
    before, also by a run that was killed, if the publisher can. Raises SourceError.
    """
    try:
        with archive.spooled(root, name) as spool:
            for attempt in attempts(http, url):
                with attempt:
                    return _receive(http, url, root, spool, headers or {}, known_version)
    except archive.SpoolBusyError as error:
        raise SourceUnavailableError(
            f"{shown(url)}: een andere taak haalt dit bestand nu op."
        ) from error
    raise AssertionError("unreachable")


def _receive(
    http: Http,
    url: str,
    root: Path,
    spool: Spool,
    headers: Mapping[str, str],
    known_version: str | None,
) -> Downloaded | None:
    # an encoding would make Content-Length say nothing about the bytes we keep
    sent = {**headers, "Accept-Encoding": "identity"}
    start = max(0, spool.size - OVERLAP) if spool.resumable else 0
    if start:
        sent |= {"Range": f"bytes={start}-", "If-Range": spool.version or ""}
    elif known_version and known_version.startswith(('"', "W/")):
        sent["If-None-Match"] = known_version
    with answer(http, url, headers=sent) as response:
        if response.status_code == httpx.codes.NOT_MODIFIED:
            return None
        if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            spool.restart(None, None)
            raise RetryableError("de bron kan het afgebroken bestand niet afmaken")
        check_status(response, url)
        if response.headers.get("content-type", "").startswith("text/html"):
            raise RetryableError("het antwoord is een webpagina in plaats van een bestand")
        version = response.headers.get("etag") or response.headers.get("last-modified")
        if response.status_code == httpx.codes.PARTIAL_CONTENT:
            _go_on(response, spool, start)
        else:
            if version and version == known_version:
                return None
            length = response.headers.get("content-length")
            spool.restart(
                _strong(version) if response.headers.get("accept-ranges") == "bytes" else None,
                int(length) if length else None,
            )
            start = 0
        try:
            for block in blocks(http, response, url, start):
                spool.write(block)
        except archive.OtherFileError as error:
            spool.restart(None, None)
            raise RetryableError("de bron gaat verder met een ander bestand") from error
    if not spool.size:
        raise RetryableError("het bestand is leeg")
    try:
        return Downloaded(spool.keep(root), version)
    except archive.TruncatedError as error:
        raise RetryableError("het bestand is niet volledig binnengekomen") from error


def _go_on(response: httpx.Response, spool: Spool, start: int) -> None:
    """Continue behind what was received; raises RetryableError when this is not the rest of it."""
    unit, _, place = response.headers.get("content-range", "").partition(" ")
    span, _, total = place.partition("/")
    if not (
        start
        and unit == "bytes"
        and span.split("-")[0] == str(start)
        and str(spool.length or total) == total
        and response.headers.get("etag", spool.version) == spool.version
    ):
        spool.restart(None, None)
        raise RetryableError("de bron gaat verder met een ander deel dan gevraagd")
    spool.go_on(start)


def _strong(version: str | None) -> str | None:
    """A validator that can say whether a file is still the same to the byte."""
    return None if version is None or version.startswith("W/") else version
