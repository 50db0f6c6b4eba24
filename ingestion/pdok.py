"""Area borders from PDOK's OGC API: all features of a municipality, in one canonical document."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ingestion import archive
from ingestion.cards import Card, Collection, Edition, Fetched, HeaderDriftError
from ingestion.fetch import Http, SourceUnavailableError, get_json
from ingestion.load import Rows

_PAGE = 1000


def fetch(
    card: Card,
    edition: Edition,
    base_url: str,
    municipality_code: str,
    http: Http,
    root: Path,
    known_version: str | None,
) -> Fetched | None:
    """Archive the areas; None when the same bytes are in use. Raises SourceError."""
    url = f"{base_url}{card.path}"
    lines = []
    for name, collection in card.collections.items():
        features = sorted(
            _features(http, f"{url}/{name}/items", municipality_code, collection),
            key=lambda feature: str(feature["properties"].get(collection.code)),
        )
        lines += [
            json.dumps({"collection": name, "row": f}, ensure_ascii=False, sort_keys=True)
            for f in features
        ]
    stored = archive.store(root, [("\n".join(lines) + "\n").encode()])
    if stored.sha256 == known_version:
        return None
    return Fetched(
        part=edition.part,
        file_name=f"gebieden-{edition.part}.ndjson",
        url=url,
        sha256=stored.sha256,
        size=stored.bytes,
        path=stored.path,
        publisher_version=stored.sha256,
    )


def tables(card: Card, edition: Edition, path: Path) -> dict[str, Rows]:
    """The raw rows of archived areas; the geometry as GeoJSON text."""
    with path.open(encoding="utf-8") as file:
        entries = [json.loads(line) for line in file]
    return tables_from_features(
        card, edition, ((card.collections[e["collection"]], e["row"]) for e in entries)
    )


def tables_from_features(
    card: Card, edition: Edition, features: Iterable[tuple[Collection, Mapping[str, Any]]]
) -> dict[str, Rows]:
    """The raw rows of GeoJSON features, each with the collection that says where its code is."""
    (table,) = card.tables
    rows = []
    for number, (collection, feature) in enumerate(features, start=1):
        properties, geometry = feature["properties"], feature.get("geometry")
        rows.append(
            (
                number,
                (
                    collection.kind,
                    _text(properties.get(collection.code), card),
                    _text(properties.get(collection.name), card),
                    _text(properties.get("wijkcode"), card),
                    _text(properties.get("gemeentecode"), card),
                    str(edition.year),
                    json.dumps(geometry) if geometry else None,
                ),
            )
        )
    return {table: Rows(card.tables[table].columns, rows)}


def _features(
    http: Http, url: str, municipality_code: str, collection: Collection
) -> Iterator[dict[str, Any]]:
    codes: set[str] = set()
    params: dict[str, str] | None = {
        "gemeentecode": municipality_code,
        "f": "json",
        "limit": str(_PAGE),
    }
    next_url: str | None = url
    seen: set[str] = set()
    matched: int | None = None
    count = 0
    while next_url:
        if next_url in seen:
            raise SourceUnavailableError(f"{url}: de bladzijden herhalen zich.")
        seen.add(next_url)
        page = get_json(http, next_url, params=params)
        if not isinstance(page, dict) or not isinstance(page.get("features"), list):
            raise SourceUnavailableError(f"{url}: het antwoord is geen GeoJSON.")
        matched = page.get("numberMatched", matched)
        returned = page.get("numberReturned", len(page["features"]))
        if returned != len(page["features"]):
            raise SourceUnavailableError(
                f"{url}: {len(page['features'])} gebieden ontvangen, {returned} aangekondigd."
            )
        count += returned
        for feature in page["features"]:
            if missing := {collection.code, collection.name} - set(feature["properties"]):
                raise HeaderDriftError(f"{collection.kind}: missing {sorted(missing)}")
            code = feature["properties"][collection.code]
            if code in codes:
                raise SourceUnavailableError(f"{url}: gebied {code} komt twee keer voor.")
            codes.add(code)
            yield feature
        links = page.get("links") or []
        next_url = next((link["href"] for link in links if link.get("rel") == "next"), None)
        params = None
    if matched is not None and count != matched:
        raise SourceUnavailableError(f"{url}: {count} gebieden ontvangen, {matched} aangekondigd.")
    if not count:
        raise SourceUnavailableError(f"{url}: geen gebieden voor {municipality_code}.")


def _text(value: object, card: Card) -> str | None:
    text = "" if value is None else str(value).strip()
    return None if text in card.missing_values else text
