"""Area borders from PDOK's OGC API: all features of a municipality, in one canonical document."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ingestion import archive
from ingestion.cards import Card, Collection, Edition, Fetched, HeaderDriftError
from ingestion.fetch import Http, SourceUnavailableError
from ingestion.load import Rows
from ingestion.ogc import Feature, features


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
    url = base_url + card.path_of(edition)
    lines = []
    for name, collection in card.collections.items():
        found = areas(http, f"{url}/{name}/items", municipality_code, collection)
        lines += [
            json.dumps({"collection": name, "row": f}, ensure_ascii=False, sort_keys=True)
            for f in sorted(found, key=lambda f: str(f["properties"][collection.code]))
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


def areas(
    http: Http, url: str, municipality_code: str, collection: Collection
) -> Iterator[Feature]:
    """The areas of one kind in a municipality; raises HeaderDriftError without code or name."""
    count = 0
    for feature in features(http, url, {"gemeentecode": municipality_code}, collection.code):
        if missing := {collection.code, collection.name} - set(feature["properties"]):
            raise HeaderDriftError(f"{collection.kind}: missing {sorted(missing)}")
        count += 1
        yield feature
    if not count:
        raise SourceUnavailableError(f"{url}: geen gebieden voor {municipality_code}.")


def tables(card: Card, edition: Edition, path: Path) -> dict[str, Rows]:
    """The raw rows of archived areas; the geometry as GeoJSON text."""
    with path.open(encoding="utf-8") as file:
        entries = [json.loads(line) for line in file]
    return tables_from_features(
        card, edition, ((card.collections[e["collection"]], e["row"]) for e in entries)
    )


def tables_from_features(
    card: Card, edition: Edition, found: Iterable[tuple[Collection, Mapping[str, Any]]]
) -> dict[str, Rows]:
    """The raw rows of GeoJSON features, each with the collection that says where its code is."""
    (table,) = card.tables
    rows = []
    for number, (collection, feature) in enumerate(found, start=1):
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


def _text(value: object, card: Card) -> str | None:
    text = "" if value is None else str(value).strip()
    return None if text in card.missing_values else text
