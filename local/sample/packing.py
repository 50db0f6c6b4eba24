"""A delivery as its party sends it: a folder of CSV files, a zip of them, or one workbook.

The same rows give the same bytes: what a zip or workbook says of its own making is fixed.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import zipfile
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from openpyxl import Workbook

from local.sample import story
from local.sample.addresses import zip_bytes

AMSTERDAM: Final = ZoneInfo("Europe/Amsterdam")
CONTRACT: Final = "1.0.0"
Table = list[dict[str, str]]

# What a system writes as a number, by the start of the column's name.
NUMBERS: Final = (
    "netto_huur", "vraaghuur", "deel_", "epv_", "servicekosten", "wws_punten", "bedrag",
    "jaarhuur", "voordeel", "initiatieven_bedrag", "marge", "mediaan", "ep2", "netto_warmtevraag",
    "compactheid",
)  # fmt: skip
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER: Final = re.compile(r"-?\d+\.\d+")
_MODIFIED: Final = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


@dataclass(frozen=True)
class Style:
    """How a party's system writes a CSV file."""

    comma: bool = False
    end: str = "\n"
    encoding: str = "utf-8"


STYLES: Final = {
    "CAR": Style(comma=True, end="\r\n", encoding="cp1252"),
    "HOE": Style(comma=True, end="\r\n", encoding="utf-8-sig"),
    "HCA": Style(end="\r\n", encoding="cp1252"),
}


@dataclass(frozen=True)
class Delivery:
    """What a party sends at once: tables by entity, as text, and when it comes in."""

    sender: str
    delivery_id: str
    peildatum: date
    received: datetime
    form: str
    tables: dict[str, Table]

    @property
    def rows(self) -> int:
        return sum(len(table) for table in self.tables.values())


def received_on(day: date, hour: int = 15) -> datetime:
    return datetime.combine(day, time(hour, 20), tzinfo=AMSTERDAM)


def write(delivery: Delivery, inbox: Path) -> None:
    """Put a delivery in the inbox, with the moment at which it was received on its files."""
    party = inbox / delivery.sender
    party.mkdir(parents=True, exist_ok=True)
    if delivery.form == "werkboek":
        written = [party / f"{delivery.delivery_id}.xlsx"]
        written[0].write_bytes(workbook(delivery))
    else:
        files = _csv_set(delivery)
        if delivery.form == "zip":
            written = [party / f"{delivery.delivery_id}.zip"]
            written[0].write_bytes(zip_bytes(files))
        else:
            folder = party / delivery.delivery_id
            folder.mkdir()
            for name, content in files.items():
                (folder / name).write_bytes(content)
            written = [*(folder / name for name in files), folder]
    stamp = delivery.received.timestamp()
    for path in written:
        os.utime(path, (stamp, stamp))


def manifest(delivery: Delivery, files: list[dict[str, Any]]) -> dict[str, Any]:
    """The covering letter; `files` as the manifest lists them."""
    return {
        "levering_id": delivery.delivery_id,
        "afzender_code": delivery.sender,
        "gemeente_code": story.GEMEENTE,
        "peildatum": delivery.peildatum.isoformat(),
        "contractversie": CONTRACT,
        "soort": "VOLLEDIG",
        "bestanden": files,
        "opgemaakt_op": (delivery.received - timedelta(hours=3)).isoformat(),
        "contact_rol": "gegevensbeheer",
        "volledigheid_toelichting": story.VOORBEELD,
    }


def _csv_set(delivery: Delivery) -> dict[str, bytes]:
    """File names with their bytes; the manifest last."""
    style = STYLES.get(delivery.sender, Style())
    files = {f"{entity}.csv": _csv(table, style) for entity, table in delivery.tables.items()}
    listed = [
        {
            "naam": f"{entity}.csv",
            "entiteit": entity,
            "rijen": len(table),
            "sha256": hashlib.sha256(files[f"{entity}.csv"]).hexdigest(),
        }
        for entity, table in delivery.tables.items()
    ]
    letter = json.dumps(manifest(delivery, listed), ensure_ascii=False, indent=2) + "\n"
    return files | {"manifest.json": letter.encode("utf-8")}


def _csv(table: Table, style: Style) -> bytes:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, table[0], delimiter=";", lineterminator=style.end)
    writer.writeheader()
    writer.writerows(_with_comma(row) for row in table) if style.comma else writer.writerows(table)
    return buffer.getvalue().encode(style.encoding)


def _with_comma(row: dict[str, str]) -> dict[str, str]:
    return {k: v.replace(".", ",") if k.startswith(NUMBERS) else v for k, v in row.items()}


def workbook(delivery: Delivery) -> bytes:
    """One sheet per entity behind a sheet `levering`; days and amounts are real ones."""
    book = Workbook(write_only=True)
    letter = book.create_sheet("levering")
    for name, value in manifest(delivery, []).items():
        if name != "bestanden":
            letter.append([name, value])
    for entity, table in delivery.tables.items():
        sheet = book.create_sheet(entity)
        sheet.append(list(table[0]))
        for row in table:
            sheet.append([_cell(name, value) for name, value in row.items()])
    buffer = io.BytesIO()
    book.save(buffer)
    with zipfile.ZipFile(buffer) as made:
        parts = {name: made.read(name) for name in made.namelist()}
    moment = delivery.received.astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    parts["docProps/core.xml"] = _MODIFIED.sub(rb"\g<1>" + moment, parts["docProps/core.xml"])
    return zip_bytes(parts)


def _cell(name: str, value: str) -> object:
    if not value:
        return None
    if _DAY.fullmatch(value):
        return date.fromisoformat(value)
    if name.startswith(NUMBERS) and _NUMBER.fullmatch(value):
        return float(value)
    return value
