"""The rules in Postgres: all pending landings of a table in one typed relation, one scan a group.

The relation is an unlogged table, so that GX's own connection sees it; a killed run leaves it
behind and the next one drops it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from afspraken.db import DATABASE_ROLES, warehouse_dsn
from afspraken.settings import Settings
from expectations.assertions import (
    BAD,
    GOOD,
    KNOWN,
    SUM_TOLERANCE,
    TYPED,
    UNKNOWN,
    Relation,
    by_condition,
)
from expectations.suites import ROW_INDEX, key_column, subject, suite, sum_column
from ingestion.contract import Condition, FieldType, LaterThan, Rule

WORK_PREFIX = "_oordeel_"


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

    @cached_property
    def failed_by_landing(self) -> dict[int, list[FailedRow]]:
        rows: dict[int, list[FailedRow]] = {}
        for row in self.failed:
            rows.setdefault(row.landing_id, []).append(row)
        return rows


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


def add_datasource(
    context: Any, settings: Settings, schema: str = "raw", role: str = DATABASE_ROLES["loader"]
) -> Any:
    """One schema of the warehouse as a GX data source, acting as a role."""
    from sqlalchemy import URL

    params = conninfo_to_dict(warehouse_dsn(settings))
    url = URL.create(
        "postgresql+psycopg2",
        username=str(params.get("user") or "") or None,
        password=str(params.get("password") or "") or None,
        host=str(params.get("host") or "localhost"),
        port=int(str(params.get("port") or 5432)),
        database=str(params["dbname"]),
        query={"options": f"-c role={role} -c search_path={schema}"},
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
    # GX names tables without their schema, also in the query for failing rows
    connection.execute("set search_path to raw")
    _make_work_table(connection, relation, landing_ids, work)
    evaluated = _evaluated(connection, relation, work)
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
            datasource.add_table_asset(asset, table_name=asset)
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
    """The typed relation, in three layers, so that each text is trimmed and matched once."""
    text: list[sql.Composable] = [
        sql.SQL("r._landing_id, r._row_number, l.sender as _afzender, l.peildatum as _peildatum"),
        sql.SQL("extract(year from l.peildatum)::integer + 1 as _peiljaar_plus_1"),
        *(
            sql.SQL("nullif(btrim(r.{0}), '') as {0}").format(sql.Identifier(column))
            for column in relation.columns
        ),
    ]
    values: list[sql.Composable] = [sql.SQL("t.*")]
    forms: list[sql.Composable] = [sql.SQL("v.*")]
    for column, type_ in relation.types.items():
        if type_ in TYPED:
            names = {"text": sql.Identifier(column), "value": sql.Identifier(f"{column}__waarde")}
            values.append(_value(column, type_, relation.forms[column], names["value"]))
            forms.append(
                sql.SQL(
                    "case when {value} is not null then {good} when {text} is not null then {bad} "
                    "end as {form}"
                ).format(
                    **names,
                    good=sql.Literal(GOOD),
                    bad=sql.Literal(BAD),
                    form=sql.Identifier(f"{column}__vorm"),
                )
            )
    for rule in relation.rules:
        if rule.kind == "unique":
            key = sql.SQL(" || '|' || ").join(
                [sql.SQL("_landing_id"), *map(sql.Identifier, rule.columns)]
            )
            forms.append(sql.SQL("{} as {}").format(key, sql.Identifier(key_column(rule))))
        if rule.kind == "valid_code":
            forms.append(_validity(rule))
        if rule.kind == "sum_equals":
            forms.append(_sum(relation, rule))
    for column, prefix in relation.areas.items():
        forms.append(
            sql.SQL(
                "case when {text} is null then null "
                "when {prefix} || {text} in (select code from known_area) "
                "or not exists (select from known_area) then {known} else {unknown} end as {name}"
            ).format(
                text=sql.Identifier(column),
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
            # offset 0 keeps Postgres from writing one layer's expressions out in the next
            "select {forms} from (select {values} from (select {text} from {raw} as r "
            "inner join ops.landing as l on r._landing_id = l.landing_id "
            "where r._landing_id in ({ids}) offset 0) as t offset 0) as v"
        ).format(
            work=sql.Identifier("raw", work),
            forms=sql.SQL(", ").join(forms),
            values=sql.SQL(", ").join(values),
            text=sql.SQL(", ").join(text),
            raw=sql.Identifier("raw", relation.table),
            ids=sql.SQL(", ").join(map(sql.Literal, landing_ids)),
        )
    )


def _value(column: str, type_: FieldType, form: str, name: sql.Identifier) -> sql.Composable:
    text = sql.Identifier(column)
    test = sql.SQL("{} ~ {}").format(text, sql.Literal(form))
    match type_:
        case "date":
            # 2026-02-30 has the form of a date and is none
            test = sql.SQL("{} and pg_input_is_valid({}, 'date')").format(test, text)
            value = sql.SQL("{}::date").format(text)
        case "month":
            value = sql.SQL("({} || '-01')::date").format(text)
        case "number":
            # a decimal comma is as good as a point
            value = sql.SQL("replace({}, ',', '.')::numeric").format(text)
        case _:
            value = sql.SQL("{}::integer").format(text)
    return sql.SQL("case when {} then {} end as {}").format(test, value, name)


def _sum(relation: Relation, rule: Rule) -> sql.Composable:
    """Whether the parts are the total; an empty part is nothing, an empty total says nothing."""
    total, *parts = (sql.Identifier(relation.typed(column)) for column in rule.columns)
    return sql.SQL(
        "case when {total} is null then null when abs({parts} - {total}) < {tolerance} "
        "then {good} else {bad} end as {name}"
    ).format(
        total=total,
        parts=sql.SQL(" + ").join(sql.SQL("coalesce({}, 0)").format(part) for part in parts),
        tolerance=sql.SQL(SUM_TOLERANCE),
        good=sql.Literal(GOOD),
        bad=sql.Literal(BAD),
        name=sql.Identifier(sum_column(rule)),
    )


def _validity(rule: Rule) -> sql.Composable:
    """Whether a code existed on the peildatum; codes without limits always did."""
    column = sql.Identifier(rule.column)
    outside: list[sql.Composable] = []
    for code, (first, last) in rule.params["validity"].items():
        for day, order in ((first, "<"), (last, ">")):
            if day:
                outside.append(
                    sql.SQL("({} = {} and _peildatum {} {})").format(
                        column, sql.Literal(code), sql.SQL(order), sql.Literal(day)
                    )
                )
    return sql.SQL(
        "case when {column} is null then null when {outside} then {bad} else {good} end as {name}"
    ).format(
        column=column,
        outside=sql.SQL(" or ").join(outside),
        bad=sql.Literal(BAD),
        good=sql.Literal(GOOD),
        name=sql.Identifier(f"{rule.column}__geldig"),
    )


def _where(condition: Condition) -> sql.Composable:
    tests: list[sql.Composable] = []
    for column, wanted in condition.items():
        name = sql.Identifier(column)
        if wanted == "gevuld":
            tests.append(sql.SQL("{} is not null").format(name))
        elif wanted == "leeg":
            tests.append(sql.SQL("{} is null").format(name))
        elif isinstance(wanted, LaterThan):
            first, second = (
                sql.Identifier(f"{dated}__waarde") for dated in (column, wanted.column)
            )
            tests.append(sql.SQL("{} > {}").format(first, second))
        else:
            codes = sql.SQL(", ").join(map(sql.Literal, wanted))
            tests.append(sql.SQL("{} in ({})").format(name, codes))
    return sql.SQL(" and ").join(tests)


def _evaluated(
    connection: psycopg.Connection, relation: Relation, work: str
) -> dict[str, dict[int, int]]:
    """Per rule and landing, the number of rows the rule had something to say about."""
    counts: list[sql.Composable] = []
    for rule in relation.rules:
        tests: list[sql.Composable] = [
            sql.SQL("{} is not null").format(sql.Identifier(name))
            for name in subject(relation, rule)
        ]
        if condition := relation.when(rule):
            tests.append(_where(condition))
        if tests:
            counts.append(
                sql.SQL("count(*) filter (where {})").format(sql.SQL(" and ").join(tests))
            )
        else:
            counts.append(sql.SQL("count(*)"))
    rows = connection.execute(
        sql.SQL("select _landing_id, {} from {} group by _landing_id").format(
            sql.SQL(", ").join(counts), sql.Identifier("raw", work)
        )
    ).fetchall()
    return {
        rule.rule_id: {row[0]: row[1 + place] for row in rows}
        for place, rule in enumerate(relation.rules)
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
