"""CBS StatLine: OData v4 from the network, OData v3 documents and StatLine exports from disk.

All three come out as the same long rows (table, year, measure, area, value). An observation that
CBS holds back has no value or no row at all; neither is zero.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from ingestion import archive
from ingestion.cards import Card, Edition, Fetched, HeaderDriftError
from ingestion.fetch import Http, SourceUnavailableError, get_json
from ingestion.load import Rows

OBSERVATION_COLUMNS = (
    "tabel", "jaar", "id", "measure", "value_attribute", "value", "string_value",
    "wijken_en_buurten",
)  # fmt: skip
MEASURE_COLUMNS = (
    "tabel", "jaar", "identifier", "title", "unit", "decimals", "measure_group_id",
)  # fmt: skip
AREA_COLUMNS = (
    "tabel", "jaar", "identifier", "title", "dimension_group_id", "detail_region_code",
)  # fmt: skip
_MAX_PAGES = 10_000
_OBSERVED = ("Id", "Measure", "ValueAttribute", "Value")

Row = tuple[str | None, ...]


def area_pattern(municipality_code: str) -> re.Pattern[str]:
    """Codes of a municipality, its wijken and buurten. `GM0917` must not find BU07850917."""
    digits = municipality_code.removeprefix("GM")
    return re.compile(rf"^(GM{digits}|WK{digits}[0-9A-Z]{{2}}|BU{digits}[0-9A-Z]{{4}})$")


def fetch(
    card: Card,
    edition: Edition,
    base_url: str,
    municipality_code: str,
    http: Http,
    root: Path,
    known_version: str | None,
) -> Fetched | None:
    """Archive one edition as a canonical document; None when CBS says nothing changed.

    Raises SourceError when CBS can't be read, HeaderDriftError when a required measure is gone.
    """
    url = f"{base_url}/{edition.part}"
    properties = get_json(http, f"{url}/Properties")
    if not isinstance(properties, dict) or "Identifier" not in properties:
        raise SourceUnavailableError(f"{url}/Properties: dit is geen beschrijving van een tabel.")
    version = _version(card, properties, municipality_code)
    if version == known_version:
        return None
    dimension = card.dimension or ""
    digits = municipality_code.removeprefix("GM")
    pattern = area_pattern(municipality_code)
    wanted = _wanted(card)
    measures = [m for m in _pages(http, f"{url}/MeasureCodes") if m.get("Identifier") in wanted]
    _require(card, edition, measures)
    areas = [
        area
        for area in _pages(
            http, f"{url}/{dimension}Codes", {"$filter": f"contains(Identifier,'{digits}')"}
        )
        if pattern.match(str(area.get("Identifier", "")).strip())
    ]
    ids = ",".join(f"'{m['Identifier']}'" for m in measures)
    _check_total(http, f"{url}/Observations", properties)
    asked = {"$filter": f"contains({dimension},'{digits}') and Measure in ({ids})"}
    observations = []
    for observation in _pages(http, f"{url}/Observations", asked):
        if missing := {*_OBSERVED, dimension} - set(observation):
            raise HeaderDriftError(f"{card.name} {edition.part}: missing {sorted(missing)}")
        if pattern.match(str(observation[dimension]).strip()):
            observations.append(observation)
    document = _canonical(
        {
            "Properties": [properties],
            "MeasureCodes": measures,
            f"{dimension}Codes": areas,
            "Observations": observations,
        }
    )
    stored = archive.store(root, [document])
    modified = str(properties.get("ObservationsModified") or properties.get("Modified") or "")
    return Fetched(
        part=edition.part,
        file_name=f"{edition.part}.ndjson",
        url=url,
        sha256=stored.sha256,
        size=stored.bytes,
        path=stored.path,
        publisher_version=version,
        published_on=date.fromisoformat(modified[:10]) if modified else None,
    )


def tables(card: Card, edition: Edition, path: Path) -> dict[str, Rows]:
    """The raw rows of an archived edition."""
    resources: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            entry = json.loads(line)
            resources.setdefault(entry["resource"], []).append((number, entry["row"]))
    head = (edition.part, _text(edition.year))
    dimension = card.dimension or ""
    return {
        f"{card.name}_waarneming": Rows(
            OBSERVATION_COLUMNS,
            [
                (
                    number,
                    (
                        *head,
                        _text(o.get("Id")),
                        _text(o.get("Measure")),
                        _text(o.get("ValueAttribute")),
                        _text(o.get("Value")),
                        _text(o.get("StringValue")),
                        _text(o.get(dimension)),
                    ),
                )
                for number, o in resources.get("Observations", [])
            ],
        ),
        f"{card.name}_maat": Rows(
            MEASURE_COLUMNS,
            [
                (
                    number,
                    (
                        *head,
                        _text(m.get("Identifier")),
                        _text(m.get("Title")),
                        _text(m.get("Unit")),
                        _text(m.get("Decimals")),
                        _text(m.get("MeasureGroupId")),
                    ),
                )
                for number, m in resources.get("MeasureCodes", [])
            ],
        ),
        f"{card.name}_gebied": Rows(
            AREA_COLUMNS,
            [
                (
                    number,
                    (
                        *head,
                        _text(a.get("Identifier")),
                        _text(a.get("Title")),
                        _text(a.get("DimensionGroupId")),
                        _text(a.get("DetailRegionCode")),
                    ),
                )
                for number, a in resources.get(f"{dimension}Codes", [])
            ],
        ),
    }


def tables_from_v3(
    card: Card,
    edition: Edition,
    municipality_code: str,
    rows: Iterable[Mapping[str, Any]],
    properties: Sequence[Mapping[str, Any]],
    areas: Iterable[Mapping[str, Any]] = (),
) -> dict[str, Rows]:
    """Long rows of an OData v3 edition (TypedDataSet, DataProperties, the dimension's own list).

    v3 names a column differently each year (`Woningvoorraad_34`, `_35`), so columns are found by
    their title and unit in DataProperties.
    """
    keys = {}
    for measure_id, measure in card.measures.items():
        found = [
            str(p["Key"])
            for p in properties
            if p.get("Type") == "Topic"
            and str(p.get("Title", "")).strip() == measure.title
            and _same_unit(str(p.get("Unit", "")), measure.unit)
        ]
        if len(found) > 1 or (measure.required and not found):
            raise HeaderDriftError(
                f"{card.name} {edition.part}: {len(found)} columns titled {measure.title!r}"
            )
        if found:
            keys[measure_id] = found[0]
    pattern = area_pattern(municipality_code)
    dimension = card.dimension or ""
    values = [
        (str(row[dimension]).strip(), measure_id, row.get(key))
        for row in rows
        if pattern.match(str(row[dimension]).strip())
        for measure_id, key in keys.items()
    ]
    described = [(str(a["Key"]).strip(), str(a.get("Title", "")).strip()) for a in areas]
    return _long(card, edition, values, [a for a in described if pattern.match(a[0])])


def tables_from_statline(
    card: Card, edition: Edition, content: bytes, areas: Sequence[tuple[str, str]]
) -> dict[str, Rows]:
    """Long rows of a StatLine export, which has names instead of codes and a footer.

    `areas` are `(code, title)` of the municipality in CBS order. Names of wijk and buurt collide,
    and an export may number a wijk wrongly, so each buurt is looked up within the wijk above it,
    and a wijk by its name without the number. Raises HeaderDriftError for a name that fits nothing.
    """
    reader = csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";")
    header = [name.strip().strip("\ufeff") for name in next(reader)]
    places = {
        measure_id: header.index(measure.statline)
        for measure_id, measure in card.measures.items()
        if measure.statline in header
    }
    missing = [m.statline for i, m in card.measures.items() if m.required and i not in places]
    if missing:
        raise HeaderDriftError(f"{card.name} {edition.part}: missing {missing}")
    wijken = {_bare(title): code for code, title in areas if code.startswith("WK")}
    values: list[tuple[str, str, object]] = []
    wijk = ""
    for number, cells in enumerate(reader, start=2):
        name = cells[0].strip() if cells else ""
        if not name or name.startswith("Bron:"):
            continue
        if number == 2:
            code = next((c for c, title in areas if c.startswith("GM") and title == name), "")
        elif re.match(r"Wijk \d+ ", name):
            code = wijk = wijken.get(_bare(name), "")
        else:
            inside = "BU" + wijk.removeprefix("WK")
            code = next((c for c, title in areas if c.startswith(inside) and title == name), "")
        if not code:
            raise HeaderDriftError(f"{edition.part}: row {number}: unknown area {name!r}")
        values += [(code, measure_id, cells[place]) for measure_id, place in places.items()]
    return _long(card, edition, values, areas)


def _long(
    card: Card,
    edition: Edition,
    values: Iterable[tuple[str, str, object]],
    areas: Iterable[tuple[str, str]],
) -> dict[str, Rows]:
    head = (edition.part, _text(edition.year))
    kept = [
        (*head, str(number), measure_id, "None", _text(value), None, code)
        for number, (code, measure_id, value) in enumerate(values)
        if value is not None and str(value).strip() not in card.missing_values
    ]
    return {
        f"{card.name}_waarneming": Rows(OBSERVATION_COLUMNS, list(enumerate(kept, start=1))),
        f"{card.name}_maat": Rows(
            MEASURE_COLUMNS,
            [
                (number, (*head, measure_id, measure.title, measure.unit, None, None))
                for number, (measure_id, measure) in enumerate(card.measures.items(), start=1)
            ],
        ),
        f"{card.name}_gebied": Rows(
            AREA_COLUMNS,
            [
                (number, (*head, code, title, None, None))
                for number, (code, title) in enumerate(areas, start=1)
            ],
        ),
    }


def _pages(
    http: Http, url: str, params: Mapping[str, str] | None = None
) -> Iterator[dict[str, Any]]:
    """All rows of a resource, page by page; raises SourceError when pages don't add up."""
    wanted: Mapping[str, str] | None = {**(params or {}), "$count": "true"}
    next_url: str | None = url
    seen_urls: set[str] = set()
    seen_ids: set[object] = set()
    announced: int | None = None
    count = 0
    while next_url:
        if next_url in seen_urls or len(seen_urls) >= _MAX_PAGES:
            raise SourceUnavailableError(f"{url}: de bladzijden herhalen zich.")
        seen_urls.add(next_url)
        page = get_json(http, next_url, params=wanted)
        if not isinstance(page, dict) or not isinstance(page.get("value"), list):
            raise SourceUnavailableError(f"{url}: het antwoord is geen OData.")
        announced = page.get("@odata.count", announced)
        for row in page["value"]:
            identity = row.get("Id", row.get("Identifier"))
            if identity is not None:
                if identity in seen_ids:
                    raise SourceUnavailableError(f"{url}: rij {identity} komt twee keer voor.")
                seen_ids.add(identity)
            count += 1
            yield row
        # the next link carries the filter already
        next_url, wanted = page.get("@odata.nextLink"), None
    if announced is not None and count != announced:
        raise SourceUnavailableError(f"{url}: {count} rijen ontvangen, {announced} aangekondigd.")


def _check_total(http: Http, url: str, properties: Mapping[str, Any]) -> None:
    """The table must hold as many observations as its description says, or it is being filled."""
    described = properties.get("ObservationCount")
    page = get_json(http, url, params={"$count": "true", "$top": "0"})
    counted = page.get("@odata.count") if isinstance(page, dict) else None
    if described is not None and counted is not None and counted != described:
        raise SourceUnavailableError(
            f"{url}: de tabel telt {counted} waarnemingen, haar beschrijving noemt er {described}."
        )


def _version(card: Card, properties: Mapping[str, Any], municipality_code: str) -> str:
    """What identifies an edition as we would load it: CBS's own stamps and what we ask of it."""
    asked = hashlib.sha256(f"{sorted(_wanted(card))} {municipality_code}".encode()).hexdigest()[:8]
    stamps = (
        _text(properties.get(k)) or "-" for k in ("Version", "ObservationsModified", "Modified")
    )
    return " ".join((*stamps, asked))


def _wanted(card: Card) -> set[str]:
    return {i for own, m in card.measures.items() for i in (own, *m.aliases)}


def _require(card: Card, edition: Edition, measures: Sequence[Mapping[str, Any]]) -> None:
    given = {m["Identifier"] for m in measures}
    missing = [
        f"{own} ({m.title})"
        for own, m in card.measures.items()
        if m.required and not given & {own, *m.aliases}
    ]
    if missing:
        raise HeaderDriftError(f"{card.name} {edition.part}: missing {missing}")


def _canonical(resources: Mapping[str, Sequence[Mapping[str, Any]]]) -> bytes:
    """One line a row, keys sorted: the same content is the same bytes, however it was paged."""
    lines = [
        json.dumps({"resource": name, "row": row}, ensure_ascii=False, sort_keys=True)
        for name, rows in resources.items()
        for row in rows
    ]
    return ("\n".join(lines) + "\n").encode()


def _same_unit(given: str, wanted: str) -> bool:
    return given.replace(" ", "").lower() == wanted.replace(" ", "").lower()


def _bare(title: str) -> str:
    return re.sub(r"^Wijk \d+ ", "", title.strip())


def _text(value: object) -> str | None:
    """Text without padding; a whole float as CBS writes it (45834.0) stays as delivered."""
    return None if value is None else str(value).strip()
