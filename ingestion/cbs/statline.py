"""StatLine exports: CSV with names instead of codes, a BOM within the heading and a footer."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import count

from ingestion.cards import Card, Edition, HeaderDriftError
from ingestion.cbs.described import Code, Dimension, Topic, text
from ingestion.cbs.rows import Given, raw_tables
from ingestion.load import Rows

_AREA = Dimension("WijkenEnBuurten", "gebied")


def tables_from_statline(
    card: Card, edition: Edition, content: bytes, areas: Sequence[tuple[str, str]]
) -> dict[str, Rows]:
    """The raw rows of an export.

    `areas` are `(code, title)` of the municipality in CBS order. Names of wijk and buurt collide,
    and an export may number a wijk wrongly, so each buurt is looked up within the wijk above it,
    and a wijk by its name without the number. Raises HeaderDriftError for a name that fits nothing.
    """
    reader = csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";")
    header = [name.strip().strip("\ufeff") for name in next(reader)]
    missing = [
        m.statline for m in card.measures.values() if m.required and m.statline not in header
    ]
    if missing:
        raise HeaderDriftError(f"{card.name} {edition.part}: missing {missing}")
    chosen = {
        subject: Topic(m.statline, m.titles[0], m.units[0], None, "")
        for subject, m in card.measures.items()
        if m.statline in header
    }
    numbers = count(1)
    given = list(_given(card, edition, reader, header, chosen, areas, numbers))
    codes = {_AREA: [Code(code, title, None, None, code) for code, title in areas]}
    return raw_tables(card, edition, [_AREA], chosen, codes, given, {}, numbers)


def _given(
    card: Card,
    edition: Edition,
    reader: Iterator[list[str]],
    header: Sequence[str],
    chosen: dict[str, Topic],
    areas: Sequence[tuple[str, str]],
    numbers: Iterator[int],
) -> Iterator[Given]:
    wijken = {_bare(title): code for code, title in areas if code.startswith("WK")}
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
        for topic in chosen.values():
            value = text(cells[header.index(topic.key)])
            if value not in card.missing_values:
                codes = {_AREA.name: code}
                yield Given(next(numbers), str(number), topic.key, "None", value, None, codes)


def _bare(title: str) -> str:
    return re.sub(r"^Wijk \d+ ", "", title.strip())
