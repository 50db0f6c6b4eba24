"""Judge what is loaded and not yet used: one validation a table, a verdict for each landing.

Everything a verdict leaves behind (results, quarantined rows, states, receipts) is written in one
transaction, so a judge that is killed has done nothing and can simply run again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import psycopg
from psycopg import sql

from afspraken.crash import crash_point
from afspraken.db import connect
from afspraken.settings import Settings
from expectations import postgres
from expectations.assertions import Relation, relations
from expectations.verdicts import (
    Pending,
    Verdict,
    decide,
    delivered_count,
    lost_leading_zeros,
    plausible_counts,
)
from ingestion.cards import load_card, source_names
from ingestion.contract import Contract, entities, load_contract
from ingestion.receipts import Receipt, store_receipt
from ingestion.tables import ensure_raw_tables

_LOCK = "expectations.judge"


def judge(
    settings: Settings, *, run_id: str | None = None, sources: Sequence[str] | None = None
) -> list[Verdict]:
    """Judge all pending landings (of `sources`, when given), publishers' and parties' alike."""
    with connect(settings, "loader", autocommit=True) as connection:
        ensure_raw_tables(connection)
        connection.execute("select pg_advisory_lock(hashtext(%s))", [_LOCK])
        postgres.drop_leftovers(connection)
        pending = [
            landing
            for landing in _pending(connection)
            if sources is None or landing.source in sources
        ]
        if not pending:
            return []
        outcomes, results = _validate(connection, settings, pending)
        verdicts = _decide_all(connection, pending, outcomes)
        with connection.transaction():
            for verdict in verdicts:
                _record(connection, verdict, settings, run_id)
            crash_point("judge.before_commit")
    _write_data_docs(settings, results)
    return verdicts


def judge_deliveries(settings: Settings, *, run_id: str | None = None) -> list[Verdict]:
    return judge(settings, run_id=run_id, sources=list(_contracts()))


def judge_sources(settings: Settings, *, run_id: str | None = None) -> list[Verdict]:
    return judge(settings, run_id=run_id, sources=source_names())


def _contracts() -> dict[str, Contract]:
    return {c.table: c for c in map(load_contract, entities())}


def _pending(connection: psycopg.Connection) -> list[Pending]:
    """Loaded landings in the order of reception, with the version that is in use now."""
    contracts = _contracts()
    rows = connection.execute(
        """
        select
            l.landing_id, l.source, l.part, l.file_name, l.sender, l.peildatum, l.delivery_id,
            d.received_at, l.row_count,
            coalesce(
                in_use.row_count,
                (
                    select earlier.row_count from ops.landing_in_use as earlier
                    where
                        earlier.source = l.source
                        and earlier.sender = l.sender
                        and earlier.peildatum < l.peildatum
                    order by earlier.peildatum desc
                    limit 1
                )
            ),
            case when used.received_at > d.received_at then used.delivery_id end
        from ops.landing as l
        left join ops.delivery as d on l.delivery_id = d.delivery_id
        left join ops.landing_in_use as in_use on l.source = in_use.source and l.part = in_use.part
        left join ops.delivery as used on in_use.delivery_id = used.delivery_id
        where l.state = 'loaded'
        order by d.received_at nulls first, l.landing_id
        """
    ).fetchall()
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
Outcomes = Mapping[tuple[str, str], Sequence[postgres.Outcome]]


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
    by_relation: dict[str, list[postgres.Outcome]] = {}
    results: list[Any] = []
    for name, relation in judged.items():
        by_relation[name], found = postgres.validate(
            connection, datasource, relation, landings[name]
        )
        results += found
        # what is built next is planned by these statistics
        connection.execute(sql.SQL("analyze {}").format(sql.Identifier("raw", relation.table)))
    outcomes = {
        key: by_relation[relation.name]
        for key, relation in known.items()
        if relation.name in by_relation
    }
    return outcomes, results


def _decide_all(
    connection: psycopg.Connection,
    pending: Sequence[Pending],
    outcomes: Outcomes,
) -> list[Verdict]:
    """Verdicts in order of reception. The one in use is that with the highest landing id, so a
    delivery that was loaded after one that was received later must not be accepted any more.
    """
    accepted: dict[tuple[str, str], list[Pending]] = {}
    verdicts = []
    for landing in reversed(pending):
        others = accepted.setdefault((landing.source, landing.part), [])
        newer = next((o.delivery_id for o in others if o.landing_id < landing.landing_id), None)
        verdict = _decide(
            connection,
            replace(landing, newer_delivery=newer or landing.newer_delivery),
            outcomes,
        )
        if verdict.state in ("accepted", "accepted_with_remarks"):
            others.append(landing)
        verdicts.append(verdict)
    return list(reversed(verdicts))


def _decide(
    connection: psycopg.Connection,
    landing: Pending,
    outcomes: Outcomes,
) -> Verdict:
    found = [outcome for table in _tables(landing) for outcome in outcomes[landing.source, table]]
    if landing.delivery_id:
        contract = _contracts()[landing.table]
        zeros = lost_leading_zeros(landing, found, "bag_object_id", "bag_object_id-vorm")
        return decide(
            landing,
            found,
            delivered_count(landing, contract.entity, contract.deviation_percent),
            contract.tolerated(landing.rows),
            [zeros] if zeros else [],
        )
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
                            f"{fault.message} {fault.remedy}",
                        )
                    )
    if landing.delivery_id and landing.received_at:
        connection.execute(
            "update ops.delivery set state = %s, rejected_rows = %s, reason = %s "
            "where delivery_id = %s",
            [verdict.state, verdict.rejected_rows, reason, landing.delivery_id],
        )
        store_receipt(
            connection,
            Receipt(
                delivery_id=landing.delivery_id,
                sender=landing.sender or "",
                peildatum=landing.peildatum,
                received_at=landing.received_at,
                judged_at=now,
                state=verdict.state,
                is_sample=settings.is_sample,
                reasons=verdict.reasons,
                rows=landing.rows,
                rejected_rows=verdict.rejected_rows,
                rules=verdict.rules,
                faults=verdict.faults,
            ),
        )


def _write_data_docs(settings: Settings, results: Sequence[Any]) -> None:
    from expectations.docs import write_data_docs

    write_data_docs(settings.state_dir / "gx" / "data_docs", results)
