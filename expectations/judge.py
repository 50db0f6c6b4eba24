"""Judge what is loaded and not yet used: one validation a table, a verdict for each landing.

Everything a verdict leaves behind (results, quarantined rows, states, receipts) is written in one
transaction, so a judge that is killed has done nothing and can simply run again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

import psycopg
from psycopg import sql

from afspraken.crash import crash_point
from afspraken.db import IN_USE_LOCK, JUDGE_LOCK, connect
from afspraken.settings import Settings
from expectations import postgres
from expectations.assertions import Relation, relations
from expectations.outcomes import Outcome
from expectations.verdicts import (
    DeliveryVerdict,
    Part,
    Pending,
    UnreadCell,
    Verdict,
    decide,
    decide_delivery,
    plausible_counts,
    unread,
)
from ingestion.cards import load_card, source_names
from ingestion.contract import Contract, entities, load_contract
from ingestion.deliveries import UNREAD
from ingestion.mail import mailbox
from ingestion.receipts import MENDED_ROWS_LISTED, Mended, Receipt, store_receipt
from ingestion.tables import ensure_raw_tables


def judge(
    settings: Settings, *, run_id: str | None = None, sources: Sequence[str] | None = None
) -> list[Verdict]:
    """Judge all pending landings (of `sources`, when given), publishers' and parties' alike.

    What is in use changes here, so this waits for a build that is reading it.
    """
    with connect(settings, "loader", autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(hashtext(%s))", [JUDGE_LOCK])
        pending = [
            landing
            for landing in _pending(connection)
            if sources is None or landing.source in sources
        ]
        if not pending:
            return []
        ensure_raw_tables(connection)
        postgres.drop_leftovers(connection)
        outcomes, results = _validate(connection, settings, pending)
        of_parties = [landing for landing in pending if landing.delivery_id]
        deliveries = _decide_deliveries(of_parties, outcomes, _remarks(connection))
        verdicts = [
            _decide_source(connection, landing, outcomes)
            for landing in pending
            if not landing.delivery_id
        ]
        verdicts += [part for delivery in deliveries for part in delivery.parts]
        connection.execute("select pg_advisory_lock(hashtext(%s))", [IN_USE_LOCK])
        with connection.transaction():
            for verdict in verdicts:
                _record(connection, verdict, settings, run_id)
            for delivery in deliveries:
                _answer(connection, delivery, settings)
            crash_point("judge.before_commit")
    _write_data_docs(settings, results)
    return sorted(verdicts, key=lambda verdict: verdict.pending.landing_id)


def judge_deliveries(settings: Settings, *, run_id: str | None = None) -> list[Verdict]:
    return judge(settings, run_id=run_id, sources=list(_contracts()))


def judge_sources(settings: Settings, *, run_id: str | None = None) -> list[Verdict]:
    return judge(settings, run_id=run_id, sources=source_names())


def _contracts() -> dict[str, Contract]:
    return {c.table: c for c in map(load_contract, entities())}


def _pending(connection: psycopg.Connection) -> list[Pending]:
    """Loaded landings in the order of reception, with the version that is in use now.

    A part of a delivery (`sender/peildatum/delivery`) is compared with no other in size, and in
    order of reception also with the whole delivery that would replace it.
    """
    rows = connection.execute(
        """
        select
            l.landing_id, l.source, l.part, l.file_name, l.sender, l.peildatum, l.delivery_id,
            d.received_at, l.row_count,
            case
                when l.delivery_id is null or l.part = l.sender || '/' || l.peildatum
                then coalesce(in_use.row_count, (
                    select earlier.row_count from ops.landing_in_use as earlier
                    where
                        earlier.source = l.source
                        and earlier.part = earlier.sender || '/' || earlier.peildatum
                        and earlier.sender = l.sender
                        and earlier.peildatum < l.peildatum
                    order by earlier.peildatum desc
                    limit 1
                ))
            end,
            (
                select later.delivery_id
                from ops.landing_in_use as newer
                inner join ops.delivery as later on newer.delivery_id = later.delivery_id
                where
                    newer.source = l.source
                    and newer.part in (l.part, l.sender || '/' || l.peildatum)
                    and later.received_at > d.received_at
                limit 1
            )
        from ops.landing as l
        left join ops.delivery as d on l.delivery_id = d.delivery_id
        left join ops.landing_in_use as in_use on l.source = in_use.source and l.part = in_use.part
        where l.state = 'loaded'
        order by d.received_at nulls first, l.landing_id
        """
    ).fetchall()
    contracts = _contracts() if rows else {}
    return [
        Pending(
            landing_id=row[0],
            source=row[1],
            part=row[2],
            table=row[1] if row[1] in contracts else load_card(row[1]).main_table,
            file_name=row[3],
            sender=row[4],
            peildatum=row[5],
            delivery_id=row[6],
            received_at=row[7],
            rows=row[8],
            rows_in_use=row[9],
            newer_delivery=row[10],
        )
        for row in rows
    ]


def _tables(landing: Pending) -> list[str]:
    if landing.delivery_id:
        return [landing.table]
    return list(load_card(landing.source).tables)


# the outcomes of the rules for one source's rows in one raw table
Outcomes = Mapping[tuple[str, str], Sequence[Outcome]]


def _validate(
    connection: psycopg.Connection, settings: Settings, pending: Sequence[Pending]
) -> tuple[Outcomes, list[Any]]:
    """Judge each relation once, for all sources that share it."""
    from expectations.suites import quiet_context

    datasource = postgres.add_datasource(quiet_context(), settings)
    known: dict[tuple[str, str], Relation] = relations()
    landings: dict[str, list[int]] = {}
    judged: dict[str, Relation] = {}
    for landing in pending:
        for table in _tables(landing):
            relation = known[landing.source, table]
            judged[relation.name] = relation
            landings.setdefault(relation.name, []).append(landing.landing_id)
    by_relation: dict[str, list[Outcome]] = {}
    results: list[Any] = []
    for name, relation in judged.items():
        by_relation[name], found = postgres.validate(
            connection, datasource, relation, landings[name]
        )
        results += found
        by_relation[name] += _unread(connection, pending, landings[name])
        # what is built next is planned by these statistics
        connection.execute(sql.SQL("analyze {}").format(sql.Identifier("raw", relation.table)))
    outcomes = {
        key: by_relation[relation.name]
        for key, relation in known.items()
        if relation.name in by_relation
    }
    return outcomes, results


def _decide_deliveries(
    pending: Sequence[Pending],
    outcomes: Outcomes,
    remarks: Mapping[str, Sequence[str]],
) -> list[DeliveryVerdict]:
    """A verdict for each delivery. The landing in use is that with the highest id, so a delivery
    that was loaded after one that was received later must not be accepted any more.
    """
    accepted: dict[tuple[str, str], list[Pending]] = {}
    verdicts = []
    grouped = groupby(reversed(pending), key=lambda landing: landing.delivery_id)
    for delivery_id, landings in grouped:
        parts = []
        for landing in reversed(list(landings)):
            whole = f"{landing.sender}/{landing.peildatum}"
            others = [
                *accepted.get((landing.source, landing.part), []),
                *accepted.get((landing.source, whole), []),
            ]
            newer = next((o.delivery_id for o in others if o.landing_id < landing.landing_id), None)
            parts.append(
                Part(
                    replace(landing, newer_delivery=newer or landing.newer_delivery),
                    _contracts()[landing.table],
                    outcomes[landing.source, landing.table],
                )
            )
        verdict = decide_delivery(parts, remarks.get(delivery_id or "", ()))
        if verdict.state in ("accepted", "accepted_with_remarks"):
            for part in parts:
                key = part.pending.source, part.pending.part
                accepted.setdefault(key, []).append(part.pending)
        verdicts.append(verdict)
    return list(reversed(verdicts))


def _decide_source(
    connection: psycopg.Connection,
    landing: Pending,
    outcomes: Outcomes,
) -> Verdict:
    found = [outcome for table in _tables(landing) for outcome in outcomes[landing.source, table]]
    card = load_card(landing.source)
    counts = {landing.table: landing.rows} | {
        table: _row_count(connection, table, landing.landing_id)
        for table in card.tables
        if table != landing.table
    }
    main = card.tables[card.main_table]
    return decide(
        landing,
        found,
        plausible_counts(
            landing,
            counts,
            {name: (table.rows.min, table.rows.max) for name, table in card.tables.items()},
            main.shrink_percent,
        ),
        int(landing.rows * card.tolerated_percent / 100),
    )


def _unread(
    connection: psycopg.Connection, pending: Sequence[Pending], landing_ids: Sequence[int]
) -> list[Outcome]:
    """Cells of these landings that could not be read, noted when they were loaded."""
    cells = connection.execute(
        "select landing_id, row_number, column_name, value, message from ops.quarantine "
        "where rule_id = %s and landing_id = any(%s) order by 1, 2, 3",
        [UNREAD, list(landing_ids)],
    ).fetchall()
    rows = {landing.landing_id: landing.rows for landing in pending}
    return unread([UnreadCell(*cell) for cell in cells], rows)


def _remarks(connection: psycopg.Connection) -> dict[str, list[str]]:
    found = connection.execute(
        "select delivery_id, remarks from ops.delivery where state = 'received'"
    ).fetchall()
    return dict(found)


def _row_count(connection: psycopg.Connection, table: str, landing_id: int) -> int:
    row = connection.execute(
        sql.SQL("select count(*) from {} where _landing_id = %s").format(
            sql.Identifier("raw", table)
        ),
        [landing_id],
    ).fetchone()
    return int(row[0]) if row else 0


def _record(
    connection: psycopg.Connection, verdict: Verdict, settings: Settings, run_id: str | None
) -> None:
    landing = verdict.pending
    reason = " ".join(verdict.reasons) or None
    now = settings.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "update ops.landing set state = %s, judged_at = %s, reason = %s where landing_id = %s",
            [verdict.state, now, reason, landing.landing_id],
        )
        results = [
            (
                rule.rule_id,
                rule.severity,
                not rule.failed,
                rule.evaluated,
                rule.failed,
                rule.message,
            )
            for rule in verdict.rules
        ]
        results += [
            (c.rule_id, c.severity, c.passed, 1, int(not c.passed), c.message)
            for c in verdict.counts
        ]
        with cursor.copy(
            "copy ops.quality_result (run_id, checked_at, tool, suite, rule_id, landing_id, "
            "subject, severity, passed, evaluated, failed, message) from stdin"
        ) as copy:
            subject = f"{landing.source} {landing.part}"
            for rule_id, severity, passed, evaluated, failed, message in results:
                copy.write_row(
                    (
                        run_id,
                        now,
                        "gx",
                        landing.table,
                        rule_id,
                        landing.landing_id,
                        subject,
                        severity,
                        passed,
                        evaluated,
                        failed,
                        message,
                    )
                )
        # cells that could not be read stand there already; they come again among the faults
        cursor.execute("delete from ops.quarantine where landing_id = %s", [landing.landing_id])
        with cursor.copy(
            "copy ops.quarantine (landing_id, row_number, column_name, value, rule_id, message) "
            "from stdin"
        ) as copy:
            for fault in verdict.faults:
                if fault.severity == "blocks":
                    copy.write_row(
                        (
                            landing.landing_id,
                            fault.row,
                            fault.column,
                            fault.value,
                            fault.rule_id,
                            f"{fault.message} {fault.remedy}".strip(),
                        )
                    )


def _answer(connection: psycopg.Connection, verdict: DeliveryVerdict, settings: Settings) -> None:
    """What became of a delivery: its state, its receipt, and the mail that brings it."""
    first = verdict.parts[0].pending
    if first.delivery_id is None or first.received_at is None:
        raise ValueError(f"{first.source} {first.part} is not of a delivery")
    row = connection.execute(
        "update ops.delivery set state = %s, rejected_rows = %s, reason = %s "
        "where delivery_id = %s returning kind, due_on, remarks",
        [
            verdict.state,
            verdict.rejected_rows,
            " ".join(verdict.reasons) or None,
            first.delivery_id,
        ],
    ).fetchone()
    kind, due_on, remarks = row or (None, None, [])
    receipt = Receipt(
        delivery_id=first.delivery_id,
        sender=first.sender or "",
        peildatum=first.peildatum,
        received_at=first.received_at,
        judged_at=settings.now(),
        state=verdict.state,
        is_sample=settings.is_sample,
        kind=kind,
        due_on=due_on,
        reasons=verdict.reasons,
        remarks=tuple(remarks),
        files=verdict.files,
        rows=verdict.rows,
        rejected_rows=verdict.rejected_rows,
        rules=verdict.rules,
        faults=verdict.faults,
        mends=_mends(connection, [part.pending.landing_id for part in verdict.parts]),
    )
    store_receipt(connection, receipt, mailbox(settings, receipt.sender))


def _mends(connection: psycopg.Connection, landing_ids: Sequence[int]) -> tuple[Mended, ...]:
    found = connection.execute(
        "select l.file_name, m.column_name, m.kind, "
        "(array_agg(m.message order by m.row_number))[1], count(*), "
        "(array_agg(m.row_number order by m.row_number))[:%(listed)s], "
        "(array_agg(m.given order by m.row_number))[1], "
        "(array_agg(m.used order by m.row_number))[1] "
        "from ops.mend as m inner join ops.landing as l on m.landing_id = l.landing_id "
        "where m.landing_id = any(%(ids)s) "
        "group by l.landing_id, l.file_name, m.column_name, m.kind "
        "order by l.landing_id, min(m.row_number), m.column_name, m.kind",
        {"ids": list(landing_ids), "listed": MENDED_ROWS_LISTED},
    ).fetchall()
    return tuple(
        Mended(place, column, kind, message, count, tuple(rows), given, used)
        for place, column, kind, message, count, rows, given, used in found
    )


def _write_data_docs(settings: Settings, results: Sequence[Any]) -> None:
    from expectations.docs import write_data_docs

    write_data_docs(settings.state_dir / "gx" / "data_docs", results)
