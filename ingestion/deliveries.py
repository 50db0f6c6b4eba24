"""Deliveries of the parties: taken from the inbox, refused or loaded as a new version.

What is wrong with the whole delivery is refused here, before a row is written; rows are judged by
the expectations. docs/leveren/uitkomsten.md lists every outcome as a supplier meets it.

A landing's part says which version it is one of. What is delivered whole is `sender/peildatum`;
a DEEL is `sender/peildatum/levering_id`, so that parts add up; a correction takes the part of what
it corrects. `ops.landing_in_use` shows the latest accepted version of each part.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import psycopg
from psycopg.types.json import Jsonb

from afspraken.crash import crash_point
from afspraken.db import IN_USE_LOCK, JUDGE_LOCK, connect
from afspraken.settings import Settings
from ingestion import archive
from ingestion.contract import entities, load_contract
from ingestion.inbox import BLOCK, MANIFEST, Inbox, Waiting, open_inbox
from ingestion.intake import Intake, RefusalError, part_of, read_files, sha256_of, take_in
from ingestion.load import Landing, Rows, add_landing
from ingestion.mail import mailbox
from ingestion.manifest import Manifest
from ingestion.municipality import read_municipality
from ingestion.reading import DeliveredTable, PersonalDataError
from ingestion.receipts import Receipt, State, place_of, store_receipt
from ingestion.tables import ensure_raw_tables

# rule id of a cell that could not be read, until its delivery is judged
UNREAD = "leesbaar"
_LOCK = "ingestion.deliveries"
_NOT_TAKEN = ("refused", "repeated")


@dataclass(frozen=True)
class Sent:
    """A delivery on this machine: where it lay in the inbox, when it came, and its files."""

    party: str
    name: str
    key: str
    received_at: datetime
    paths: tuple[Path, ...]


@dataclass(frozen=True)
class Received:
    """What became of a delivery before its rows were judged. Reasons are Dutch."""

    delivery_id: str
    sender: str
    peildatum: date | None
    received_at: datetime
    outcome: Literal["new", "unchanged", "withdrawn", "refused"]
    reasons: tuple[str, ...] = ()
    landing_ids: tuple[int, ...] = ()
    rows: int | None = None
    is_personal: bool = False


def receive_deliveries(
    settings: Settings, *, run_id: str | None = None, clock: Callable[[], float] = time.time
) -> list[Received]:
    """Take in every delivery that lies in the inbox and was not taken in before.

    A refused delivery is recorded with its reasons and does not stop the others; nor does one that
    fails for another reason, which is tried again the next time. Who comes while another receives
    waits, and then finds nothing left. `clock` is the real one, in seconds.

    Raises:
        InboxError: the inbox can't be reached.
        ExceptionGroup: some deliveries could not be taken in; the others were.
    """
    received: list[Received] = []
    failures: list[Exception] = []
    with connect(settings, "loader", autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(hashtext(%s))", [_LOCK])
        with open_inbox(settings, clock=clock) as inbox:
            known = _known(connection)
            everything = inbox.waiting()
            waiting = [delivery for delivery in everything if delivery.key not in known]
            if waiting:
                ensure_raw_tables(connection)
                _clear_spool(settings)
            for delivery in everything:
                if known.get(delivery.key):
                    # what must not be kept was recorded, and its removal failed or was killed
                    inbox.remove(delivery)
            for delivery in waiting:
                try:
                    received.append(_fetch(delivery, inbox, settings, connection, run_id))
                except Exception as error:
                    error.add_note(f"delivery {delivery.party}/{delivery.name}")
                    failures.append(error)
    if failures:
        raise ExceptionGroup("some deliveries could not be taken in", failures)
    return received


def receive(
    sent: Sent, settings: Settings, connection: psycopg.Connection, *, run_id: str | None = None
) -> Received:
    """Take in one delivery whose files are on this machine, wherever they came from."""
    municipality = read_municipality(settings)
    # a clock that stands still must not make everything late
    received_at = min(sent.received_at, settings.now())
    desk = _Desk(sent, received_at, settings, connection, run_id)
    try:
        delivered = read_files(sent.paths)
        return desk.take(
            take_in(delivered, sent.paths, municipality, sent.party, received_at.date())
        )
    except PersonalDataError as error:
        return desk.refuse_personal(error.reasons)
    except RefusalError as error:
        return desk.refuse(error.reasons, error.manifest)


def receive_again(
    note: archive.Note,
    settings: Settings,
    connection: psycopg.Connection,
    *,
    run_id: str | None = None,
) -> None:
    """Take in once more what the archive noted of a delivery; what was refused then stays so.

    The clock of `settings` stands at that moment. Receipts are made, and mailed to nobody.
    """
    told = note.content
    received_at = datetime.fromisoformat(told["received_at"])
    with _spool(settings) as folder:
        paths = []
        for name, sha256 in sorted(told.get("files", {}).items()):
            paths.append(folder / name)
            shutil.copyfile(archive.path_of(settings.archive_dir, sha256), paths[-1])
        sent = Sent(
            told["sender"], told["inbox_name"], told["inbox_key"], received_at, tuple(paths)
        )
        unmailed = settings.model_copy(update={"smtp_url": ""})
        if note.path is not None:
            receive(sent, unmailed, connection, run_id=run_id)
            return
        desk = _Desk(sent, min(received_at, settings.now()), unmailed, connection, run_id)
        manifest = Manifest.model_validate(told["manifest"]) if told["manifest"] else None
        desk.close(told["delivery"], manifest, told["state"], told["reasons"], kept=told["kept"])


@dataclass(frozen=True)
class _Desk:
    """One delivery on its way into the database."""

    sent: Sent
    received_at: datetime
    settings: Settings
    connection: psycopg.Connection
    run_id: str | None

    def take(self, intake: Intake) -> Received:
        manifest = intake.manifest
        hashes = {path.name: sha256_of(path) for path in self.sent.paths}
        if manifest.soort == "INTREKKING":
            return self._withdraw(manifest)
        part = _part(self.connection, manifest)
        if known := self._repeats(intake, part, hashes):
            return self._repeat(manifest, known)
        if reasons := self._faults(manifest, intake.tables):
            raise RefusalError(reasons, manifest)
        self._archive(manifest)
        delivery_id = _free_id(self.connection, manifest.levering_id)
        landing_ids = []
        with self.connection.transaction():
            self._enter(delivery_id, manifest, "received", remarks=intake.remarks)
            for table in intake.tables:
                source = load_contract(table.entity).table
                path = _path_of(table, self.sent.paths)
                landing = Landing(
                    source=source,
                    part=part,
                    sender=manifest.afzender_code,
                    peildatum=manifest.peildatum,
                    delivery_id=delivery_id,
                    file_name=place_of(table),
                    sha256=hashes[path.name],
                    bytes=path.stat().st_size,
                    publisher_version=manifest.contractversie,
                    landed_at=self.settings.now(),
                    run_id=self.run_id,
                )
                rows = Rows(table.columns, table.rows())
                landing_id, _ = add_landing(self.connection, landing, {source: rows})
                _keep_mends(self.connection, landing_id, table)
                landing_ids.append(landing_id)
            count = sum(table.count for table in intake.tables)
            self.connection.execute(
                "update ops.delivery set rows = %s where delivery_id = %s", [count, delivery_id]
            )
            crash_point("deliveries.before_commit")
        return self._received(
            delivery_id, manifest, "new", landing_ids=tuple(landing_ids), rows=count
        )

    def refuse(self, reasons: Sequence[str], manifest: Manifest | None) -> Received:
        delivery_id = self._own_id(manifest)
        # free text of a refused delivery may hold what we must not keep
        kept = manifest and manifest.model_copy(
            update={"volledigheid_toelichting": None, "contact_rol": None}
        )
        self.close(delivery_id, kept, "refused", reasons)
        return self._received(delivery_id, manifest, "refused", tuple(reasons))

    def refuse_personal(self, reasons: Sequence[str]) -> Received:
        """Only the hashes and the kinds of data are kept, not even the names in the manifest."""
        told = [*reasons, "Daarom wordt zij ook uit de inbox verwijderd."]
        delivery_id = _free_id(self.connection, f"{self.sent.party}/{self.sent.name}")
        hashes = [sha256_of(path) for path in self.sent.paths if path.name != MANIFEST]
        kept = {"sha256": hashes, "persoonsgegevens": True}
        self.close(delivery_id, None, "refused", told, kept=kept)
        return replace(self._received(delivery_id, None, "refused", tuple(told)), is_personal=True)

    def _withdraw(self, manifest: Manifest) -> Received:
        """Take a delivery out of use; what was accepted before it is in use again."""
        withdrawn = manifest.vervangt_levering_id
        with self.connection.transaction():
            # neither between a judge's reading and writing, nor under a build
            for lock in (JUDGE_LOCK, IN_USE_LOCK):
                self.connection.execute("select pg_advisory_xact_lock(hashtext(%s))", [lock])
            row = self.connection.execute(
                "select state, kind, peildatum from ops.delivery "
                "where delivery_id = %s and sender = %s",
                [withdrawn, manifest.afzender_code],
            ).fetchone()
            if row is None:
                raise RefusalError([_unknown(manifest)], manifest)
            state, kind, peildatum = row
            if state == "withdrawn":
                return self._repeat(manifest, f"Levering {withdrawn} was al ingetrokken.")
            if state in _NOT_TAKEN or kind == "INTREKKING":
                raise RefusalError(
                    [f"Levering {withdrawn} is niet in gebruik genomen; intrekken hoeft niet."],
                    manifest,
                )
            if peildatum != manifest.peildatum:
                raise RefusalError([_other_day(manifest, peildatum)], manifest)
            if reasons := self._used_id(manifest):
                raise RefusalError(reasons, manifest)
            self._archive(manifest)
            landings = self.connection.execute(
                "update ops.landing set state = 'withdrawn' where delivery_id = %s "
                "returning source, part",
                [withdrawn],
            ).fetchall()
            why = manifest.volledigheid_toelichting or "geen reden opgegeven"
            self.connection.execute(
                "update ops.delivery set state = 'withdrawn', reason = %s where delivery_id = %s",
                [f"Ingetrokken met {manifest.levering_id}: {why}.", withdrawn],
            )
            told = [f"Levering {withdrawn} is ingetrokken.", *self._now_in_use(landings, manifest)]
            delivery_id = _free_id(self.connection, manifest.levering_id)
            self.close(
                delivery_id, manifest, "accepted", told, meaning="De intrekking is verwerkt."
            )
            crash_point("deliveries.before_commit")
        return self._received(delivery_id, manifest, "withdrawn", tuple(told))

    def _now_in_use(self, landings: Sequence[Any], manifest: Manifest) -> list[str]:
        found = self.connection.execute(
            "select distinct delivery_id from ops.landing_in_use "
            "where sender = %s and peildatum = %s and source = any(%s) order by 1",
            [manifest.afzender_code, manifest.peildatum, [source for source, _ in landings]],
        ).fetchall()
        day = f"{manifest.peildatum:%d-%m-%Y}"
        if not found:
            return [f"Er is nu geen levering in gebruik over {day}."]
        return [f"Over {day} is nu in gebruik: {', '.join(row[0] for row in found)}."]

    def _repeat(self, manifest: Manifest, told: str) -> Received:
        delivery_id = self._own_id(manifest)
        self.close(delivery_id, manifest, "repeated", [told])
        return self._received(delivery_id, manifest, "unchanged", (told,))

    def _repeats(self, intake: Intake, part: str, hashes: dict[str, str]) -> str | None:
        """What to tell when exactly these files are in use already, or are about to be judged."""
        ids = set()
        for table in intake.tables:
            known = self.connection.execute(
                """
                select l.delivery_id
                from ops.landing as l
                where
                    l.source = %(source)s and l.sender = %(sender)s
                    and l.peildatum = %(peildatum)s and l.sha256 = %(sha256)s
                    and (l.part = %(part)s or %(is_part)s)
                    and (l.state = 'loaded' or l.landing_id in (
                        select landing_id from ops.landing_in_use
                    ))
                order by l.landing_id desc limit 1
                """,
                {
                    "source": load_contract(table.entity).table,
                    "sender": intake.manifest.afzender_code,
                    "peildatum": intake.manifest.peildatum,
                    "sha256": hashes[_path_of(table, self.sent.paths).name],
                    "part": part,
                    "is_part": intake.manifest.soort == "DEEL",
                },
            ).fetchone()
            if known is None:
                return None
            ids.add(known[0])
        return f"Precies deze bestanden zijn al geleverd, als levering {', '.join(sorted(ids))}."

    def _faults(self, manifest: Manifest, tables: Sequence[DeliveredTable]) -> list[str]:
        """What only the database can tell: ids that were used, and what is replaced."""
        reasons = self._used_id(manifest)
        if manifest.soort != "CORRECTIE":
            return reasons
        replaced = self.connection.execute(
            "select state, kind, peildatum from ops.delivery "
            "where delivery_id = %s and sender = %s",
            [manifest.vervangt_levering_id, manifest.afzender_code],
        ).fetchone()
        if replaced is None:
            return [*reasons, _unknown(manifest)]
        state, kind, peildatum = replaced
        if kind == "INTREKKING" or state == "withdrawn":
            reasons.append(
                f"Levering {manifest.vervangt_levering_id} is ingetrokken en kan niet worden "
                "gecorrigeerd. Lever met soort VOLLEDIG."
            )
        if peildatum != manifest.peildatum:
            reasons.append(_other_day(manifest, peildatum))
        newer = self.connection.execute(
            """
            select d.delivery_id
            from ops.delivery as d
            inner join ops.landing as l on d.delivery_id = l.delivery_id
            where
                d.replaces = %s and d.sender = %s and l.source = any(%s)
                and d.state in ('received', 'accepted', 'accepted_with_remarks')
            order by d.received_at desc limit 1
            """,
            [
                manifest.vervangt_levering_id,
                manifest.afzender_code,
                [load_contract(table.entity).table for table in tables],
            ],
        ).fetchone()
        if newer:
            reasons.append(
                f"Levering {manifest.vervangt_levering_id} is al vervangen door {newer[0]}. Noem "
                f"{newer[0]} in vervangt_levering_id."
            )
        return reasons

    def _used_id(self, manifest: Manifest) -> list[str]:
        used = self.connection.execute(
            "select 1 from ops.delivery where not state = any(%s) "
            "and (delivery_id = %s or starts_with(delivery_id, %s))",
            [list(_NOT_TAKEN), manifest.levering_id, f"{manifest.levering_id}~"],
        ).fetchone()
        if used is None:
            return []
        return [
            f"Levering {manifest.levering_id} is al eerder ontvangen, met een andere inhoud. "
            "Geef een verbeterde levering een nieuw levering_id en soort CORRECTIE."
        ]

    @property
    def _label(self) -> str:
        return f"levering-{self.sent.key[:16]}"

    def _told(self) -> dict[str, Any]:
        """What a note says of whoever brought it, enough to receive it again."""
        return {
            "sender": self.sent.party,
            "inbox_name": self.sent.name,
            "inbox_key": self.sent.key,
            "received_at": self.sent.received_at.isoformat(),
            "landed_at": self.settings.now().isoformat(),
            "run_id": self.run_id,
        }

    def _archive(self, manifest: Manifest) -> None:
        """Keep the files as they were sent, each with a note that tells the whole delivery."""
        note = {
            "delivery": manifest.levering_id,
            **self._told(),
            "files": {path.name: sha256_of(path) for path in self.sent.paths},
            "manifest": manifest.model_dump(mode="json", exclude_none=True),
        }
        for path in self.sent.paths:
            stored = archive.store(self.settings.archive_dir, _blocks(path))
            archive.annotate(
                stored,
                self._label,
                {"file_name": path.name, **note},
            )
        crash_point("deliveries.after_archive")

    def close(
        self,
        delivery_id: str,
        manifest: Manifest | None,
        state: State,
        reasons: Sequence[str],
        *,
        meaning: str | None = None,
        kept: dict[str, Any] | None = None,
    ) -> None:
        """Enter a delivery of which no rows are judged, with its receipt."""
        if state in _NOT_TAKEN:
            archive.record(
                self.settings.archive_dir,
                self._label,
                {
                    "delivery": delivery_id,
                    **self._told(),
                    "state": state,
                    "reasons": list(reasons),
                    "manifest": manifest.model_dump(mode="json") if manifest else None,
                    "kept": kept,
                },
            )
        with self.connection.transaction():
            self._enter(delivery_id, manifest, state, reason=" ".join(reasons), kept=kept)
            receipt = Receipt(
                delivery_id=delivery_id,
                sender=self.sent.party,
                peildatum=manifest.peildatum if manifest else None,
                received_at=self.received_at,
                judged_at=self.settings.now(),
                state=state,
                is_sample=self.settings.is_sample,
                kind=manifest.soort if manifest else None,
                reasons=tuple(reasons),
                meaning=meaning,
            )
            store_receipt(self.connection, receipt, mailbox(self.settings, self.sent.party))

    def _enter(
        self,
        delivery_id: str,
        manifest: Manifest | None,
        state: str,
        *,
        reason: str | None = None,
        remarks: Sequence[str] = (),
        kept: dict[str, Any] | None = None,
    ) -> None:
        self.connection.execute(
            """
            insert into ops.delivery (
                delivery_id, sender, peildatum, kind, received_at, due_on, state, manifest,
                replaces, reason, run_id, inbox_key, remarks
            ) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            """,
            [
                delivery_id,
                self.sent.party,
                manifest.peildatum if manifest else None,
                manifest.soort if manifest else None,
                self.received_at,
                _due_on(manifest),
                state,
                Jsonb(manifest.model_dump(mode="json") if manifest else kept),
                manifest.vervangt_levering_id if manifest else None,
                reason,
                self.run_id,
                self.sent.key,
                list(remarks),
            ],
        )

    def _own_id(self, manifest: Manifest | None) -> str:
        wanted = manifest.levering_id if manifest else f"{self.sent.party}/{self.sent.name}"
        return _free_id(self.connection, wanted)

    def _received(
        self,
        delivery_id: str,
        manifest: Manifest | None,
        outcome: Literal["new", "unchanged", "withdrawn", "refused"],
        reasons: tuple[str, ...] = (),
        landing_ids: tuple[int, ...] = (),
        rows: int | None = None,
    ) -> Received:
        return Received(
            delivery_id,
            self.sent.party,
            manifest.peildatum if manifest else None,
            self.received_at,
            outcome,
            reasons,
            landing_ids,
            rows,
        )


def _fetch(
    delivery: Waiting,
    inbox: Inbox,
    settings: Settings,
    connection: psycopg.Connection,
    run_id: str | None,
) -> Received:
    """Bring a delivery here and take it in; one with personal data is taken out of the inbox."""
    with _spool(settings) as folder:
        paths = inbox.bring(delivery, folder)
        sent = Sent(delivery.party, delivery.name, delivery.key, delivery.received_at, tuple(paths))
        received = receive(sent, settings, connection, run_id=run_id)
    if received.is_personal:
        inbox.remove(delivery)
    return received


@contextmanager
def _spool(settings: Settings) -> Iterator[Path]:
    """A folder that is gone afterwards: what is in it was not yet searched for personal data."""
    root = settings.state_dir / "spool"
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=root) as folder:
        yield Path(folder)


def _clear_spool(settings: Settings) -> None:
    """Remove what a receiver that was killed left behind; only one receives at a time."""
    shutil.rmtree(settings.state_dir / "spool", ignore_errors=True)


def _part(connection: psycopg.Connection, manifest: Manifest) -> str:
    """The part of a delivery: a correction of a DEEL takes that of what it corrects."""
    if manifest.soort != "CORRECTIE":
        return part_of(manifest)
    whole = f"{manifest.afzender_code}/{manifest.peildatum}"
    row = connection.execute(
        "select coalesce(l.part, case when d.kind = 'DEEL' then %s || '/' || d.delivery_id end) "
        "from ops.delivery as d left join ops.landing as l on d.delivery_id = l.delivery_id "
        "where d.delivery_id = %s and d.sender = %s and d.peildatum = %s limit 1",
        [whole, manifest.vervangt_levering_id, manifest.afzender_code, manifest.peildatum],
    ).fetchone()
    return str(row[0]) if row and row[0] else whole


def _keep_mends(connection: psycopg.Connection, landing_id: int, table: DeliveredTable) -> None:
    """Keep which cells were mended, and set aside the rows of cells that could not be read."""
    mends = {(mend.row, mend.column, mend.kind): mend for mend in table.mends}
    faults = {(fault.row, fault.column): fault for fault in table.faults}
    with connection.cursor() as cursor:
        with cursor.copy(
            "copy ops.mend (landing_id, row_number, column_name, given, used, kind, message) "
            "from stdin"
        ) as copy:
            for mend in mends.values():
                copy.write_row(
                    (
                        landing_id,
                        mend.row,
                        mend.column,
                        mend.given,
                        mend.used,
                        mend.kind,
                        mend.message,
                    )
                )
        with cursor.copy(
            "copy ops.quarantine (landing_id, row_number, column_name, value, rule_id, message) "
            "from stdin"
        ) as copy:
            for fault in faults.values():
                told = f"{fault.message} {fault.remedy}".strip()
                copy.write_row((landing_id, fault.row, fault.column, fault.given, UNREAD, told))


def _path_of(table: DeliveredTable, paths: Sequence[Path]) -> Path:
    """The file that was sent with this table in it: itself, or the zip that holds it."""
    name = PurePosixPath(table.file_name)
    for path in paths:
        if path.name in (name.name, name.parts[0]):
            return path
    files = [path for path in paths if path.name != MANIFEST]
    return next((path for path in files if path.suffix.lower() == ".zip"), files[0])


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


def _unknown(manifest: Manifest) -> str:
    return (
        f"Levering {manifest.vervangt_levering_id} in vervangt_levering_id kennen wij niet van "
        f"{manifest.afzender_code}. Het id staat op het ontvangstbewijs."
    )


def _other_day(manifest: Manifest, peildatum: date | None) -> str:
    day = f"{peildatum:%d-%m-%Y}" if peildatum else "een andere dag"
    return (
        f"Levering {manifest.vervangt_levering_id} gaat over {day}, deze over "
        f"{manifest.peildatum:%d-%m-%Y}. Noem de levering van dezelfde peildatum."
    )


def _due_on(manifest: Manifest | None) -> date | None:
    """The last day on which a delivery is in time, by its most patient entity."""
    if manifest is None:
        return None
    known = [part.entiteit for part in manifest.bestanden if part.entiteit in entities()]
    days = max((load_contract(entity).days_to_deliver for entity in known), default=None)
    return manifest.peildatum + timedelta(days=days) if days else None


def _known(connection: psycopg.Connection) -> dict[str, bool]:
    """Keys of what was taken in or refused before, and whether it may not stay in the inbox."""
    rows = connection.execute(
        "select inbox_key, coalesce((manifest ->> 'persoonsgegevens')::boolean, false) "
        "from ops.delivery where inbox_key is not null"
    ).fetchall()
    return dict(rows)


def _free_id(connection: psycopg.Connection, wanted: str) -> str:
    """`wanted`, or `wanted~2` and so on when a delivery bears that name already."""
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
