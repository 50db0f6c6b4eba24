"""CBS over the network: OData v4, and v3 for the tables that only v3 has.

A table is described by one small request, which says whether there is anything to download. What
is downloaded is archived as one canonical document: the publisher's rows, one a line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ingestion import archive
from ingestion.cards import Card, Edition, Fetched, HeaderDriftError
from ingestion.cbs import described
from ingestion.cbs.asked import (
    area_prefixes,
    asked,
    asked_codes,
    asked_mark,
    check_dimensions,
    chosen_topics,
)
from ingestion.cbs.described import Code, Dimension, Row, text
from ingestion.fetch import Http, SourceUnavailableError, get_json

_MAX_PAGES = 10_000
_OBSERVED = ("Id", "Measure", "ValueAttribute", "Value")
_STAMPS = ("Version", "ObservationsModified", "Modified", "MetaDataModified")


@dataclass(frozen=True)
class Description:
    """A table's own words about itself (v4 Properties, v3 TableInfos), and its address."""

    url: str
    info: Row

    def version(self, card: Card, municipality_code: str) -> str:
        """What identifies the table as we would load it: CBS's stamps and what we ask of it."""
        stamps = [text(self.info[name]) or "-" for name in _STAMPS if name in self.info]
        return " ".join((*stamps, asked_mark(card, municipality_code)))

    @property
    def modified(self) -> str:
        return str(self.info.get("ObservationsModified") or self.info.get("Modified") or "")


def describe(card: Card, edition: Edition, base_url: str, http: Http) -> Description:
    """Ask a table what it is, in one request; raises SourceError."""
    if card.format == "cbs_odata4":
        url = f"{base_url}/{edition.part}"
        info = get_json(http, f"{url}/Properties")
    else:
        url = f"{base_url}/ODataApi/odata/{edition.part}"
        page = get_json(http, f"{url}/TableInfos", params={"$format": "json"})
        infos = page.get("value") if isinstance(page, dict) else None
        info = infos[0] if infos else None
    if not isinstance(info, dict) or "Identifier" not in info:
        raise SourceUnavailableError(f"{url}: dit is geen beschrijving van een tabel.")
    return Description(url, info)


def fetch(
    card: Card,
    edition: Edition,
    description: Description,
    municipality_code: str,
    http: Http,
    root: Path,
    known_version: str | None,
) -> Fetched | None:
    """Archive one table as a canonical document; None when CBS says nothing changed.

    Raises SourceError when CBS can't be read, HeaderDriftError when what we ask is gone.
    """
    version = description.version(card, municipality_code)
    if version == known_version:
        return None
    read = _v4 if card.format == "cbs_odata4" else _v3
    resources = read(card, edition, description, municipality_code, http)
    document = _canonical({"Asked": [asked(card, municipality_code)], **resources})
    stored = archive.store(root, [document])
    return Fetched(
        part=edition.part,
        file_name=f"{edition.part}.ndjson",
        url=description.url,
        sha256=stored.sha256,
        size=stored.bytes,
        path=stored.path,
        publisher_version=version,
        published_on=date.fromisoformat(description.modified[:10])
        if description.modified
        else None,
    )


def _v4(
    card: Card, edition: Edition, description: Description, municipality_code: str, http: Http
) -> dict[str, Sequence[Row]]:
    url = description.url
    resources: dict[str, Sequence[Row]] = {"Properties": [description.info]}
    for name in ("Dimensions", "MeasureCodes", "MeasureGroups"):
        resources[name] = list(_pages(http, f"{url}/{name}", {"$count": "true"}))
    dimensions = described.dimensions_v4(resources["Dimensions"])
    check_dimensions(card, edition, dimensions)
    topics = described.topics_v4(resources["MeasureCodes"], resources["MeasureGroups"])
    keys = {topic.key for topic in chosen_topics(card, edition, topics).values()}
    # the measures that are not read may be many, and say nothing about what is
    resources["MeasureCodes"] = [
        measure
        for measure in resources["MeasureCodes"]
        if str(measure["Identifier"]).strip() in keys
    ]
    codes: dict[Dimension, list[Code]] = {}
    for dimension in dimensions:
        asked_rows, codes[dimension] = _codes(
            card,
            edition,
            dimension,
            _pages(
                http,
                f"{url}/{dimension.name}Codes",
                {
                    "$count": "true",
                    **_area_filter(card, dimension, "Identifier", municipality_code),
                },
            ),
            municipality_code,
        )
        resources[f"{dimension.name}Codes"] = asked_rows
    _check_total(http, f"{url}/Observations", description.info)
    quoted = ",".join(f"'{m['Identifier']}'" for m in resources["MeasureCodes"])
    tests = [f"Measure in ({quoted})"]
    for dimension in dimensions:
        if dimension.kind == "uitsplitsing":
            listed = ",".join(f"'{code.key}'" for code in codes[dimension])
            tests.append(f"{dimension.name} in ({listed})")
    filtered = _observation_filter(card, dimensions, codes, municipality_code, tests)
    observations = []
    wanted = {*_OBSERVED, *(dimension.name for dimension in dimensions)}
    for row in _pages(http, f"{url}/Observations", {"$filter": filtered, "$count": "true"}):
        if missing := wanted - set(row):
            raise HeaderDriftError(f"{card.name} {edition.part}: missing {sorted(missing)}")
        observations.append(row)
    return {**resources, "Observations": observations}


def _v3(
    card: Card, edition: Edition, description: Description, municipality_code: str, http: Http
) -> dict[str, Sequence[Row]]:
    url = description.url
    json_ = {"$format": "json"}
    properties = list(_pages(http, f"{url}/DataProperties", json_))
    resources: dict[str, Sequence[Row]] = {
        "TableInfos": [description.info],
        "DataProperties": properties,
    }
    dimensions = described.dimensions_v3(properties)
    check_dimensions(card, edition, dimensions)
    chosen = chosen_topics(card, edition, described.topics_v3(properties))
    codes: dict[Dimension, list[Code]] = {}
    for dimension in dimensions:
        rows = _pages(
            http,
            f"{url}/{dimension.name}",
            {**json_, **_area_filter(card, dimension, "Key", municipality_code)},
        )
        resources[dimension.name], codes[dimension] = _codes(
            card, edition, dimension, rows, municipality_code
        )
    tests = [
        "(" + " or ".join(f"{d.name} eq '{code.key}'" for code in codes[d]) + ")"
        for d in dimensions
        if d.kind == "uitsplitsing"
    ]
    columns = ["ID", *(d.name for d in dimensions), *(topic.key for topic in chosen.values())]
    feed = f"{url.replace('/ODataApi/', '/ODataFeed/')}/TypedDataSet"
    filtered = _observation_filter(card, dimensions, codes, municipality_code, tests)
    asked_for = {**json_, "$filter": filtered, "$select": ",".join(columns)}
    rows_ = []
    for row in _pages(http, feed, asked_for):
        if missing := set(columns) - set(row):
            raise HeaderDriftError(f"{card.name} {edition.part}: missing {sorted(missing)}")
        rows_.append(row)
    return {**resources, "TypedDataSet": rows_}


def _codes(
    card: Card,
    edition: Edition,
    dimension: Dimension,
    rows: Iterable[Row],
    municipality_code: str,
) -> tuple[list[Row], list[Code]]:
    """The rows of a dimension's list that are asked for, as given and as codes."""
    given = {code.code: (row, code) for row in rows for code in (described.code_of(row),)}
    asked_for = asked_codes(
        card, edition, dimension, [code for _, code in given.values()], municipality_code
    )
    if not asked_for and dimension.kind == "gebied":
        raise SourceUnavailableError(f"{edition.part}: geen gebieden van {municipality_code}.")
    return [given[code.code][0] for code in asked_for], asked_for


def _area_filter(
    card: Card, dimension: Dimension, column: str, municipality_code: str
) -> dict[str, str]:
    if dimension.kind != "gebied":
        return {}
    return {"$filter": _starts(column, area_prefixes(card, municipality_code))}


def _observation_filter(
    card: Card,
    dimensions: Sequence[Dimension],
    codes: Mapping[Dimension, Sequence[Code]],
    municipality_code: str,
    tests: Sequence[str],
) -> str:
    """Areas by prefix, so that padding does not matter; periods by the years that are asked."""
    parts = []
    for dimension in dimensions:
        if dimension.kind == "gebied":
            prefixes = area_prefixes(card, municipality_code)
            parts.append(_starts(dimension.name, prefixes))
        if dimension.kind == "periode":
            years = sorted({code.code[:4] for code in codes[dimension]})
            parts += [_starts(dimension.name, years)] if years else []
    return " and ".join((*parts, *tests))


def _starts(column: str, prefixes: Iterable[str]) -> str:
    return "(" + " or ".join(f"startswith({column},'{prefix}')" for prefix in prefixes) + ")"


def _pages(http: Http, url: str, params: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """All rows of a resource, page by page; raises SourceError when pages don't add up."""
    wanted: Mapping[str, str] | None = params
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
            identity = next((row[k] for k in ("Id", "ID", "Identifier", "Key") if k in row), None)
            if identity is not None:
                if identity in seen_ids:
                    raise SourceUnavailableError(f"{url}: rij {identity} komt twee keer voor.")
                seen_ids.add(identity)
            count += 1
            yield row
        # the next link carries the filter already; v3 writes its name without the sign
        next_url, wanted = page.get("@odata.nextLink") or page.get("odata.nextLink"), None
    if announced is not None and count != announced:
        raise SourceUnavailableError(f"{url}: {count} rijen ontvangen, {announced} aangekondigd.")


def _check_total(http: Http, url: str, properties: Row) -> None:
    """The table must hold as many observations as its description says, or it is being filled."""
    described_ = properties.get("ObservationCount")
    page = get_json(http, url, params={"$count": "true", "$top": "0"})
    counted = page.get("@odata.count") if isinstance(page, dict) else None
    if described_ is not None and counted is not None and counted != described_:
        raise SourceUnavailableError(
            f"{url}: de tabel telt {counted} waarnemingen, haar beschrijving noemt er {described_}."
        )


def _canonical(resources: Mapping[str, Sequence[Row]]) -> bytes:
    """One line a row, keys sorted: the same content is the same bytes, however it was paged."""
    lines = [
        json.dumps({"resource": name, "row": row}, ensure_ascii=False, sort_keys=True)
        for name, rows in resources.items()
        for row in rows
    ]
    return ("\n".join(lines) + "\n").encode()
