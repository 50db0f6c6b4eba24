"""The rules in Postgres: all pending landings of a table in one typed relation, one scan a group.

The relation is an unlogged table, so that GX's own connection sees it; a killed run leaves it
behind and the next one drops it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from afspraken.db import DATABASE_ROLES, warehouse_dsn
from afspraken.settings import Settings
from expectations.assertions import BAD, GOOD, KNOWN, UNKNOWN, Relation, by_condition
from expectations.suites import ROW_INDEX, key_column, subject, suite
from ingestion.contract import (
    DATE_PATTERN,
    INTEGER_PATTERN,
    NUMBER_PATTERN,
    Condition,
    FieldType,
    Rule,
)

WORK_PREFIX = "_oordeel_"
_CASTS: dict[FieldType, tuple[str, str]] = {
    "date": (DATE_PATTERN, "date"),
    "integer": (INTEGER_PATTERN, "integer"),
    "number": (NUMBER_PATTERN, "numeric"),
}


@dataclass(frozen=True)
class FailedRow:
    landing_id: int
    row_number: int
    value: str | None


@dataclass(frozen=True)
class Outcome:
    """One rule over all pending landings: how many cells it looked at, and which rows fail it."""

    rule: Rule
    evaluated: dict[int, int]
    failed: tuple[FailedRow, ...]


def drop_leftovers(connection: psycopg.Connection) -> None:
    """Remove what an earlier run of the judge left in schema raw."""
    names = connection.execute(
        "select c.relname, c.relkind from pg_class as c "
        "inner join pg_namespace as n on c.relnamespace = n.oid "
        "where n.nspname = 'raw' and starts_with(c.relname, %s) and c.relkind = 'r'",
        [WORK_PREFIX],
    ).fetchall()
    for name, _ in names:
        connection.execute(sql.SQL("drop table {} cascade").format(sql.Identifier("raw", name)))


def add_datasource(context: Any, settings: Settings, role: str = DATABASE_ROLES["loader"]) -> Any:
    """The warehouse as a GX data source, acting as a role."""
    from sqlalchemy import URL

    params = conninfo_to_dict(warehouse_dsn(settings))
    url = URL.create(
        "postgresql+psycopg2",
        username=str(params.get("user") or "") or None,
        password=str(params.get("password") or "") or None,
        host=str(params.get("host") or "localhost"),
        port=int(str(params.get("port") or 5432)),
        database=str(params["dbname"]),
        query={"options": f"-c role={role}"},
    )
    return context.data_sources.add_postgres(
        "warehouse", connection_string=url.render_as_string(hide_password=False)
    )


def validate(
    connection: psycopg.Connection,
    datasource: Any,
    relation: Relation,
    landing_ids: Sequence[int],
) -> tuple[list[Outcome], list[Any]]:
    """All rules of a relation over the rows of some landings; also GX's own results.

    `connection` is in autocommit: GX reads through a connection of its own.
    """
    work = f"{WORK_PREFIX}{relation.table}"
    _make_work_table(connection, relation, landing_ids, work)
    outcomes: list[Outcome] = []
    results: list[Any] = []
    groups = by_condition(relation, relation.rules)
    for number, (condition, rules) in enumerate(groups):
        asset = work
        if condition:
            asset = f"{work}_{number}"
            connection.execute(
                sql.SQL("create view {} as select * from {} where {}").format(
                    sql.Identifier("raw", asset),
                    sql.Identifier("raw", work),
                    _where(condition),
                )
            )
        batch = (
            datasource.add_table_asset(asset, table_name=asset, schema_name="raw")
            .add_batch_definition_whole_table("rows")
            .get_batch()
        )
        result = batch.validate(
            suite(relation, rules, f"{relation.table} {number}"),
            result_format={
                "result_format": "BOOLEAN_ONLY",
                "unexpected_index_column_names": ROW_INDEX,
                "return_unexpected_index_query": True,
            },
        )
        results.append(result)
        evaluated = _evaluated(connection, relation, rules, asset)
        by_id = {rule.rule_id: rule for rule in rules}
        for answer in result.results:
            rule = by_id[answer.expectation_config.meta["rule_id"]]
            if answer.exception_info.get("raised_exception"):
                raise RuntimeError(f"{rule.rule_id}: {answer.exception_info['exception_message']}")
            failed: tuple[FailedRow, ...] = ()
            if not answer.success:
                query = answer.result["unexpected_index_query"]
                failed = _failed_rows(connection, work, rule, query)
            outcomes.append(Outcome(rule, evaluated[rule.rule_id], failed))
    connection.execute(sql.SQL("drop table {} cascade").format(sql.Identifier("raw", work)))
    return outcomes, results


def _make_work_table(
    connection: psycopg.Connection, relation: Relation, landing_ids: Sequence[int], work: str
) -> None:
    text = {
        column: sql.SQL("nullif(btrim(r.{}), '')").format(sql.Identifier(column))
        for column in relation.columns
    }
    parts = [
        sql.SQL("r._landing_id, r._row_number"),
        sql.SQL("l.sender as _afzender, l.peildatum as _peildatum"),
        sql.SQL("extract(year from l.peildatum)::integer + 1 as _peiljaar_plus_1"),
    ]
    parts += [
        sql.SQL("{} as {}").format(value, sql.Identifier(column)) for column, value in text.items()
    ]
    for column, type_ in relation.types.items():
        if type_ in _CASTS:
            pattern, cast = _CASTS[type_]
            # a decimal comma is as good as a point
            value = sql.SQL("replace({}, ',', '.')").format(text[column])
            valid = sql.SQL("{} ~ {} and pg_input_is_valid({}, {})").format(
                text[column], sql.Literal(pattern), value, sql.Literal(cast)
            )
            parts.append(
                sql.SQL("case when {} then ({})::{} end as {}").format(
                    valid, value, sql.SQL(cast), sql.Identifier(f"{column}__waarde")
                )
            )
            parts.append(
                sql.SQL(
                    "case when {} is not null then case when {} then {} else {} end end as {}"
                ).format(
                    text[column],
                    valid,
                    sql.Literal(GOOD),
                    sql.Literal(BAD),
                    sql.Identifier(f"{column}__vorm"),
                )
            )
    for rule in relation.rules:
        if rule.kind == "unique":
            key = sql.SQL(" || '|' || ").join(
                [sql.SQL("r._landing_id"), *(text[column] for column in rule.columns)]
            )
            parts.append(sql.SQL("{} as {}").format(key, sql.Identifier(key_column(rule))))
    for column, prefix in relation.areas.items():
        parts.append(
            sql.SQL(
                "case when {text} is null then null "
                "when {prefix} || {text} in (select code from known_area) "
                "or not exists (select from known_area) then {known} else {unknown} end as {name}"
            ).format(
                text=text[column],
                prefix=sql.Literal(prefix),
                known=sql.Literal(KNOWN),
                unknown=sql.Literal(UNKNOWN),
                name=sql.Identifier(f"{column}__gebied"),
            )
        )
    connection.execute(
        sql.SQL(
            "create unlogged table {work} as "
            "with known_area as materialized ("
            "select distinct identifier as code from raw.cbs_kwb_gebied) "
            "select {parts} from {raw} as r "
            "inner join ops.landing as l on r._landing_id = l.landing_id "
            "where r._landing_id in ({ids})"
        ).format(
            work=sql.Identifier("raw", work),
            parts=sql.SQL(", ").join(parts),
            raw=sql.Identifier("raw", relation.table),
            ids=sql.SQL(", ").join(map(sql.Literal, landing_ids)),
        )
    )
    connection.execute(sql.SQL("analyze {}").format(sql.Identifier("raw", work)))


def _where(condition: Condition) -> sql.Composable:
    tests: list[sql.Composable] = []
    for column, wanted in condition.items():
        name = sql.Identifier(column)
        if wanted == "gevuld":
            tests.append(sql.SQL("{} is not null").format(name))
        elif wanted == "leeg":
            tests.append(sql.SQL("{} is null").format(name))
        else:
            codes = sql.SQL(", ").join(map(sql.Literal, wanted))
            tests.append(sql.SQL("{} in ({})").format(name, codes))
    return sql.SQL(" and ").join(tests)


def _evaluated(
    connection: psycopg.Connection, relation: Relation, rules: Sequence[Rule], asset: str
) -> dict[str, dict[int, int]]:
    """Per rule and landing, the number of rows the rule had something to say about."""
    counts = []
    for rule in rules:
        needed = subject(relation, rule)
        if needed:
            filled = sql.SQL(" and ").join(
                sql.SQL("{} is not null").format(sql.Identifier(name)) for name in needed
            )
            counts.append(sql.SQL("count(*) filter (where {})").format(filled))
        else:
            counts.append(sql.SQL("count(*)"))
    rows = connection.execute(
        sql.SQL("select _landing_id, {} from {} group by _landing_id").format(
            sql.SQL(", ").join(counts), sql.Identifier("raw", asset)
        )
    ).fetchall()
    return {
        rule.rule_id: {row[0]: row[1 + place] for row in rows} for place, rule in enumerate(rules)
    }


def _failed_rows(
    connection: psycopg.Connection, work: str, rule: Rule, query: str
) -> tuple[FailedRow, ...]:
    """The rows behind a failed rule, with the cell a receipt shows."""
    statement = sql.SQL(
        "select w._landing_id, w._row_number, w.{column} from ({query}) as failed "
        "inner join {work} as w using (_landing_id, _row_number) "
        "order by w._landing_id, w._row_number"
    ).format(
        column=sql.Identifier(rule.column),
        # GX renders values into this text, so nothing of it is a placeholder
        query=sql.SQL(query.rstrip().rstrip(";").replace("{", "{{").replace("}", "}}")).format(),
        work=sql.Identifier("raw", work),
    )
    return tuple(FailedRow(*row) for row in connection.execute(statement).fetchall())
