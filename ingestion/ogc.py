"""OGC API Features: all features of a collection, page by page, and nothing taken on trust."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ingestion.fetch import Http, SourceUnavailableError, get_json

PAGE = 1000

Feature = dict[str, Any]


def features(http: Http, url: str, params: Mapping[str, str], key: str) -> Iterator[Feature]:
    """The features behind a collection's address; `key` is the property no two may share.

    Raises SourceUnavailableError for pages that repeat or lead back, and for counts that are off.
    """
    asked: Mapping[str, str] | None = {**params, "f": "json", "limit": str(PAGE)}
    next_url: str | None = url
    seen: set[str] = set()
    keys: set[str] = set()
    matched: int | None = None
    count = 0
    while next_url:
        if next_url in seen:
            raise SourceUnavailableError(f"{url}: de bladzijden herhalen zich.")
        seen.add(next_url)
        page = get_json(http, next_url, params=asked)
        if not isinstance(page, dict) or not isinstance(page.get("features"), list):
            raise SourceUnavailableError(f"{url}: het antwoord is geen GeoJSON.")
        found: list[Feature] = page["features"]
        matched = page.get("numberMatched", matched)
        announced = page.get("numberReturned", len(found))
        if announced != len(found):
            raise SourceUnavailableError(
                f"{url}: {len(found)} objecten ontvangen, {announced} aangekondigd."
            )
        count += len(found)
        for feature in found:
            code = str((feature.get("properties") or {}).get(key, feature.get("id")))
            if code in keys:
                raise SourceUnavailableError(f"{url}: {code} komt twee keer voor.")
            keys.add(code)
            yield feature
        links = page.get("links") or []
        next_url = next((link["href"] for link in links if link.get("rel") == "next"), None)
        asked = None
    if matched is not None and count != matched:
        raise SourceUnavailableError(f"{url}: {count} objecten ontvangen, {matched} aangekondigd.")
