"""The audit: what is about to be published, held against what is published and against CBS.

Every check is a query that gives `sleutel, waarde, laagst, hoogst`; Great Expectations asserts
that each value is there and lies between its bounds. A check that blocks and fails raises
AuditFailedError, and yesterday's marts stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import psycopg
from psycopg import sql

from afspraken.crash import crash_point
from afspraken.db import DATABASE_ROLES, connect
from afspraken.settings import Settings
from expectations.docs import write_data_docs
from expectations.postgres import add_datasource

NEXT, PUBLISHED = "marts__next", "marts"
WORK_SCHEMA, WORK_PREFIX = "intermediate", "_audit_"
MARTS = (
    "mart_indicator",
    "mart_doel_stand",
    "mart_afspraak_stand",
    "mart_efg_verloop",
    "mart_efg_stand",
    "mart_label_verdeling",
    "mart_uitleg",
    "mart_levering_inhoud",
    "dim_gebied",
    "dim_corporatie",
)
_NAMED = 3


@dataclass(frozen=True)
class Check:
    """One requirement. `against` says what it needs beside the new marts."""

    rule_id: str
    severity: Literal["blocks", "warns"]
    message: str
    query: str
    against: Literal["nothing", "published"] = "nothing"


@dataclass(frozen=True)
class Finding:
    """What a check found. `message` is Dutch and names the first rows that fail."""

    check: Check
    evaluated: int
    failed: int
    message: str

    @property
    def passed(self) -> bool:
        return self.failed == 0


class AuditFailedError(RuntimeError):
    """A blocking check failed: nothing may be published. The message names each of them."""


def checks() -> list[Check]:
    """The requirements on marts, in the order in which somebody would read them."""
    counted = " union all ".join(
        f"select '{mart}' as sleutel, (select count(*) from {NEXT}.{mart})::numeric as waarde, "
        f"1 as laagst, null::numeric as hoogst"
        for mart in MARTS
    )
    compared = " union all ".join(
        f"select '{mart}' as sleutel, (select count(*) from {NEXT}.{mart})::numeric as waarde, "
        f"0.9 * (select count(*) from {PUBLISHED}.{mart}) as laagst, null::numeric as hoogst"
        for mart in MARTS
    )
    headline = (
        "m.is_hoofdonderdeel and m.gebied_soort = 'gemeente' and m.corporatie_code = '' "
        "and m.waarde is not null"
    )
    key = "m.indicator || ' ' || m.onderdeel || ' ' || m.peildatum"
    same = (
        "n.indicator = m.indicator and n.onderdeel = m.onderdeel and n.peildatum = m.peildatum "
        "and n.gebied_soort = m.gebied_soort and n.gebied_code = m.gebied_code "
        "and n.corporatie_code = m.corporatie_code"
    )
    jump = (
        f"select {key} as sleutel, n.waarde, "
        "m.waarde - greatest(abs(m.waarde) * {share}, {floor}) as laagst, "
        "m.waarde + greatest(abs(m.waarde) * {share}, {floor}) as hoogst "
        f"from {PUBLISHED}.mart_indicator as m "
        f"inner join {NEXT}.mart_indicator as n on {same} where {headline} "
        "and n.waarde is not null"
    )
    return [
        Check("marts-gevuld", "blocks", "Elke tabel heeft rijen.", counted),
        Check(
            "doel-status",
            "blocks",
            "Elk doel heeft op elke peildatum een status die wij kennen.",
            "select d.doel_id || ' ' || d.peildatum as sleutel, "
            "case when s.code is not null then 1 end::numeric as waarde, 1 as laagst, 1 as hoogst "
            f"from {NEXT}.mart_doel_stand as d left join reference.status as s "
            "on d.status = s.code",
        ),
        Check(
            "afspraak-status",
            "blocks",
            "Elke afspraak heeft een status die wij kennen.",
            "select a.nummer as sleutel, "
            "case when s.code is not null then 1 end::numeric as waarde, "
            f"1 as laagst, 1 as hoogst from {NEXT}.mart_afspraak_stand as a "
            "left join reference.status as s on a.status = s.code",
        ),
        Check(
            "percentage-bereik",
            "blocks",
            "Een percentage ligt tussen 0 en 100.",
            f"select {key} || ' ' || m.gebied_code || ' ' || m.corporatie_code as sleutel, "
            f"m.waarde, 0 as laagst, 100 as hoogst from {NEXT}.mart_indicator as m "
            "where m.eenheid = '%' and m.waarde is not null",
        ),
        Check(
            "corporaties-tellen-op",
            "blocks",
            "De corporaties samen zijn het totaal van de gemeente.",
            f"select {key} as sleutel, c.som as waarde, m.waarde as laagst, m.waarde as hoogst "
            f"from {NEXT}.mart_indicator as m "
            "inner join reference.indicator as i on m.indicator = i.code and i.oprol = 'som' "
            "inner join (select indicator, onderdeel, peildatum, sum(waarde) as som "
            f"from {NEXT}.mart_indicator "
            "where gebied_soort = 'gemeente' and corporatie_code <> '' "
            "group by indicator, onderdeel, peildatum) as c "
            "using (indicator, onderdeel, peildatum) "
            "where m.gebied_soort = 'gemeente' and m.corporatie_code = '' "
            "and m.waarde is not null",
        ),
        Check(
            "cbs-wijken-tellen-op",
            "blocks",
            "De wijken samen zijn volgens CBS de woningvoorraad van de gemeente (op 0,5% na).",
            _wijken_against_gemeente("0.005"),
        ),
        Check(
            "cbs-wijken-precies",
            "warns",
            "De wijken samen zijn volgens CBS precies de woningvoorraad van de gemeente.",
            _wijken_against_gemeente("0"),
        ),
        Check(
            "rijen-niet-verloren",
            "blocks",
            "Een tabel heeft ten minste negen tiende van de rijen die gepubliceerd zijn.",
            compared,
            "published",
        ),
        Check(
            "gebieden-niet-verloren",
            "blocks",
            "Elk gebied met een gepubliceerd cijfer heeft het nog.",
            f"select distinct m.indicator || ' ' || m.gebied_code as sleutel, "
            "case when n.gebied_code is not null then 1 end::numeric as waarde, "
            f"1 as laagst, 1 as hoogst from {PUBLISHED}.mart_indicator as m "
            f"left join (select distinct indicator, gebied_code from {NEXT}.mart_indicator) as n "
            "on m.indicator = n.indicator and m.gebied_code = n.gebied_code",
            "published",
        ),
        Check(
            "peildatum-niet-terug",
            "blocks",
            "De laatste peildatum van een indicator ligt niet vóór de gepubliceerde.",
            "select m.indicator as sleutel, (n.laatste - m.laatste)::numeric as waarde, "
            "0 as laagst, null::numeric as hoogst from "
            "(select indicator, max(peildatum) as laatste "
            f"from {PUBLISHED}.mart_indicator where waarde is not null group by indicator) as m "
            "left join (select indicator, max(peildatum) as laatste "
            f"from {NEXT}.mart_indicator where waarde is not null group by indicator) as n "
            "on m.indicator = n.indicator",
            "published",
        ),
        Check(
            "hoofdcijfer-sprong",
            "blocks",
            "Een gepubliceerd hoofdcijfer verandert niet meer dan een kwart.",
            jump.format(share="0.25", floor="25"),
            "published",
        ),
        Check(
            "hoofdcijfer-verandering",
            "warns",
            "Een gepubliceerd hoofdcijfer verandert niet meer dan een twintigste.",
            jump.format(share="0.05", floor="5"),
            "published",
        ),
    ]


def audit(settings: Settings, *, run_id: str | None = None) -> list[Finding]:
    """Check marts__next, record every finding, and let the run be published.

    Raises AuditFailedError when a check that blocks fails. Without published marts (a first
    night) only the checks that need none are made.
    """
    with connect(settings, "transformer", autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(hashtext('expectations.audit'))")
        _drop_leftovers(connection)
        wanted = [
            check for check in checks() if check.against == "nothing" or _is_comparable(connection)
        ]
        findings, results = _find(connection, settings, wanted)
        with connection.transaction():
            _record(connection, findings, settings, run_id)
            failed = [f for f in findings if f.check.severity == "blocks" and not f.passed]
            if run_id and not failed:
                connection.execute(
                    "update ops.run set audited_at = %s where run_id = %s",
                    [settings.now(), run_id],
                )
            crash_point("audit.before_commit")
        _drop_leftovers(connection)
    write_data_docs(settings.state_dir / "gx" / "data_docs", results)
    if failed:
        raise AuditFailedError(" ".join(f.message for f in failed))
    return findings


def _find(
    connection: psycopg.Connection, settings: Settings, wanted: Sequence[Check]
) -> tuple[list[Finding], list[Any]]:
    import great_expectations as gx
    import great_expectations.expectations as gxe

    from expectations.suites import quiet_context

    datasource = add_datasource(
        quiet_context(), settings, WORK_SCHEMA, DATABASE_ROLES["transformer"]
    )
    findings, results = [], []
    for number, check in enumerate(wanted):
        table = f"{WORK_PREFIX}{number}"
        connection.execute(
            sql.SQL("create table {} as {}").format(
                sql.Identifier(WORK_SCHEMA, table),
                sql.SQL(check.query),
            )
        )
        meta = {"rule_id": check.rule_id, "severity": check.severity}
        suite = gx.ExpectationSuite(
            name=f"marts {check.rule_id}",
            expectations=[
                gxe.ExpectColumnValuesToNotBeNull(
                    column="waarde", meta=meta, description=check.message
                ),
                *(
                    gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                        column_A=first,
                        column_B=second,
                        or_equal=True,
                        ignore_row_if="either_value_is_missing",
                        meta=meta,
                        description=check.message,
                    )
                    for first, second in (("waarde", "laagst"), ("hoogst", "waarde"))
                ),
            ],
        )
        batch = (
            datasource.add_table_asset(table, table_name=table)
            .add_batch_definition_whole_table("rows")
            .get_batch()
        )
        result = batch.validate(
            suite,
            result_format={
                "result_format": "BOOLEAN_ONLY",
                "unexpected_index_column_names": ["sleutel"],
                "return_unexpected_index_query": True,
            },
        )
        results.append(result)
        for answer in result.results:
            if answer.exception_info.get("raised_exception"):
                text = answer.exception_info["exception_message"]
                raise RuntimeError(f"{check.rule_id}: {text}")
        findings.append(_finding(connection, check, table, bool(result.success)))
    return findings, results


def _finding(connection: psycopg.Connection, check: Check, table: str, passed: bool) -> Finding:
    wrong = sql.SQL("(waarde is null or waarde < laagst or waarde > hoogst)")
    relation = sql.Identifier(WORK_SCHEMA, table)
    counted = connection.execute(
        sql.SQL("select count(*), count(*) filter (where {}) from {}").format(wrong, relation)
    ).fetchone()
    evaluated, failed = counted or (0, 0)
    if passed != (failed == 0):
        raise RuntimeError(f"{check.rule_id}: the expectation and its rows disagree")
    if passed:
        return Finding(check, evaluated, failed, check.message)
    named = connection.execute(
        sql.SQL(
            "select sleutel, waarde, laagst, hoogst from {} where {} order by sleutel limit %s"
        ).format(relation, wrong),
        [_NAMED],
    ).fetchall()
    told = "; ".join(_told(*row) for row in named)
    more = f" en nog {failed - _NAMED}" if failed > _NAMED else ""
    return Finding(check, evaluated, failed, f"{check.message} Niet waar voor: {told}{more}.")


def _told(key: str, value: Decimal | None, low: Decimal | None, high: Decimal | None) -> str:
    if value is None:
        return f"{key} (ontbreekt)"
    if low is not None and value < low:
        return f"{key} ({_number(value)}, ten minste {_number(low)})"
    return f"{key} ({_number(value)}, ten hoogste {_number(high or Decimal(0))})"


def _number(value: Decimal) -> str:
    text = f"{value:,.1f}".removesuffix(".0")
    return text.replace(",", " ").replace(".", ",").replace(" ", ".")


def _record(
    connection: psycopg.Connection,
    findings: Sequence[Finding],
    settings: Settings,
    run_id: str | None,
) -> None:
    connection.execute(
        "delete from ops.quality_result where run_id = %s and suite = 'marts' and tool = 'gx'",
        [run_id],
    )
    for finding in findings:
        connection.execute(
            "insert into ops.quality_result (run_id, checked_at, tool, suite, rule_id, subject, "
            "severity, passed, evaluated, failed, message) "
            "values (%s, %s, 'gx', 'marts', %s, 'marts', %s, %s, %s, %s, %s)",
            [
                run_id,
                settings.now(),
                finding.check.rule_id,
                finding.check.severity,
                finding.passed,
                finding.evaluated,
                finding.failed,
                finding.message,
            ],
        )


def _wijken_against_gemeente(tolerance: str) -> str:
    return (
        "select m.indicator || ' ' || m.peildatum as sleutel, w.som as waarde, "
        f"m.waarde * (1 - {tolerance}) as laagst, m.waarde * (1 + {tolerance}) as hoogst "
        f"from {NEXT}.mart_indicator as m inner join (select indicator, onderdeel, peildatum, "
        f"sum(waarde) as som from {NEXT}.mart_indicator where gebied_soort = 'wijk' "
        "and corporatie_code = '' group by indicator, onderdeel, peildatum "
        "having count(waarde) = count(*)) as w using (indicator, onderdeel, peildatum) "
        "where m.indicator = 'CBS-WONINGVOORRAAD' and m.gebied_soort = 'gemeente' "
        "and m.corporatie_code = '' and m.waarde is not null"
    )


def _is_comparable(connection: psycopg.Connection) -> bool:
    """Whether all marts are published already, so that the new ones have a yesterday."""
    row = connection.execute(
        "select count(*) from pg_tables where schemaname = %s and tablename = any(%s)",
        [PUBLISHED, list(MARTS)],
    ).fetchone()
    return row is not None and row[0] == len(MARTS)


def _drop_leftovers(connection: psycopg.Connection) -> None:
    for (name,) in connection.execute(
        "select tablename from pg_tables where schemaname = %s and starts_with(tablename, %s)",
        [WORK_SCHEMA, WORK_PREFIX],
    ).fetchall():
        connection.execute(sql.SQL("drop table {}").format(sql.Identifier(WORK_SCHEMA, name)))
