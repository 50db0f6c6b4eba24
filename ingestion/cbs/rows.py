"""Raw rows of a CBS table from what its publisher gave: documents of OData v4 or v3."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from ingestion.cards import Card, Edition, HeaderDriftError
from ingestion.cbs import described
from ingestion.cbs.asked import (
    asked_codes,
    check_dimensions,
    chosen_topics,
    is_asked_period,
    named_codes,
    part_name,
)
from ingestion.cbs.described import Code, Dimension, Row, Topic, text
from ingestion.load import Rows

Values = tuple[str | None, ...]
Numbered = list[tuple[int, Values]]
# rows by the name of their resource, each with its line in the archived document
Resources = Mapping[str, Sequence[tuple[int, Row]]]


@dataclass(frozen=True)
class Given:
    """An observation, before it is a raw row: codes without padding."""

    number: int
    id: str | None
    topic: str
    attribute: str | None
    value: str | None
    string: str | None
    codes: Mapping[str, str]


def archived(path: Path) -> Resources:
    """The rows of an archived document."""
    resources: dict[str, list[tuple[int, Row]]] = {}
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            entry = json.loads(line)
            resources.setdefault(entry["resource"], []).append((number, entry["row"]))
    return resources


def tables(
    card: Card, edition: Edition, resources: Resources, municipality_code: str
) -> dict[str, Rows]:
    """The rows of all four raw tables; raises HeaderDriftError by the name of what is missing.

    A row of v4 has the number of its line; one line of v3 is many observations, which are numbered
    as they come and carry the line's own ID.
    """
    version = 4 if "MeasureCodes" in resources else 3
    if version == 4:
        dimensions = described.dimensions_v4(_rows(resources, "Dimensions"))
        topics = described.topics_v4(
            _rows(resources, "MeasureCodes"), _rows(resources, "MeasureGroups")
        )
    else:
        dimensions = described.dimensions_v3(_rows(resources, "DataProperties"))
        topics = described.topics_v3(_rows(resources, "DataProperties"))
    check_dimensions(card, edition, dimensions)
    chosen = chosen_topics(card, edition, topics)
    numbers = count(1 + max((n for rows in resources.values() for n, _ in rows), default=0))
    codes = {
        d: asked_codes(
            card,
            edition,
            d,
            map(described.code_of, _rows(resources, d.name + ("Codes" if version == 4 else ""))),
            municipality_code,
        )
        for d in dimensions
    }
    given = (
        _given_v4(resources, dimensions)
        if version == 4
        else (_given_v3(card, resources, dimensions, chosen, numbers))
    )
    infos = _rows(resources, "Properties" if version == 4 else "TableInfos")
    info: Row = infos[0] if infos else {}
    return raw_tables(card, edition, dimensions, chosen, codes, given, info, numbers)


def raw_tables(
    card: Card,
    edition: Edition,
    dimensions: Sequence[Dimension],
    chosen: Mapping[str, Topic],
    codes: Mapping[Dimension, Sequence[Code]],
    given: Iterable[Given],
    info: Row,
    numbers: Iterator[int],
) -> dict[str, Rows]:
    head = (edition.part, text(edition.year))
    area = next(d.name for d in dimensions if d.kind == "gebied")
    period = next((d.name for d in dimensions if d.kind == "periode"), None)
    splits = {
        d.name: named_codes(card, d, codes[d]) for d in dimensions if d.kind == "uitsplitsing"
    }
    topics = {topic.key for topic in chosen.values()}
    areas = {code.code for d in dimensions if d.kind == "gebied" for code in codes[d]}
    observed: Numbered = []
    for o in given:
        periode = o.codes[period] if period else f"{edition.year}JJ00"
        if o.topic not in topics or o.codes[area] not in areas:
            continue
        if period and not is_asked_period(card, periode):
            continue
        if any(o.codes[name] not in names for name, names in splits.items()):
            continue
        part = part_name((name, names[o.codes[name]]) for name, names in splits.items())
        values = (
            *head,
            o.id,
            o.topic,
            o.attribute,
            o.value,
            o.string,
            o.codes[area],
            periode,
            part,
        )
        observed.append((o.number, values))
    modified = info.get("ObservationsModified") or info.get("Modified")
    status = info.get("Status") or info.get("OutputStatus")
    place = str(1 + [e.part for e in card.editions].index(edition.part))
    made: dict[str, Numbered] = {
        "cbs_waarneming": observed,
        "cbs_maat": [
            (
                next(numbers),
                (*head, t.key, subject, t.title, t.unit, t.decimals, t.group or None),
            )
            for subject, t in chosen.items()
        ],
        "cbs_code": [
            (
                next(numbers),
                (*head, d.name, d.kind, c.code, c.title, c.group, c.status, c.region),
            )
            for d in dimensions
            for c in codes[d]
        ],
        "cbs_tabel": [
            (
                next(numbers),
                (*head, card.name, place, text(info.get("Title")), text(modified), text(status)),
            )
        ],
    }
    return {name: Rows(card.tables[name].columns, rows) for name, rows in made.items()}


def _given_v4(resources: Resources, dimensions: Sequence[Dimension]) -> Iterator[Given]:
    for number, row in resources.get("Observations", ()):
        yield Given(
            number,
            text(row.get("Id")),
            str(row["Measure"]).strip(),
            text(row.get("ValueAttribute")),
            text(row.get("Value")),
            text(row.get("StringValue")),
            {d.name: str(row[d.name]).strip() for d in dimensions},
        )


def _given_v3(
    card: Card,
    resources: Resources,
    dimensions: Sequence[Dimension],
    chosen: Mapping[str, Topic],
    numbers: Iterator[int],
) -> Iterator[Given]:
    """Long rows of wide ones. An empty cell and the point that CBS writes are no observation."""
    for _, row in resources.get("TypedDataSet", ()):
        codes = {d.name: str(row[d.name]).strip() for d in dimensions}
        for topic in chosen.values():
            if topic.key not in row:
                raise HeaderDriftError(f"{card.name}: missing {topic.key!r} in TypedDataSet")
            value = text(row[topic.key])
            if value is not None and value not in card.missing_values and value != "nan":
                id_ = text(row.get("ID"))
                yield Given(next(numbers), id_, topic.key, "None", value, None, codes)


def _rows(resources: Resources, name: str) -> list[Any]:
    return [row for _, row in resources.get(name, ())]
