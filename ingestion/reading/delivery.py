"""A delivery opened: each file by what it is, and the covering letter among them."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any, Literal

from ingestion.contract import entities as known_entities
from ingestion.contract import load_contract
from ingestion.errors import PersonalDataError, UnreadableFileError
from ingestion.reading import mending, packed, personal
from ingestion.reading.delimited import read_csv
from ingestion.reading.heading import find_heading, named_entity, plain, recognise
from ingestion.reading.inspection import BYTES, OLE
from ingestion.reading.model import Delivered, DeliveredTable, SentFile
from ingestion.reading.tables import Grid, letters, open_table
from ingestion.reading.vera import read_vera
from ingestion.reading.workbook import Sheet, is_workbook, read_workbook

MANIFEST = "manifest.json"
COVERING_SHEETS = frozenset(("levering", "manifest"))
# sheets of our own template that are there to be read by who fills it in
EXPLANATION_SHEET, CODE_SHEET = "uitleg", "codes"
COVERING_FIELDS = (
    "levering_id",
    "afzender_code",
    "gemeente_code",
    "peildatum",
    "contractversie",
    "soort",
    "vervangt_levering_id",
    "opgemaakt_op",
    "contact_rol",
    "volledigheid_toelichting",
)
_MANIFEST_BYTES = 1 << 20
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OTHER_PACKING = (b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"BZh", b"\xfd7zX")

Kind = Literal["manifest", "workbook", "zip", "json", "csv"]


@dataclass
class _Opened:
    manifest: Mapping[str, Any] | None = None
    tables: list[DeliveredTable] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    personal: list[str] = field(default_factory=list)


def read_delivery(
    files: Sequence[SentFile], *, entities: Mapping[str, str] | None = None
) -> Delivered:
    """Open a delivery and check its headings. `entities` tells what a file holds, by its name;
    without it the manifest, the name of the file or sheet, and the heading tell.

    Raises UnreadableFileError with everything that is wrong with it, or PersonalDataError for
    names of columns, sheets that are not loaded, comments, and attributes of messages.
    """
    opened = _Opened()
    sorted_files: dict[Kind, list[SentFile]] = {}
    for file in files:
        with _collected(opened):
            for kind, part in _unpacked(file):
                sorted_files.setdefault(kind, []).append(part)
    for file in sorted_files.get("manifest", []):
        with _collected(opened):
            opened.manifest = _read_manifest(file)
    hints = {**_announced(opened.manifest), **(entities or {})}
    for file in sorted_files.get("csv", []):
        with _collected(opened):
            opened.tables.append(
                read_csv(file, _hint(file.name, hints), _told(opened, "gemeente_code"))
            )
    for file in sorted_files.get("workbook", []):
        with _collected(opened):
            _open_workbook(file, hints, opened)
    if messages := sorted_files.get("json"):
        with _collected(opened):
            told = _told(opened, "peildatum"), _told(opened, "gemeente_code")
            opened.tables.append(read_vera(messages, *told))
    opened.reasons += _twice(opened.tables)
    if opened.personal:
        raise PersonalDataError(*opened.personal)
    is_withdrawal = (opened.manifest or {}).get("soort") == "INTREKKING"
    if not opened.tables and not opened.reasons and not is_withdrawal:
        opened.reasons.append(
            "Er is geen tabel gevonden die bij het contract past. Gebruik het sjabloon: de naam "
            "van een werkblad of bestand en de kolomnamen zeggen wat erin staat."
        )
    if opened.reasons:
        raise UnreadableFileError(*opened.reasons)
    return Delivered(opened.manifest, tuple(opened.tables), tuple(opened.remarks))


def first_reading(delivered: Delivered) -> int:
    """Read every row once and keep none; returns how many there are.

    Afterwards `count`, `mends` and `faults` of each table are complete. Raises PersonalDataError,
    UnreadableFileError.
    """
    for table in delivered.tables:
        for _ in table.rows():
            pass
    return sum(table.count for table in delivered.tables)


@contextmanager
def _collected(opened: _Opened) -> Iterator[None]:
    """Faults of one file are kept, so that a sender hears of all of them at once."""
    try:
        yield
    except UnreadableFileError as error:
        opened.reasons += error.reasons
    except PersonalDataError as error:
        opened.personal += error.reasons


def _twice(tables: Sequence[DeliveredTable]) -> list[str]:
    """A delivery has one table of each entity: of two, one would silently stand for both."""
    places: dict[str, list[str]] = {}
    for table in tables:
        sheet = f", werkblad {table.sheet}" if table.sheet else ""
        places.setdefault(table.entity, []).append(f"{table.file_name}{sheet}")
    return [
        f"{entity} staat er {len(found)} keer in: {' en '.join(found)}. "
        "Zet alle rijen bij elkaar in één bestand of werkblad."
        for entity, found in places.items()
        if len(found) > 1
    ]


def _told(opened: _Opened, name: str) -> str | None:
    """A field of the covering letter, where it has one."""
    value = (opened.manifest or {}).get(name)
    return value if isinstance(value, str) else None


def _hint(name: str, hints: Mapping[str, str]) -> str | None:
    hint = hints.get(name) or hints.get(PurePosixPath(name).name)
    return hint if hint in known_entities() else named_entity(name)


def _unpacked(file: SentFile) -> Iterable[tuple[Kind, SentFile]]:
    kind = _kind(file)
    if kind != "zip":
        return [(kind, file)]
    found = []
    for member in map(_seekable, packed.members(file)):
        inner = _kind(member)
        if inner == "zip":
            raise UnreadableFileError(
                f"{file.name}: {member.name} is een zip in een zip. Pak haar uit en maak één zip."
            )
        found.append((inner, member))
    if not found:
        raise UnreadableFileError(f"{file.name} is leeg. Maak de zip opnieuw.")
    return found


def _seekable(member: SentFile) -> SentFile:
    """A workbook is a zip itself, whose contents stand at its end: it is unpacked into memory."""
    with closing(member.open()) as opened:
        if not opened.read(4).startswith(_ZIP):
            return member
    with closing(member.open()) as opened:
        content = opened.read(BYTES + 1)
    return SentFile(member.name, len(content), lambda: io.BytesIO(content))


def _kind(file: SentFile) -> Kind:
    """What a file is by its first bytes; its name only tells what it is called."""
    name = PurePosixPath(file.name).name
    with closing(file.open()) as opened:
        first = opened.read(4096)
    if name.lower() == MANIFEST:
        return "manifest"
    if first.startswith(_ZIP):
        return "workbook" if is_workbook({m.name for m in packed.members(file)}) else "zip"
    if first.startswith(OLE):
        return "workbook"
    start = first.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise UnreadableFileError(f"{file.name} is leeg. Exporteer het bestand opnieuw.")
    if first.startswith(_OTHER_PACKING):
        raise UnreadableFileError(f"{file.name} is geen zip. Pak de bestanden in als gewone zip.")
    if start.startswith((b"%PDF", b"{\\rtf")):
        raise UnreadableFileError(f"{file.name} is een document. Lever de tabel als CSV of xlsx.")
    if start.startswith(b"<"):
        raise UnreadableFileError(
            f"{file.name} is een webpagina of XML, ook als de naam op .xls eindigt. "
            "Open het bestand in Excel en bewaar het als .xlsx."
        )
    if start.startswith((b"{", b"[")) and not name.lower().endswith((".csv", ".txt")):
        return "json"
    return "csv"


def _read_manifest(file: SentFile) -> Mapping[str, Any]:
    with closing(file.open()) as opened:
        content = opened.read(_MANIFEST_BYTES)
    try:
        manifest = json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        manifest = None
    if not isinstance(manifest, dict):
        raise UnreadableFileError(f"{file.name} is geen geldige JSON. Maak het manifest opnieuw.")
    _search_letter(file.name, manifest)
    return manifest


def _search_letter(where: str, manifest: Mapping[str, Any]) -> None:
    """The sender's own words; `contact_rol` may hold the address of a desk."""
    told = str(manifest.get("volledigheid_toelichting") or "")
    finds = personal.Finds(where)
    for kind in personal.kinds_in(told, "free"):
        finds.add("volledigheid_toelichting", kind, 1)
    finds.refuse()


def _announced(manifest: Mapping[str, Any] | None) -> dict[str, str]:
    listed = (manifest or {}).get("bestanden")
    return {
        entry["naam"]: entry["entiteit"]
        for entry in (listed if isinstance(listed, list) else [])
        if isinstance(entry, dict)
        and isinstance(entry.get("naam"), str)
        and isinstance(entry.get("entiteit"), str)
    }


def _open_workbook(file: SentFile, hints: Mapping[str, str], opened: _Opened) -> None:
    book = read_workbook(file)
    for comment in book.comments:
        _search_text(f"{file.name}, opmerkingen bij cellen", comment)
    sheets = [sheet for sheet in book.sheets if sheet.height]
    found: list[tuple[Grid, str, bool]] = []
    for sheet in sheets:
        grid = Grid(file.name, sheet.name, sheet.cells, sheet.errors, sheet.merged)
        if plain(sheet.name) in COVERING_SHEETS:
            manifest = _covering_letter(sheet)
            _search_letter(grid.where, manifest)
            opened.manifest = {**manifest, **(opened.manifest or {})}
            continue
        entity = None
        if not sheet.is_hidden:
            entity = _entity_of(grid, _hint(file.name, hints) if len(sheets) == 1 else None)
        if entity is None:
            _search_sheet(grid)
            if plain(sheet.name) not in (EXPLANATION_SHEET, CODE_SHEET):
                hidden = "verborgen " if sheet.is_hidden else ""
                opened.remarks.append(
                    f"{file.name}: het {hidden}werkblad {sheet.name} hoort niet bij het contract "
                    "en is niet gelezen."
                )
            continue
        found.append((grid, entity, sheet.height > 1))
    # a template has a sheet for all that may be delivered: one without rows was not delivered
    filled = found if len(found) == 1 else [table for table in found if table[2]]
    if found and not filled:
        opened.reasons.append(f"{file.name}: geen werkblad heeft rijen. Vul er ten minste één in.")
    for grid, entity, _ in filled:
        with _collected(opened):
            contract, told = load_contract(entity), _told(opened, "gemeente_code")
            opened.tables.append(open_table(grid, contract, [], told))


def _entity_of(grid: Grid, hint: str | None) -> str | None:
    """What a sheet holds: by its own name, else by its heading, else by a hint that fits."""
    name = str(grid.sheet)
    if plain(name) in known_entities():
        return plain(name)
    top = grid.top()
    guess = named_entity(name) or hint
    fits = guess is not None and find_heading(top, load_contract(guess)) is not None
    return guess if fits else recognise(top)


def _covering_letter(sheet: Sheet) -> dict[str, Any]:
    """Fields and values of the sheet `levering`, two cells a row."""
    fields = {plain(name): name for name in COVERING_FIELDS}
    letter: dict[str, Any] = {}
    for _, cells in sheet.cells():
        filled = [cell.strip() for cell in cells if cell.strip()]
        if len(filled) > 1 and (name := fields.get(plain(filled[0]))):
            value = filled[1]
            if name == "peildatum" and len(found := mending.dates(value)) == 1:
                value = found.pop().isoformat()
            letter[name] = value
    return letter


def _search_text(where: str, text: str) -> None:
    finds = personal.Finds(where)
    for kind in personal.kinds_in(text, "free"):
        finds.add("tekst", kind, 1)
    finds.refuse()


def _kinds_anywhere(text: str) -> tuple[str, ...]:
    """Of a cell whose column is not known: words are searched as sentences, numbers as keys."""
    kind: personal.ColumnKind = "free" if re.search(r"[^\W\d]|\s", text) else "key"
    return tuple(personal.kinds_in_cell(text, kind))


def _search_sheet(grid: Grid) -> None:
    """A sheet that is not loaded is kept with the file, so it may hold no personal data either."""
    finds = personal.Finds(grid.where)
    shares: dict[int, personal.Shares] = {}
    names: list[str] = []
    # of this sheet only: what is found in it must not linger
    kinds_in = lru_cache(maxsize=100_000)(_kinds_anywhere)
    for number, cells in grid.cells():
        if len(names) < 2:
            names = [cell for cell in cells if cell.strip()]
            named = load_contract(known_entities()[0]).personal_columns(names)
            personal.refuse_columns(grid.where, [n for n in named if plain(n) != "naam"])
        for place, cell in enumerate(cells):
            if text := cell.strip():
                shares.setdefault(place, personal.Shares()).add(text, number)
                for found in kinds_in(text):
                    finds.add(letters(place), found, number)
    for place, share in shares.items():
        finds.add_shares(letters(place), share)
    finds.refuse()
