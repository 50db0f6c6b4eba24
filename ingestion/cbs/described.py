"""What a CBS table says of itself, in one form for OData v3 and v4."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

Kind = Literal["gebied", "periode", "uitsplitsing"]
_KINDS: Final[dict[str, Kind]] = {
    "GeoDetail": "gebied",
    "GeoDimension": "gebied",
    "TimeDimension": "periode",
    "Dimension": "uitsplitsing",
}
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Topic:
    """A measure of a table: `key` is its v4 identifier or its v3 column."""

    key: str
    title: str
    unit: str
    decimals: str | None
    group: str


@dataclass(frozen=True)
class Dimension:
    name: str
    kind: Kind


@dataclass(frozen=True)
class Code:
    """One value of a dimension. `key` keeps the padding that a filter needs."""

    key: str
    title: str
    group: str | None
    status: str | None
    region: str | None

    @property
    def code(self) -> str:
        return self.key.strip()


def topics_v4(measures: Iterable[Row], groups: Iterable[Row]) -> list[Topic]:
    titles = {group["Id"]: text(group.get("Title")) or "" for group in groups}
    return [
        Topic(
            key=str(m["Identifier"]).strip(),
            title=text(m.get("Title")) or "",
            unit=text(m.get("Unit")) or "",
            decimals=text(m.get("Decimals")),
            group=titles.get(m.get("MeasureGroupId"), ""),
        )
        for m in measures
    ]


def topics_v3(properties: Iterable[Row]) -> list[Topic]:
    rows = list(properties)
    titles = {row["ID"]: text(row.get("Title")) or "" for row in rows}
    return [
        Topic(
            key=str(row["Key"]),
            title=text(row.get("Title")) or "",
            unit=text(row.get("Unit")) or "",
            decimals=text(row.get("Decimals")),
            group=titles.get(row.get("ParentID"), ""),
        )
        for row in rows
        if row.get("Type") == "Topic"
    ]


def dimensions_v4(rows: Iterable[Row]) -> list[Dimension]:
    return [Dimension(str(r["Identifier"]), _KINDS[r["Kind"]]) for r in rows if r["Kind"] in _KINDS]


def dimensions_v3(properties: Iterable[Row]) -> list[Dimension]:
    return [
        Dimension(str(row["Key"]), _KINDS[row["Type"]])
        for row in properties
        if row.get("Type") in _KINDS
    ]


def code_of(row: Row) -> Code:
    """A row of `{Dimension}Codes` (v4) or of `{Dimension}` (v3)."""
    return Code(
        key=str(row["Identifier"] if "Identifier" in row else row["Key"]),
        title=text(row.get("Title")) or "",
        group=text(row.get("DimensionGroupId", row.get("CategoryGroupID"))),
        status=text(row.get("Status")),
        region=text(row.get("DetailRegionCode")),
    )


def text(value: object) -> str | None:
    """Text without padding; a whole float as CBS writes it (45834.0) stays as delivered."""
    return None if value is None else str(value).strip()
