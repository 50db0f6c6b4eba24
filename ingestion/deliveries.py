"""Deliveries of the parties: taken from the inbox, refused or loaded as a new version.

A delivery is a folder `<party>/<name>/` with `manifest.json` and the files it names. The manifest
is put there last, so a folder without one is still being filled. What is wrong with the whole
delivery (sender, hashes, header, personal data) is refused here, before a row is written; rows are
judged by the expectations.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, BinaryIO, Literal

import fsspec
import psycopg
from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from afspraken.crash import crash_point
from afspraken.db import connect
from afspraken.settings import AMSTERDAM, Settings
from ingestion import archive
from ingestion.contract import Contract, entities, load_contract
from ingestion.csvfile import data_after, read_header
from ingestion.load import BLOCK, CsvRows, Landing, UnreadableFileError, add_landing, is_landed
from ingestion.municipality import Municipality, read_municipality
from ingestion.receipts import Receipt, store_receipt
from ingestion.tables import ensure_raw_tables

MANIFEST = "manifest.json"


class ManifestFile(BaseModel):
    """One file of a delivery, as its sender describes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    naam: Annotated[str, Field(pattern=r"^[\w.\- ]+$")]
    entiteit: str
    rijen: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Manifest(BaseModel):
    """The covering letter of a delivery (section 2.0 of the contract)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    levering_id: Annotated[str, Field(min_length=1, max_length=36)]
    afzender_code: Annotated[str, Field(min_length=1)]
    gemeente_code: Annotated[str, Field(pattern=r"^GM[0-9]{4}$")]
    peildatum: date
    contractversie: Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$")]
    soort: Literal["VOLLEDIG", "CORRECTIE", "DEEL"]
    vervangt_levering_id: str | None = None
    bestanden: Annotated[tuple[ManifestFile, ...], Field(min_length=1)]
    opgemaakt_op: datetime | None = None
    contact_rol: str | None = None
    volledigheid_toelichting: str | None = None


@dataclass(frozen=True)
class Waiting:
    """A delivery as it lies in the inbox. `received_at` is when its files were put there."""

    party: str
    folder: str
    path: str
    manifest_bytes: bytes
    received_at: datetime

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.manifest_bytes).hexdigest()


@dataclass(frozen=True)
class Received:
    """What became of a delivery before its rows were judged. Reasons are Dutch."""

    delivery_id: str
    sender: str
    peildatum: date | None
    received_at: datetime
    outcome: Literal["new", "unchanged", "refused"]
    reasons: tuple[str, ...] = ()
    landing_ids: tuple[int, ...] = ()
    rows: int | None = None


class _RefusalError(Exception):
    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True)
class _Inbox:
    fs: Any
    root: str

    @classmethod
    def of(cls, settings: Settings) -> _Inbox:
        fs, root = fsspec.core.url_to_fs(settings.resolved_inbox_url)
        # an inbox that nobody has put anything in yet is an empty one
        fs.makedirs(root, exist_ok=True)
        return cls(fs, root.rstrip("/"))

    def open(self, path: str) -> BinaryIO:
        return self.fs.open(path, "rb")

    def waiting(self) -> list[Waiting]:
        """Complete deliveries, in the order in which they were received."""
        found = []
        for party in self._folders(self.root):
            for folder in self._folders(party):
                manifest = f"{folder}/{MANIFEST}"
                if not self.fs.exists(manifest):
                    continue
                moments = [self._moment(entry) for entry in self.fs.ls(folder, detail=True)]
                found.append(
                    Waiting(
                        PurePosixPath(party).name,
                        PurePosixPath(folder).name,
                        folder,
                        self.fs.cat_file(manifest),
                        max(moments),
                    )
                )
        return sorted(found, key=lambda delivery: (delivery.received_at, delivery.path))

    def _folders(self, path: str) -> list[str]:
        entries = self.fs.ls(path, detail=True)
        return sorted(
            e["name"].rstrip("/")
            for e in entries
            if e["type"] == "directory" and not PurePosixPath(e["name"]).name.startswith(".")
        )

    def _moment(self, entry: dict[str, Any]) -> datetime:
        for key in ("mtime", "LastModified", "last_modified", "created"):
            value = entry.get(key)
            if isinstance(value, int | float):
                return datetime.fromtimestamp(value, AMSTERDAM)
            if isinstance(value, datetime):
                return value.astimezone(AMSTERDAM)
        raise ValueError(f"the inbox does not say when {entry['name']} was put there")


@dataclass
class _Loaded:
    landing_ids: list[int] = field(default_factory=list)
    rows: int = 0


def receive_deliveries(settings: Settings, *, run_id: str | None = None) -> list[Received]:
    """Take in every delivery that lies in the inbox and was not taken in before.

    A refused delivery is recorded with its reasons and does not stop the others.
    """
    municipality = read_municipality(settings)
    received = []
    with connect(settings, "loader", autocommit=True) as connection:
        ensure_raw_tables(connection)
        inbox = _Inbox.of(settings)
        known = _known(connection)
        for delivery in inbox.waiting():
            if delivery.fingerprint in known:
                continue
            item = _receive(delivery, inbox, municipality, settings, connection, run_id)
            known.add(delivery.fingerprint)
            received.append(item)
    return received


def _receive(
    delivery: Waiting,
    inbox: _Inbox,
    municipality: Municipality,
    settings: Settings,
    connection: psycopg.Connection,
    run_id: str | None,
) -> Received:
    manifest: Manifest | None = None
    delivery_id = _free_id(connection, f"{delivery.party}/{delivery.folder}")
    try:
        manifest = _read_manifest(delivery)
        _check_manifest(manifest, delivery, municipality, connection)
        delivery_id = _free_id(connection, manifest.levering_id)
        loads = [_prepare(part, manifest, delivery, inbox, settings) for part in manifest.bestanden]
        with connection.transaction():
            _enter(connection, delivery_id, manifest, delivery, "received", settings, run_id)
            done = _Loaded()
            for contract, stored, rows, name in loads:
                part = f"{manifest.afzender_code}/{manifest.peildatum}"
                if is_landed(connection, contract.table, part, stored.sha256):
                    raise _RefusalError(
                        [
                            f"{name}: precies dit bestand is al eerder geleverd over deze dag. "
                            "Er is niets veranderd; u hoeft niets te doen."
                        ]
                    )
                landing = Landing(
                    source=contract.table,
                    part=part,
                    sender=manifest.afzender_code,
                    peildatum=manifest.peildatum,
                    delivery_id=delivery_id,
                    file_name=name,
                    sha256=stored.sha256,
                    bytes=stored.bytes,
                    publisher_version=manifest.contractversie,
                    landed_at=settings.now(),
                    run_id=run_id,
                )
                landing_id, count = add_landing(connection, landing, {contract.table: rows})
                announced = next(b.rijen for b in manifest.bestanden if b.naam == name)
                if count != announced:
                    raise _RefusalError(
                        [
                            f"{name}: het bestand heeft {count} rijen, het manifest noemt "
                            f"{announced}. Exporteer opnieuw en maak het manifest opnieuw."
                        ]
                    )
                done.landing_ids.append(landing_id)
                done.rows += count
            connection.execute(
                "update ops.delivery set rows = %s where delivery_id = %s",
                [done.rows, delivery_id],
            )
            crash_point("deliveries.before_commit")
        return Received(
            delivery_id,
            manifest.afzender_code,
            manifest.peildatum,
            delivery.received_at,
            "new",
            landing_ids=tuple(done.landing_ids),
            rows=done.rows,
        )
    except (_RefusalError, UnreadableFileError) as error:
        refusal = error if isinstance(error, _RefusalError) else _RefusalError([str(error)])
        _refuse(connection, delivery_id, manifest, delivery, refusal, settings, run_id)
        return Received(
            delivery_id,
            delivery.party,
            manifest.peildatum if manifest else None,
            delivery.received_at,
            "refused",
            tuple(refusal.reasons),
        )


def _read_manifest(delivery: Waiting) -> Manifest:
    try:
        return Manifest.model_validate_json(delivery.manifest_bytes)
    except ValidationError as error:
        reasons = [
            f"manifest.json: {'.'.join(map(str, fault['loc'])) or 'het bestand'}: "
            f"{_in_dutch(fault['type'])}"
            for fault in error.errors()
        ]
        raise _RefusalError(reasons) from error


def _in_dutch(fault: str) -> str:
    return {
        "missing": "dit veld ontbreekt.",
        "extra_forbidden": "dit veld kennen wij niet.",
        "json_invalid": "dit is geen geldige JSON.",
        "literal_error": "kies VOLLEDIG of CORRECTIE.",
    }.get(fault, "deze waarde heeft niet de juiste vorm.")


def _check_manifest(
    manifest: Manifest,
    delivery: Waiting,
    municipality: Municipality,
    connection: psycopg.Connection,
) -> None:
    """What must be true of a delivery before its files are read."""
    reasons = []
    if manifest.afzender_code != delivery.party:
        reasons.append(
            f"De afzender in het manifest is {manifest.afzender_code}, maar de levering ligt in de "
            f"map van {delivery.party}. Zet haar in uw eigen map."
        )
    elif manifest.afzender_code not in municipality.corporations:
        reasons.append(
            f"{manifest.afzender_code} staat niet op de lijst van corporaties van deze gemeente. "
            "Vraag de gemeente om u toe te voegen."
        )
    if manifest.gemeente_code != municipality.code:
        reasons.append(
            f"De levering is voor {manifest.gemeente_code}; deze monitor is van "
            f"{municipality.code}."
        )
    for part in manifest.bestanden:
        if part.entiteit not in entities():
            reasons.append(
                f"{part.naam}: entiteit {part.entiteit!r} kennen wij niet. "
                f"Bekend: {', '.join(entities())}."
            )
            continue
        version = load_contract(part.entiteit).version
        if manifest.contractversie.split(".")[0] != version.split(".")[0]:
            reasons.append(
                f"De levering volgt contractversie {manifest.contractversie}; "
                f"geldig is {version}. Gebruik het nieuwe sjabloon."
            )
    if manifest.soort == "DEEL":
        reasons.append(
            "Een deellevering van eenheden kan niet worden geteld: lever alle woningen, met soort "
            "VOLLEDIG of CORRECTIE."
        )
    if manifest.soort == "CORRECTIE" and not manifest.vervangt_levering_id:
        reasons.append("Bij een correctie noemt vervangt_levering_id de levering die vervalt.")
    used = connection.execute(
        "select 1 from ops.delivery where state <> 'refused' "
        "and (delivery_id = %s or starts_with(delivery_id, %s))",
        [manifest.levering_id, f"{manifest.levering_id}~"],
    ).fetchone()
    if used:
        reasons.append(
            f"Levering {manifest.levering_id} is al eerder ontvangen, met een andere inhoud. "
            "Geef een verbeterde levering een nieuw levering_id en soort CORRECTIE."
        )
    if reasons:
        raise _RefusalError(reasons)


def _prepare(
    part: ManifestFile,
    manifest: Manifest,
    delivery: Waiting,
    inbox: _Inbox,
    settings: Settings,
) -> tuple[Contract, archive.Archived, CsvRows, str]:
    """Check one file's header, then archive its bytes and check their hash."""
    contract = load_contract(part.entiteit)
    path = f"{delivery.path}/{part.naam}"
    if not inbox.fs.exists(path):
        raise _RefusalError(
            [f"{part.naam} staat in het manifest maar niet in de levering. Lever het bestand mee."]
        )
    names = _heading(inbox, path)
    # before a byte is kept: what holds personal data leaves only its hash and its receipt
    if personal := contract.personal_columns(names):
        raise _RefusalError(
            [
                f"{part.naam}: deze kolommen wijzen op persoonsgegevens: "
                f"{', '.join(repr(n) for n in personal)}. De levering is niet bewaard. "
                "Verwijder de kolommen en lever opnieuw."
            ]
        )
    if len(names) == 1 and "," in names[0]:
        raise _RefusalError(
            [f"{part.naam}: de kolommen zijn gescheiden met een komma. Gebruik een puntkomma."]
        )
    if faults := contract.header_faults(names):
        raise _RefusalError([f"{part.naam}: {fault}" for fault in faults])
    stored = archive.store(settings.archive_dir, _blocks(inbox, path))
    archive.annotate(
        stored,
        contract.table,
        {
            "delivery": manifest.levering_id,
            "sender": manifest.afzender_code,
            "file_name": part.naam,
            "manifest": json.loads(delivery.manifest_bytes),
            "received_at": delivery.received_at.isoformat(),
        },
    )
    crash_point("deliveries.after_archive")
    if stored.sha256 != part.sha256:
        raise _RefusalError(
            [
                f"{part.naam}: de sha256 in het manifest hoort bij een ander bestand. Misschien is "
                "het na het maken van het manifest opgeslagen. Maak het manifest opnieuw."
            ]
        )

    def open_stored() -> BinaryIO:
        return Path(stored.path).open("rb")

    header = read_header(open_stored)
    rows = CsvRows(header.names, header.first_row, data_after(open_stored, header))
    return contract, stored, rows, part.naam


def _heading(inbox: _Inbox, path: str) -> list[str]:
    """The heading of a file, read without keeping anything of it."""
    with inbox.open(path) as file:
        line = file.readline(BLOCK)
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFileError(
            f"{PurePosixPath(path).name} is geen UTF-8. Kies bij het exporteren 'CSV UTF-8'."
        ) from error
    return [name.strip() for name in next(csv.reader([text.rstrip("\r\n")], delimiter=";"), [])]


def _blocks(inbox: _Inbox, path: str) -> Iterator[bytes]:
    with inbox.open(path) as file:
        while block := file.read(BLOCK):
            yield block


def _known(connection: psycopg.Connection) -> set[str]:
    """Fingerprints of the manifests that were taken in or refused before."""
    rows = connection.execute("select manifest ->> '_sha256' from ops.delivery")
    return {row[0] for row in rows if row[0]}


def _free_id(connection: psycopg.Connection, wanted: str) -> str:
    """`wanted`, or `wanted~2` and so on when a refused delivery bears that name already."""
    taken = {
        row[0]
        for row in connection.execute(
            "select delivery_id from ops.delivery where delivery_id = %s "
            "or starts_with(delivery_id, %s)",
            [wanted, f"{wanted}~"],
        )
    }
    if wanted not in taken:
        return wanted
    number = 2
    while f"{wanted}~{number}" in taken:
        number += 1
    return f"{wanted}~{number}"


def _enter(
    connection: psycopg.Connection,
    delivery_id: str,
    manifest: Manifest | None,
    delivery: Waiting,
    state: str,
    settings: Settings,
    run_id: str | None,
    reason: str | None = None,
) -> None:
    content = manifest.model_dump(mode="json") if manifest else {}
    due = None
    if manifest:
        known = [b.entiteit for b in manifest.bestanden if b.entiteit in entities()]
        days = max((load_contract(e).days_to_deliver for e in known), default=None)
        due = manifest.peildatum + timedelta(days=days) if days else None
    connection.execute(
        """
        insert into ops.delivery (
            delivery_id, sender, peildatum, kind, received_at, due_on, state, manifest, replaces,
            reason, run_id
        ) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        [
            delivery_id,
            delivery.party,
            manifest.peildatum if manifest else None,
            manifest.soort if manifest else None,
            delivery.received_at,
            due,
            state,
            Jsonb({**content, "_sha256": delivery.fingerprint}),
            manifest.vervangt_levering_id if manifest else None,
            reason,
            run_id,
        ],
    )


def _refuse(
    connection: psycopg.Connection,
    delivery_id: str,
    manifest: Manifest | None,
    delivery: Waiting,
    refusal: _RefusalError,
    settings: Settings,
    run_id: str | None,
) -> None:
    # free text of a refused delivery may hold what we must not keep
    kept = manifest and manifest.model_copy(update={"volledigheid_toelichting": None})
    with connection.transaction():
        _enter(
            connection,
            delivery_id,
            kept,
            delivery,
            "refused",
            settings,
            run_id,
            " ".join(refusal.reasons),
        )
        receipt = Receipt(
            delivery_id=delivery_id,
            sender=delivery.party,
            peildatum=manifest.peildatum if manifest else None,
            received_at=delivery.received_at,
            judged_at=settings.now(),
            state="refused",
            reasons=tuple(refusal.reasons),
            is_sample=settings.is_sample,
        )
        store_receipt(connection, receipt)
