"""Source cards: who publishes what, where, how often, and what a plausible file looks like.

A card is `ingestion/sources/<publisher>/<name>.yml`. A misspelt key is refused by name.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ingestion.municipality import Municipality

SOURCES = Path(__file__).parent / "sources"
# what all sources of a format have in common, so that a card says only what is its own
FORMATS = Path(__file__).parent / "formats"
_SHARED = {"cbs_odata4": "cbs.yml", "cbs_odata3": "cbs.yml"}


class CardError(ValueError):
    """A card with a mistake in it; the message names the card and the key."""


class HeaderDriftError(ValueError):
    """A publisher's header no longer fits its card; the message names the columns."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Edition(_Strict):
    """One separately published part: a year's table, or the only file there is.

    A part that its publisher has closed is asked for every so many days instead of every night.
    `verified` is false where the part's name was never seen in the publisher's own words.
    """

    part: str
    year: int | None = None
    ask_every_days: int = 0
    verified: bool = True


class Column(_Strict):
    """A column we read by name. `name` is the present heading, `aliases` are earlier ones."""

    name: str
    aliases: tuple[str, ...] = ()
    required: bool = False


class Keep(_Strict):
    """Of a national file only the rows of our municipality are loaded.

    The column holds its code (`0917`, or `917` where the zero got lost), with a prefix the code of
    an area in it (`BU` and `BU09171000`), or a postcode in its area.
    """

    column: str
    municipality: bool = False
    postcodes: bool = False
    prefix: Literal["", "BU", "WK", "GM"] = ""

    @model_validator(mode="after")
    def _one_of_both(self) -> Keep:
        if self.municipality == self.postcodes:
            raise ValueError("say `municipality: true` or `postcodes: true`")
        return self

    def starts(self, municipality: Municipality) -> tuple[str, ...]:
        """What the cells that we want begin with; nothing when all rows are wanted."""
        digits = municipality.code.removeprefix("GM")
        if self.postcodes:
            return municipality.postcodes
        return (f"{self.prefix}{digits}",) if self.prefix else (digits, digits.lstrip("0"))

    def matches(self, cell: str, municipality: Municipality) -> bool:
        """Whether a cell is ours. BU07850917 is a buurt of Goirle."""
        if self.prefix or self.postcodes:
            return cell.startswith(self.starts(municipality))
        digits = municipality.code.removeprefix("GM")
        return cell.zfill(len(digits)) == digits


class Lookup(_Strict):
    """How many homes are asked for one by one in a night, and when one is asked for again."""

    per_night: int = Field(gt=0)
    ask_again_days: int = Field(gt=0)


class Measure(_Strict):
    """A CBS subject. It is found by one of its stable ids, else by title and group.

    `units` are all it is known to come in; `statline` is its heading in a StatLine export.
    """

    ids: tuple[str, ...] = ()
    titles: tuple[str, ...] = Field(min_length=1)
    units: tuple[str, ...] = Field(min_length=1)
    group: str | None = None
    statline: str | None = None
    required: bool = False


class Periods(_Strict):
    """Which periods of a CBS table are read: years, half-years, quarters, months, school years."""

    kinds: tuple[Literal["JJ", "HJ", "KW", "MM", "SJ"], ...] = ("JJ",)
    since: int = 2000


class Collection(_Strict):
    """An OGC collection and the properties that hold code and name."""

    kind: Literal["gemeente", "wijk", "buurt"]
    code: str
    name: str


class RowCount(_Strict):
    min: int
    max: int


class Table(_Strict):
    """A raw table and the row count of one landing that is plausible.

    A table without columns of its own has those that the card reads by name.
    `shrink_percent` is how much smaller than the version in use a new one may be.
    """

    columns: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    rows: RowCount
    shrink_percent: float = 20


class RowRule(_Strict):
    """What must hold for a column: filled, of a pattern, from a list, or a known area's code.

    Empty passes all but the first. `known_area` is the prefix that CBS writes before the code.
    """

    table: str
    column: str
    severity: Literal["blocks", "warns"]
    message: str
    present: bool = False
    pattern: str | None = None
    known_area: str | None = None
    codes: tuple[str, ...] = ()

    @property
    def rule_id(self) -> str:
        kind = "verplicht" if self.present else "code" if self.codes else "vorm"
        if self.known_area is not None:
            kind = "gebied"
        return f"{self.table}-{self.column}-{kind}"


class Card(_Strict):
    """A publisher's source. Texts are Dutch: officers read them.

    `path` may name the edition as `{part}`. `border` is where the municipality's border is, for
    what is asked by place. `max_mb` is the most that one answer may have, `max_unpacked_mb` the
    most that may be in it.
    In the file `columns_of` names another card whose columns are added to its own.
    """

    name: str
    title: str
    publisher: str
    licence: str
    description: str
    address: str
    key: str | None = None
    path: str = ""
    border: str | None = None
    cadence_days: int = Field(gt=0)
    max_mb: int = Field(default=100, gt=0)
    max_unpacked_mb: int = Field(default=1000, gt=0)
    format: Literal[
        "cbs_odata3",
        "cbs_odata4",
        "csv_zip",
        "ep_online",
        "ep_online_lookup",
        "ep_online_mutations",
        "pdok_bag",
        "pdok_ogc",
    ]
    member: str = "*"
    # none where the parts follow from the day: a mutation file, a night's look-ups
    editions: tuple[Edition, ...] = ()
    # the source whose files these add to
    follows: str | None = None
    lookup: Lookup | None = None
    measures: dict[str, Measure] = {}
    levels: tuple[Literal["GM", "WK", "BU"], ...] = ("GM", "WK", "BU")
    periods: Periods = Periods()
    # per further dimension of a CBS table: our name of each code that is read
    split: dict[str, dict[str, tuple[str, ...]]] = {}
    collections: dict[str, Collection] = {}
    columns: dict[str, Column] = {}
    ignored_columns: tuple[str, ...] = ()
    other_columns: Literal["refused", "ignored"] = "refused"
    separators: tuple[str, ...] = (";",)
    keep: Keep | None = None
    missing_values: tuple[str, ...] = ("",)
    tolerated_percent: float = 2
    tables: dict[str, Table]
    rules: tuple[RowRule, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _a_card_stands_on_its_format(cls, content: dict[str, Any]) -> dict[str, Any]:
        shared = _SHARED.get(content.get("format", ""))
        if shared is None:
            return content
        common = yaml.safe_load((FORMATS / shared).read_text("utf-8"))
        own = content.get("tables", {})
        tables = {name: {**table, **own.get(name, {})} for name, table in common["tables"].items()}
        rules = [*common["rules"], *content.get("rules", [])]
        return {
            **common,
            **content,
            "tables": tables | {n: own[n] for n in own if n not in tables},
            "rules": rules,
        }

    @model_validator(mode="before")
    @classmethod
    def _a_table_has_the_columns_that_are_read(cls, content: dict[str, Any]) -> dict[str, Any]:
        if not content.get("columns"):
            return content
        tables = {
            name: {"columns": list(content["columns"]), **table}
            for name, table in content["tables"].items()
        }
        return {**content, "tables": tables}

    @model_validator(mode="after")
    def _names_agree(self) -> Card:
        for rule in self.rules:
            table = self.tables.get(rule.table)
            if table is None or rule.column not in table.columns:
                raise ValueError(f"rule on unknown column {rule.table}.{rule.column}")
        if self.columns:
            (table,) = self.tables.values()
            if set(table.columns) != set(self.columns):
                odd = sorted(set(table.columns) ^ set(self.columns))
                raise ValueError(f"columns and the table's columns differ: {odd}")
        return self

    def path_of(self, edition: Edition) -> str:
        """The path of one edition at the publisher."""
        return self.path.replace("{part}", edition.part)

    @property
    def main_table(self) -> str:
        """The table whose rows are counted as the landing's rows."""
        return next(iter(self.tables))

    def map_header(self, header: Iterable[str]) -> list[str]:
        """Our column name for each heading; raises HeaderDriftError with every name that is off.

        A heading of `ignored_columns` maps to an empty name.
        """
        names = [name.strip() for name in header]
        ours = {h: own for own, c in self.columns.items() for h in (c.name, *c.aliases)}
        ours |= dict.fromkeys(self.ignored_columns, "")
        other = "" if self.other_columns == "ignored" else None
        mapped = [ours.get(name, other) for name in names]
        found = {name for name in mapped if name}
        missing = [c.name for own, c in self.columns.items() if c.required and own not in found]
        unknown = [name for name, own in zip(names, mapped, strict=True) if own is None]
        double = sorted({own for own in mapped if own and mapped.count(own) > 1})
        if missing or unknown or double:
            parts = []
            if missing:
                parts.append(f"missing {missing}")
            if unknown:
                parts.append(f"not yet mapped {unknown}")
            if double:
                parts.append(f"given twice {double}")
            raise HeaderDriftError(f"{self.name}: {', '.join(parts)}")
        return [own or "" for own in mapped]

    def is_member(self, name: str) -> bool:
        """Whether a file in the publisher's zip is the one the card is about."""
        return fnmatch.fnmatch(name.rsplit("/", 1)[-1], self.member)


class Fetched(BaseModel):
    """What a publisher gave for one part, before it is loaded. `remark` is Dutch."""

    model_config = ConfigDict(frozen=True)

    part: str
    file_name: str
    url: str
    sha256: str
    size: int
    path: Path
    publisher_version: str
    published_on: date | None = None
    remark: str = ""


def load_card(name: str, folder: Path | None = None) -> Card:
    """The card of a source; raises CardError with the name of what is wrong in it."""
    return _load_card(name, folder or SOURCES)


@cache
def _load_card(name: str, folder: Path) -> Card:
    path = next(folder.glob(f"*/{name}.yml"), None)
    if path is None:
        known = ", ".join(source_names(folder))
        raise CardError(f"no source {name!r}; known: {known}")
    content = yaml.safe_load(path.read_text("utf-8"))
    if other := content.pop("columns_of", None):
        content["columns"] = {**content.get("columns", {}), **_columns(other, folder)}
    try:
        return Card.model_validate({"name": name, **content})
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(step) for step in fault['loc']) or 'card'}: {fault['msg']}"
            for fault in error.errors()
        )
        raise CardError(f"{path.parent.name}/{path.name}: {faults}") from error


def _columns(name: str, folder: Path) -> dict[str, Any]:
    """The columns of another card, for a source that gives the same record in another way."""
    card = load_card(name, folder)
    return {own: column.model_dump() for own, column in card.columns.items()}


def source_names(folder: Path | None = None, *, publisher: str = "*") -> list[str]:
    """Names of all cards, or of those in one publisher's folder."""
    return sorted(path.stem for path in (folder or SOURCES).glob(f"{publisher}/*.yml"))


def publishers(folder: Path | None = None) -> list[str]:
    """Publishers that have a card; each is asked by one task of the night."""
    return sorted({path.parent.name for path in (folder or SOURCES).glob("*/*.yml")})
