"""Is a delivery as a whole in order? The same answers in the pipeline and at a supplier's desk.

What needs the database (has this id been used, what does it replace) is asked in
`ingestion.deliveries`; what is wrong with single rows is for the expectations.
"""

from __future__ import annotations

import calendar
import hashlib
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from pydantic import ValidationError

from afspraken.settings import AMSTERDAM
from ingestion.contract import Contract, entities, load_contract
from ingestion.inbox import MANIFEST
from ingestion.manifest import (
    Kind,
    Manifest,
    ManifestError,
    ManifestFile,
    in_dutch,
    read_manifest,
)
from ingestion.municipality import Municipality, kinds_in_dutch
from ingestion.reading import (
    Delivered,
    DeliveredTable,
    SentFile,
    UnreadableFileError,
    first_reading,
    read_delivery,
)
from ingestion.receipts import place_of

NO_MANIFEST = (
    "Er is geen manifest bij deze levering, dus wij weten niet wie wat levert over welke dag. Vul "
    "in het sjabloon het blad `levering` in, of laat `afspraken deliver BESTAND --party CODE` het "
    "manifest maken."
)


class RefusalError(Exception):
    """A delivery that can't be taken in, with every reason in Dutch."""

    def __init__(self, reasons: Sequence[str], manifest: Manifest | None = None) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = list(reasons)
        self.manifest = manifest


@dataclass(frozen=True)
class Letter:
    """What a supplier says of files that have no manifest; what is empty is read from the rows."""

    party: str | None = None
    peildatum: date | None = None
    kind: Kind = "VOLLEDIG"
    replaces: str | None = None


@dataclass(frozen=True)
class Intake:
    """A delivery that was read to its end and can be loaded: its manifest, tables and remarks."""

    manifest: Manifest
    tables: tuple[DeliveredTable, ...]
    remarks: tuple[str, ...]


def read_files(paths: Sequence[Path]) -> Delivered:
    """Read all files of a delivery to their end.

    Raises:
        PersonalDataError: there is personal data in them; nothing of them may be kept.
        RefusalError: files that can't be read, with the manifest where that can.
    """
    files = [
        SentFile(path.name, path.stat().st_size, partial(_open, path)) for path in sorted(paths)
    ]
    try:
        delivered = read_delivery(files)
        first_reading(delivered)
    except UnreadableFileError as error:
        is_letter_only = [path.name for path in paths] == [MANIFEST]
        try:
            manifest = _manifest_of(paths, None)
        except ManifestError as fault:
            more = () if is_letter_only else error.reasons
            raise RefusalError([*fault.reasons, *more]) from error
        if manifest and manifest.soort == "INTREKKING" and is_letter_only:
            return Delivered(None, ())
        raise RefusalError(error.reasons, manifest) from error
    return delivered


def take_in(
    delivered: Delivered,
    paths: Sequence[Path],
    municipality: Municipality,
    party: str,
    received_on: date,
    manifest: Manifest | None = None,
) -> Intake:
    """Hold a delivery that was read against its manifest (its own, or the one that is given).

    Raises:
        RefusalError: with every reason that could be found.
    """
    try:
        manifest = manifest or _manifest(paths, delivered.manifest)
    except ManifestError as error:
        raise RefusalError(error.reasons) from None
    faults = manifest_faults(manifest, municipality, party, received_on)
    if manifest.soort != "INTREKKING":
        faults += content_faults(manifest, delivered.tables, paths)
    elif any(table.count for table in delivered.tables):
        faults.append("Bij een intrekking horen geen rijen. Lever de rijen apart.")
    if faults:
        raise RefusalError(list(dict.fromkeys(faults)), manifest)
    tables = tuple(table for table in delivered.tables if table.count or _named(manifest, table))
    if not manifest.bestanden:
        manifest = manifest.model_copy(update={"bestanden": tuple(map(_sheet, tables))})
    remarks = [*delivered.remarks, *(r for table in tables for r in table.remarks)]
    remarks += _remarks(manifest, tables)
    return Intake(manifest, tables, tuple(dict.fromkeys(remarks)))


def make_manifest(
    delivered: Delivered, paths: Sequence[Path], municipality: Municipality, letter: Letter
) -> Manifest:
    """The manifest that came with the files, or one made of what the supplier and the rows say.

    Raises:
        RefusalError: the one that came can't be used, or it is not clear who delivers or what day.
    """
    # the sheet of a template that was left as it came says nothing
    written = {name for name, value in (delivered.manifest or {}).items() if value}
    letter_given = delivered.manifest if written - {"contractversie"} else None
    try:
        if manifest := _manifest_of(paths, letter_given):
            return manifest
    except ManifestError as error:
        raise RefusalError(error.reasons) from None
    party = letter.party or _only_value(delivered.tables, "sender_column")
    day = letter.peildatum or _as_date(_only_value(delivered.tables, "peildatum_column"))
    if party is None or day is None:
        missing = " en ".join(
            option for option, known in (("--party", party), ("--peildatum", day)) if known is None
        )
        raise RefusalError(
            [f"Uit de rijen blijkt niet wie levert of over welke dag: geef {missing}."]
        )
    tables = [table for table in delivered.tables if table.count]
    names = [PurePosixPath(table.file_name).name for table in tables]
    versions = {load_contract(table.entity).version for table in tables}
    now = datetime.now(AMSTERDAM)
    try:
        return Manifest(
            levering_id=f"{party}-{day}-{now:%y%m%d%H%M%S}",
            afzender_code=party,
            gemeente_code=municipality.code,
            peildatum=day,
            contractversie=max(versions, default="1.0.0"),
            soort=letter.kind,
            vervangt_levering_id=letter.replaces,
            bestanden=tuple(
                ManifestFile(
                    naam=name,
                    entiteit=table.entity,
                    rijen=table.count,
                    sha256=_sha256_of(name, paths),
                )
                for table, name in zip(tables, names, strict=True)
            ),
            opgemaakt_op=now,
        )
    except ValidationError as error:
        raise RefusalError(in_dutch(error)) from None


def manifest_faults(
    manifest: Manifest, municipality: Municipality, party: str, received_on: date
) -> list[str]:
    """What must be true of a delivery whatever its files hold."""
    faults = []
    sender = municipality.parties.get(manifest.afzender_code)
    if manifest.afzender_code != party:
        faults.append(
            f"De afzender in het manifest is {manifest.afzender_code}, maar de levering ligt in de "
            f"map van {party}. Zet haar in uw eigen map."
        )
    elif sender is None:
        faults.append(
            f"{party} staat niet op de lijst van partijen van deze gemeente. Vraag de gemeente om "
            "u toe te voegen."
        )
    if manifest.gemeente_code != municipality.code:
        faults.append(
            f"De levering is voor {manifest.gemeente_code}; deze monitor is van "
            f"{municipality.code}."
        )
    if manifest.peildatum > received_on:
        faults.append(
            f"De peildatum {manifest.peildatum:%d-%m-%Y} is nog niet geweest. Een levering vertelt "
            "hoe het op die dag was: lever haar na die dag."
        )
    for entity in dict.fromkeys(part.entiteit for part in manifest.bestanden):
        if entity not in entities():
            faults.append(f"Entiteit {entity!r} kennen wij niet. Bekend: {', '.join(entities())}.")
            continue
        contract = load_contract(entity)
        if manifest.contractversie.split(".")[0] != contract.version.split(".")[0]:
            faults.append(
                f"De levering volgt contractversie {manifest.contractversie}; voor {entity} is "
                f"geldig {contract.version}. Gebruik het nieuwe sjabloon."
            )
        faults += _entity_faults(contract, manifest, sender.kind if sender else None)
    return faults


def content_faults(
    manifest: Manifest, tables: Sequence[DeliveredTable], paths: Sequence[Path]
) -> list[str]:
    """Whether the files are those that the manifest names: rows, hash, entity, none too many."""
    faults = []
    for part in manifest.bestanden:
        found = [t for t in tables if part.naam in _names(t)]
        table = next((t for t in found if t.entity == part.entiteit), None)
        if not found:
            faults.append(
                f"{part.naam} staat in het manifest maar niet in de levering. "
                "Lever het bestand mee."
            )
        elif table is None:
            faults.append(
                f"{part.naam} heeft de kolommen van {found[0].entity}; het manifest noemt "
                f"{part.entiteit}."
            )
        else:
            faults += _file_faults(part, table, paths)
    for table in tables:
        faults += _messages_faults(manifest, table, paths)
        # a sheet of the template that was not filled in is no part of the delivery
        is_unused = table.sheet is not None and not table.count
        if (
            not is_unused
            and not _named(manifest, table)
            and (manifest.bestanden or not table.sheet)
        ):
            faults.append(
                f"{place_of(table)} staat niet in het manifest. Neem het op, of laat het weg."
            )
        if not manifest.bestanden and table.count:
            contract = load_contract(table.entity)
            faults += _entity_faults(contract, manifest, None)
    if not any(table.count for table in tables) and not manifest.bestanden:
        faults.append("In de levering staat geen enkele rij.")
    return faults


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def part_of(manifest: Manifest) -> str:
    """Which version a delivery is one of: of the whole of a day, or of a part of it."""
    whole = f"{manifest.afzender_code}/{manifest.peildatum}"
    return f"{whole}/{manifest.levering_id}" if manifest.soort == "DEEL" else whole


def _open(path: Path) -> BinaryIO:
    return path.open("rb")


def _manifest(paths: Sequence[Path], letter: Mapping[str, Any] | None) -> Manifest:
    if manifest := _manifest_of(paths, letter):
        return manifest
    raise ManifestError([NO_MANIFEST])


def _manifest_of(paths: Sequence[Path], letter: Mapping[str, Any] | None) -> Manifest | None:
    letter = letter or _letter_beside(paths)
    return read_manifest(letter) if letter is not None else None


def _sheet(table: DeliveredTable) -> ManifestFile:
    """A sheet as a manifest names it, where the workbook's own manifest left that out."""
    return ManifestFile.model_construct(
        naam=table.sheet or table.file_name, entiteit=table.entity, rijen=table.count
    )


def _only_value(tables: Sequence[DeliveredTable], which: str) -> str | None:
    """The one value that a contract's sender or peildatum column has in all rows, if it has."""
    found: set[str] = set()
    for table in tables:
        column = getattr(load_contract(table.entity), which)
        if column is not None:
            place = table.columns.index(column)
            found |= {values[place] or "" for _, values in table.rows()}
    return found.pop() or None if len(found) == 1 else None


def _as_date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _letter_beside(paths: Sequence[Path]) -> Mapping[str, Any] | None:
    path = next((path for path in paths if path.name == MANIFEST), None)
    if path is None:
        return None
    try:
        content = json.loads(path.read_bytes())
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise ManifestError([f"{MANIFEST} is geen geldige JSON."])
    return content


def _entity_faults(contract: Contract, manifest: Manifest, kind: str | None) -> list[str]:
    faults = []
    if kind is not None and kind not in contract.senders:
        faults.append(
            f"{contract.entity} wordt geleverd door {kinds_in_dutch(sorted(contract.senders))}, "
            f"niet door {kinds_in_dutch([kind])}."
        )
    if manifest.soort == "DEEL" and not contract.may_be_partial:
        faults.append(
            f"{contract.title} kan niet in delen worden geleverd. {contract.why_partial_or_not} "
            "Lever alle rijen, met soort VOLLEDIG of CORRECTIE."
        )
    return faults


def _file_faults(part: ManifestFile, table: DeliveredTable, paths: Sequence[Path]) -> list[str]:
    faults = []
    is_whole = len(table.files) == 1
    if is_whole and part.rijen is not None and part.rijen != table.count:
        faults.append(
            f"{part.naam}: het bestand heeft {table.count} rijen, het manifest noemt {part.rijen}. "
            "Exporteer opnieuw en maak het manifest opnieuw."
        )
    if part.sha256 is not None and part.sha256 != _sha256_of(part.naam, paths):
        faults.append(
            f"{part.naam}: de sha256 in het manifest hoort bij een ander bestand. Misschien is "
            "het na het maken van het manifest opgeslagen. Maak het manifest opnieuw."
        )
    if table.sheet is None and (part.rijen is None or part.sha256 is None):
        faults.append(f"{part.naam}: het manifest noemt rijen en sha256 van elk bestand.")
    return faults


def _sha256_of(name: str, paths: Sequence[Path]) -> str | None:
    """The hash of a file that was sent, or of one in a zip that was sent."""
    for path in paths:
        if path.name == name:
            return sha256_of(path)
        if path.suffix.lower() == ".zip":
            with zipfile.ZipFile(path) as archive:
                for member in archive.namelist():
                    if PurePosixPath(member).name == name:
                        with archive.open(member) as file:
                            return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    return None


def _messages_faults(manifest: Manifest, table: DeliveredTable, paths: Sequence[Path]) -> list[str]:
    """Of VERA messages in more than one file, whose rows only count together."""
    if len(table.files) == 1:
        return []
    if len({path.name for path in paths} & _names(table)) > 1:
        # one landing has one hash, by which a delivery is known again
        return [
            f"De VERA-berichten staan in {len(table.files)} losse bestanden. Zet ze als lijst in "
            "één bestand, of pak ze samen in een zip."
        ]
    announced = [part.rijen for part in manifest.bestanden if part.naam in _names(table)]
    rows = sum(count or 0 for count in announced)
    if announced and rows != table.count:
        return [
            f"In de VERA-berichten staan {table.count} eenheden, het manifest noemt er {rows}. "
            "Exporteer opnieuw en maak het manifest opnieuw."
        ]
    return []


def _names(table: DeliveredTable) -> set[str]:
    """How a manifest may call a table: by its sheet or by a file that it is in."""
    return {PurePosixPath(name).name for name in table.files} | {table.sheet or ""} - {""}


def _named(manifest: Manifest, table: DeliveredTable) -> bool:
    names = _names(table)
    return any(p.naam in names and p.entiteit == table.entity for p in manifest.bestanden)


def _remarks(manifest: Manifest, tables: Sequence[DeliveredTable]) -> list[str]:
    day = manifest.peildatum
    is_end = day.month % 3 == 0 and day.day == calendar.monthrange(day.year, day.month)[1]
    contracts = [load_contract(table.entity) for table in tables]
    if is_end or not any(c.months_between == 3 and c.peildatum_column for c in contracts):
        return []
    return [
        f"De peildatum {day:%d-%m-%Y} is niet de laatste dag van een kwartaal. Klopt dat? Cijfers "
        "worden per kwartaal vergeleken."
    ]
