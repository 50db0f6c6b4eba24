"""HTTP as publishers really behave: slow, down, truncated, or HTML with status 200.

Addresses are shortened before they reach a message: a signed address is a key.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx
import stamina

from ingestion.archive import TruncatedError

JSON_TYPES = ("application/json", "application/geo+json")
_BLOCK = 1 << 20


class SourceError(RuntimeError):
    """A publisher could not be read; what it gave before stays in use. The message is Dutch."""


class SourceUnavailableError(SourceError):
    """Down, slow, or answering nonsense, also after retries."""


class KeyRefusedError(SourceError):
    """The publisher does not accept our key: no use in trying again."""


class LinkExpiredError(SourceError):
    """A signed address no longer works; a fresh one has to be asked for."""


class _RetryableError(Exception):
    """A failure that may pass. `wait` is what the publisher asked for, in seconds."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


@dataclass(frozen=True)
class Patience:
    """How long we keep trying: attempts, seconds between them, and the ceiling on one wait."""

    attempts: int = 4
    first_wait: float = 0.5
    longest_wait: float = 20.0
    timeout: float = 30.0


@dataclass(frozen=True)
class Http:
    """A client with its patience; tests pass their own transport."""

    client: httpx.Client
    patience: Patience = Patience()


@contextmanager
def http_client(
    transport: httpx.BaseTransport | None = None, patience: Patience | None = None
) -> Iterator[Http]:
    patience = patience or Patience()
    # httpx writes every address to its log, signed ones too
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with httpx.Client(
        transport=transport,
        timeout=httpx.Timeout(patience.timeout, connect=min(10.0, patience.timeout)),
        follow_redirects=True,
        headers={"User-Agent": "afsprakenmonitor"},
    ) as client:
        yield Http(client, patience)


def get_json(
    http: Http,
    url: str,
    *,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Any:
    """The parsed JSON behind an address; raises SourceError after the last attempt."""
    for attempt in _attempts(http, url):
        with attempt:
            try:
                response = http.client.get(url, params=params, headers=headers)
            except httpx.HTTPError as error:
                raise _RetryableError(_reason(error)) from error
            _check_status(response, url)
            _check_type(response, JSON_TYPES)
            try:
                return json.loads(response.content)
            except ValueError as error:
                raise _RetryableError("het antwoord is afgebroken JSON") from error
    raise AssertionError("unreachable")


@dataclass(frozen=True)
class Download:
    """A body that is being read, with what its publisher says identifies it."""

    length: int | None
    version: str | None
    response: httpx.Response

    def blocks(self) -> Iterator[bytes]:
        try:
            yield from self.response.iter_bytes(_BLOCK)
        except httpx.HTTPError as error:
            raise _RetryableError(_reason(error)) from error


T = TypeVar("T")


def download(
    http: Http,
    url: str,
    consume: Callable[[Download], T],
    *,
    headers: Mapping[str, str] | None = None,
    known_version: str | None = None,
) -> T | None:
    """What `consume` makes of the body; None when the publisher says `known_version` still holds.

    `consume` may be called again after a failed attempt. Raises SourceError after the last one.
    """
    # an encoding would make Content-Length say nothing about the bytes we keep
    sent = {"Accept-Encoding": "identity", **(headers or {})}
    if known_version and known_version.startswith(('"', "W/")):
        sent["If-None-Match"] = known_version
    for attempt in _attempts(http, url):
        with attempt:
            try:
                with http.client.stream("GET", url, headers=sent) as response:
                    if response.status_code == httpx.codes.NOT_MODIFIED:
                        return None
                    _check_status(response, url)
                    if response.headers.get("content-type", "").startswith("text/html"):
                        raise _RetryableError(
                            "het antwoord is een webpagina in plaats van een bestand"
                        )
                    version = response.headers.get("etag") or response.headers.get("last-modified")
                    if version and version == known_version:
                        return None
                    length = response.headers.get("content-length")
                    return consume(Download(int(length) if length else None, version, response))
            except (httpx.HTTPError, TruncatedError) as error:
                raise _RetryableError(_reason(error)) from error
    raise AssertionError("unreachable")


def shown(url: str) -> str:
    """An address without its query and credentials, fit for logs and messages."""
    parts = httpx.URL(url)
    return str(parts.copy_with(query=None, userinfo=b""))


def _attempts(http: Http, url: str) -> Iterator[Any]:
    """Attempts with backoff; the last failure comes out as SourceUnavailableError."""
    patience = http.patience

    def passing(error: Exception) -> bool | float:
        if not isinstance(error, _RetryableError):
            return False
        if error.wait is None:
            return True
        # who asks for more patience than we have, is tried again tomorrow
        return error.wait if error.wait <= patience.longest_wait else False

    try:
        yield from stamina.retry_context(
            on=passing,
            attempts=patience.attempts,
            timeout=None,
            wait_initial=patience.first_wait,
            wait_max=patience.longest_wait,
            wait_jitter=patience.first_wait,
        )
    except _RetryableError as error:
        raise SourceUnavailableError(
            f"{shown(url)}: {error} ({patience.attempts} pogingen)."
        ) from error


def _check_status(response: httpx.Response, url: str) -> None:
    code = response.status_code
    if code < 300:
        return
    if code == httpx.codes.UNAUTHORIZED:
        raise KeyRefusedError(
            f"{shown(url)}: de sleutel wordt niet aanvaard (401). Controleer .env."
        )
    if code in (httpx.codes.FORBIDDEN, httpx.codes.GONE):
        raise LinkExpiredError(f"{shown(url)}: de koppeling is verlopen ({code}).")
    if code == httpx.codes.TOO_MANY_REQUESTS or code >= 500:
        raise _RetryableError(f"de bron antwoordt met fout {code}", _retry_after(response))
    raise SourceUnavailableError(f"{shown(url)}: de bron antwoordt met fout {code}.")


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds that the publisher asks us to wait, or None."""
    value = response.headers.get("retry-after")
    if not value:
        return None
    if value.isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _check_type(response: httpx.Response, allowed: tuple[str, ...]) -> None:
    found = response.headers.get("content-type", "").split(";")[0].strip().lower()
    if found not in allowed and not found.endswith("+json"):
        raise _RetryableError(f"het antwoord is {found or 'zonder soort'} in plaats van JSON")


def _reason(error: Exception) -> str:
    """A short Dutch reason; the library's own text may hold a signed address."""
    if isinstance(error, httpx.TimeoutException):
        return "de bron antwoordt niet op tijd"
    if isinstance(error, httpx.ConnectError):
        return "de bron is niet bereikbaar"
    if isinstance(error, TruncatedError):
        return "het bestand is niet volledig binnengekomen"
    return "de verbinding is verbroken"
