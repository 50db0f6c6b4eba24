"""BAG objects of a municipality from PDOK: those whose point lies within its border.

An id's first four digits are the municipality that gave it, which need not be the present one; so
the border decides, never the id. The year of construction is the pand's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ingestion import archive
from ingestion.cards import Card, Collection, Edition, Fetched, HeaderDriftError
from ingestion.fetch import Http, SourceUnavailableError
from ingestion.load import Rows
from ingestion.ogc import PAGE, Feature, features
from ingestion.pdok import areas

_GEMEENTE = Collection(kind="gemeente", code="gemeentecode", name="gemeentenaam")
# properties that a page of homes always has somewhere; the others may be empty all over
_REQUIRED = frozenset(
    {"identificatie", "status", "gebruiksdoel", "oppervlakte", "postcode", "huisnummer"}
)
_BANDS = 512

Point = tuple[float, float]


class Border:
    """The border of an area, to ask whether a point lies within it; holes are outside."""

    def __init__(self, geometry: Mapping[str, Any]) -> None:
        parts = geometry["coordinates"]
        if geometry["type"] == "Polygon":
            parts = [parts]
        rings = [[(float(p[0]), float(p[1])) for p in ring] for part in parts for ring in part]
        xs = [x for ring in rings for x, _ in ring]
        ys = [y for ring in rings for _, y in ring]
        self.west, self.south, self.east, self.north = min(xs), min(ys), max(xs), max(ys)
        # edges by the horizontal band they cross: a point meets those of its own band only
        self._bands: list[list[tuple[Point, Point]]] = [[] for _ in range(_BANDS)]
        for ring in rings:
            for start, end in zip(ring, ring[1:] + ring[:1], strict=True):
                low, high = sorted((start[1], end[1]))
                for band in range(self._band(low), self._band(high) + 1):
                    self._bands[band].append((start, end))

    def __contains__(self, point: Point) -> bool:
        x, y = point
        if not (self.west <= x <= self.east and self.south <= y <= self.north):
            return False
        inside = False
        for (x0, y0), (x1, y1) in self._bands[self._band(y)]:
            if (y0 > y) != (y1 > y) and x < x0 + (x1 - x0) * (y - y0) / (y1 - y0):
                inside = not inside
        return inside

    def _band(self, y: float) -> int:
        height = self.north - self.south or 1.0
        return min(_BANDS - 1, int((y - self.south) / height * _BANDS))


def fetch(
    card: Card,
    edition: Edition,
    base_url: str,
    municipality_code: str,
    http: Http,
    root: Path,
    known_version: str | None,
) -> Fetched | None:
    """Archive the objects, sorted by id; None when the same bytes are in use.

    Raises SourceError, and HeaderDriftError when a property we read is gone.
    """
    url = base_url + card.path_of(edition)
    (place,) = areas(http, base_url + (card.border or ""), municipality_code, _GEMEENTE)
    border = Border(place["geometry"])
    box = {"bbox": f"{border.west},{border.south},{border.east},{border.north}"}
    years = {
        str(pand["id"]): pand["properties"].get("bouwjaar")
        for pand in features(http, f"{url}/pand/items", box, "identificatie")
    }
    lines = sorted(_objects(http, f"{url}/verblijfsobject/items", box, border, years))
    if not lines:
        raise SourceUnavailableError(f"{url}: geen objecten binnen {municipality_code}.")
    stored = archive.store(root, ((line + "\n").encode() for line in lines))
    if stored.sha256 == known_version:
        return None
    return Fetched(
        part=edition.part,
        file_name=f"bag-{municipality_code}.ndjson",
        url=url,
        sha256=stored.sha256,
        size=stored.bytes,
        path=stored.path,
        publisher_version=stored.sha256,
    )


def tables(card: Card, path: Path) -> dict[str, Rows]:
    """The raw rows of archived objects."""
    (table,) = card.tables
    columns = card.tables[table].columns

    def rows() -> Iterator[tuple[int, list[str | None]]]:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                found = json.loads(line)
                yield number, [_text(found.get(column)) for column in columns]

    return {table: Rows(columns, rows())}


def _objects(
    http: Http, url: str, box: Mapping[str, str], border: Border, years: Mapping[str, object]
) -> Iterator[str]:
    """The objects within the border, each as one line of JSON that begins with its id."""
    seen: set[str] = set()
    for number, feature in enumerate(features(http, url, box, "identificatie"), start=1):
        properties = feature["properties"]
        seen |= set(properties)
        if number == PAGE:
            _check_properties(seen)
        point = _point(feature)
        if point is None or point not in border:
            continue
        panden = _panden(properties)
        yield json.dumps(
            {
                "identificatie": properties.get("identificatie"),
                "postcode": properties.get("postcode"),
                "huisnummer": properties.get("huisnummer"),
                "huisletter": properties.get("huisletter"),
                "toevoeging": properties.get("toevoeging"),
                "gebruiksdoel": properties.get("gebruiksdoel"),
                "oppervlakte": properties.get("oppervlakte"),
                "status": properties.get("status"),
                "bouwjaar": next((years[p] for p in panden if years.get(p)), None),
                "lengtegraad": point[0],
                "breedtegraad": point[1],
            },
            ensure_ascii=False,
        )
    if seen:
        _check_properties(seen)


def _check_properties(seen: set[str]) -> None:
    if missing := _REQUIRED - seen:
        raise HeaderDriftError(f"verblijfsobject: missing {sorted(missing)}")


def _point(feature: Feature) -> Point | None:
    geometry = feature.get("geometry")
    if not geometry or geometry.get("type") != "Point":
        return None
    x, y = geometry["coordinates"][:2]
    return float(x), float(y)


def _panden(properties: Mapping[str, Any]) -> list[str]:
    """The feature ids of the panden an object lies in, from the addresses that PDOK gives."""
    links = properties.get("pand.href") or []
    return [str(link).rsplit("/", 1)[-1] for link in ([links] if isinstance(links, str) else links)]


def _text(value: object) -> str | None:
    return None if value is None or value == "" else str(value)
