"""HTTP as publishers really behave: slow, down, truncated, endless, or HTML with status 200.

Addresses are shortened before they reach a message: a signed address is a key.
"""

from __future__ import annotations

import json
import logging
import math
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import stamina

JSON_TYPES = ("application/json", "application/geo+json")
# window bits by which zlib knows gzip and zlib by their own headers
_ANY_HEADER = 47


class SourceError(RuntimeError):
    """A publisher could not be read; what it gave before stays in use. The message is Dutch."""


class SourceUnavailableError(SourceError):
    """Down, slow, or answering nonsense, also after retries."""


class NotFoundError(SourceUnavailableError):
    """The publisher has nothing at this address."""


class BadQuestionError(SourceUnavailableError):
    """The publisher does not take our question (400): it will not take it tomorrow either."""


class KeyRefusedError(SourceError):
    """The publisher does not accept our key: no use in trying again."""


class LinkExpiredError(SourceError):
    """A signed address no longer works; a fresh one has to be asked for."""


class RetryableError(Exception):
    """A failure that may pass. `wait` is what the publisher asked for, in seconds."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


@dataclass(frozen=True)
class Patience:
    """How long we keep trying, in seconds: waits between attempts with the ceiling on one of
    them, how long a publisher may be silent, and how long one source may take in all.
    """

    attempts: int = 4
    first_wait: float = 0.5
    longest_wait: float = 20.0
    timeout: float = 30.0
    total: float = 3600.0


@dataclass(frozen=True)
class Http:
    """A client with its patience, the most bytes one answer may have, and when time is up.

    `ends_at` is on the monotonic clock. Tests pass their own transport to `http_client`.
    """

    client: httpx.Client
    patience: Patience = Patience()
    ceiling: int = 1 << 30
    ends_at: float = math.inf

    def for_source(self, ceiling: int) -> Http:
        """The same client for one source: its time starts to run now."""
        return Http(self.client, self.patience, ceiling, time.monotonic() + self.patience.total)


@contextmanager
def http_client(
    transport: httpx.BaseTransport | None = None,
    patience: Patience | None = None,
    ceiling: int = Http.ceiling,
) -> Iterator[Http]:
    """A client whose time starts to run now."""
    patience = patience or Patience()
    # httpx writes every address to its log, signed ones too
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with httpx.Client(
        transport=transport,
        timeout=httpx.Timeout(patience.timeout, connect=min(10.0, patience.timeout)),
        follow_redirects=True,
        headers={"User-Agent": "afsprakenmonitor", "Accept-Encoding": "gzip"},
    ) as client:
        yield Http(client, patience, ceiling, time.monotonic() + patience.total)


def get_json(
    http: Http,
    url: str,
    *,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Any:
    """The parsed JSON behind an address; raises SourceError after the last attempt."""
    for attempt in attempts(http, url):
        with attempt:
            with answer(http, url, params=params, headers=headers) as response:
                check_status(response, url)
                _check_type(response, JSON_TYPES)
                content = b"".join(blocks(http, response, url))
            if not content.strip():
                raise RetryableError("het antwoord is leeg")
            try:
                return json.loads(content)
            except ValueError as error:
                raise RetryableError("het antwoord is afgebroken JSON") from error
    raise AssertionError("unreachable")


@contextmanager
def answer(
    http: Http,
    url: str,
    *,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Iterator[httpx.Response]:
    """An answer whose body is still to be read; network errors come out as RetryableError."""
    try:
        with http.client.stream("GET", url, params=params, headers=headers) as response:
            yield response
    except httpx.HTTPError as error:
        raise RetryableError(_reason(error)) from error


def blocks(http: Http, response: httpx.Response, url: str, already: int = 0) -> Iterator[bytes]:
    """The body, unpacked, as it comes in: never more than the ceiling, never past the deadline.

    `already` is how many bytes of the same file were received before.
    """
    unpacker = None
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        unpacker = zlib.decompressobj(_ANY_HEADER)
    # a transport of a test hands over a body that was read and unpacked already
    whole = response.is_stream_consumed
    size = already
    for raw in [response.content] if whole else response.iter_raw():
        if time.monotonic() > http.ends_at:
            raise SourceUnavailableError(
                f"{shown(url)}: de bron is te traag; na {_duration(http.patience.total)} is het "
                "ophalen gestopt."
            )
        block = raw
        if unpacker and not whole:
            try:
                block = unpacker.decompress(raw, http.ceiling - size + 1)
            except zlib.error as error:
                raise RetryableError("het antwoord is niet uit te pakken") from error
        size += len(block)
        if size > http.ceiling:
            raise SourceUnavailableError(
                f"{shown(url)}: het antwoord is groter dan de {http.ceiling >> 20} MB die de kaart "
                "toestaat. Klopt die omvang, verhoog dan max_mb op de kaart."
            )
        yield block
    if unpacker and not whole and not unpacker.eof:
        raise RetryableError("het antwoord is niet volledig binnengekomen")


def shown(url: str) -> str:
    """An address without its query and credentials, fit for logs and messages."""
    parts = httpx.URL(url)
    return str(parts.copy_with(query=None, userinfo=b""))


def attempts(http: Http, url: str) -> Iterator[Any]:
    """Attempts with backoff; the last failure comes out as SourceUnavailableError."""
    patience = http.patience
    tried = 0

    def passing(error: Exception) -> bool | float:
        if not isinstance(error, RetryableError) or time.monotonic() > http.ends_at:
            return False
        if error.wait is None:
            return True
        # who asks for more patience than we have, is tried again tomorrow
        return error.wait if error.wait <= patience.longest_wait else False

    try:
        for attempt in stamina.retry_context(
            on=passing,
            attempts=patience.attempts,
            timeout=None,
            wait_initial=patience.first_wait,
            wait_max=patience.longest_wait,
            wait_jitter=patience.first_wait,
        ):
            tried = attempt.num
            yield attempt
    except RetryableError as error:
        times = "1 poging" if tried == 1 else f"{tried} pogingen"
        raise SourceUnavailableError(f"{shown(url)}: {error} ({times}).") from error


def check_status(response: httpx.Response, url: str) -> None:
    code = response.status_code
    if code < 300:
        return
    if code == httpx.codes.UNAUTHORIZED:
        raise KeyRefusedError(
            f"{shown(url)}: de sleutel wordt niet aanvaard (401). Controleer .env."
        )
    if code in (httpx.codes.FORBIDDEN, httpx.codes.GONE):
        raise LinkExpiredError(
            f"{shown(url)}: de bron weigert de toegang ({code}). De koppeling is verlopen of niet "
            "meer openbaar; controleer het adres bij de bron."
        )
    if code == httpx.codes.NOT_FOUND:
        raise NotFoundError(
            f"{shown(url)}: dit bestaat niet bij de bron (404). Is het verplaatst of opgevolgd, "
            "pas dan de kaart aan."
        )
    if code == httpx.codes.BAD_REQUEST:
        raise BadQuestionError(f"{shown(url)}: de bron neemt de vraag niet aan (400).")
    if code == httpx.codes.TOO_MANY_REQUESTS or code >= 500:
        wait = _retry_after(response)
        asked = "" if wait is None else f" en vraagt {_duration(wait)} te wachten"
        raise RetryableError(f"de bron antwoordt met fout {code}{asked}", wait)
    raise SourceUnavailableError(f"{shown(url)}: de bron antwoordt met fout {code}.")


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds that the publisher asks us to wait, or None."""
    value = response.headers.get("retry-after", "").strip()
    if value.isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _check_type(response: httpx.Response, allowed: tuple[str, ...]) -> None:
    found = response.headers.get("content-type", "").split(";")[0].strip().lower()
    if found not in allowed and not found.endswith("+json"):
        raise RetryableError(f"het antwoord is {found or 'zonder soort'} in plaats van JSON")


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} seconden" if seconds < 120 else f"{seconds / 60:.0f} minuten"


def _reason(error: Exception) -> str:
    """A short Dutch reason; the library's own text may hold a signed address."""
    if isinstance(error, httpx.TimeoutException):
        return "de bron antwoordt niet op tijd"
    if isinstance(error, httpx.ConnectError):
        return "de bron is niet bereikbaar"
    if isinstance(error, httpx.TooManyRedirects):
        return "de bron verwijst in een kring door"
    if isinstance(error, httpx.UnsupportedProtocol):
        return "de bron verwijst naar een adres dat geen webadres is"
    return "de verbinding is verbroken"
