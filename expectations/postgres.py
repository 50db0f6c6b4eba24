"""The rules in Postgres: all pending landings of a table in one relation, one scan a group.

Where rules ask for dates or numbers the relation is a typed, unlogged table, so that GX's own
connection sees it; where they ask for text alone it is a view, so that a national file is not
written twice. A killed run leaves either behind and the next one drops it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from expectations.outcomes import REMARKS_LISTED, FailedRow, Outcome
from expectations.suites import ROW_INDEX, key_column, subject, suite, sum_column
from ingestion.contract import Condition, FieldType, LaterThan, Rule

WORK_PREFIX = "_oordeel_"


def drop_leftovers(connection: psycopg.Connection, prefix: str = WORK_PREFIX) -> None:
    """Remove what a run of the judge left in schema raw."""
    left = connection.execute(
        "select c.relname, c.relkind from pg_class as c "
        "inner join pg_namespace as n on c.relnamespace = n.oid "
        "where n.nspname = 'raw' and starts_with(c.relname, %s) and c.relkind in ('r', 'v')",
        [prefix],
    ).fetchall()
    for name, kind in left:
        connection.execute(
            sql.SQL("drop {} if exists {} cascade").format(
                sql.SQL("view" if kind == "v" else "table"), sql.Identifier("raw", name)
            )
        )


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
    work = f"{WORK_PREFIX}{relation.name}"
    # GX names tables without their schema, also in the query for failing rows
    connection.execute("set search_path to raw")
    drop_leftovers(connection, work)
    _make_relation(connection, relation, landing_ids, work)
    if not _is_view(relation):
        # without statistics a rule about other rows is planned for a handful of them
        connection.execute(sql.SQL("analyze {}").format(sql.Identifier("raw", work)))
    outcomes: list[Outcome] = []
    results: list[Any] = []
    evaluated = _evaluated(connection, relation, work)
    if _is_view(relation):
        assets = _sifted(connection, datasource, relation, work)
    else:
        assets = _conditional(connection, relation, work)
    for asset, rules in assets:
        result = _ask(datasource, relation, rules, asset)
        results.append(result)
        by_id = {rule.rule_id: rule for rule in rules}
        failing: list[tuple[Rule, str]] = []
        for answer in result.results:
            rule = by_id[answer.expectation_config.meta["rule_id"]]
            if answer.success:
                outcomes.append(Outcome(rule, evaluated[rule.rule_id], ()))
            else:
                failing.append((rule, answer.result["unexpected_index_query"]))
        outcomes += _failed(connection, relation, asset, failing, evaluated)
    drop_leftovers(connection, work)
    in_order = {rule.rule_id: place for place, rule in enumerate(relation.rules)}
    return sorted(outcomes, key=lambda outcome: in_order[outcome.rule.rule_id]), results


def _is_view(relation: Relation) -> bool:
    """Whether rules ask for text as delivered alone, so that no typed copy of it is made."""
    return not relation.is_delivery and not relation.types


def _conditional(
    connection: psycopg.Connection, relation: Relation, work: str
) -> list[tuple[str, list[Rule]]]:
    """The rules with the asset that holds exactly the rows they are about."""
    assets = []
    for number, (condition, rules) in enumerate(by_condition(relation, relation.rules)):
        asset = work
        if condition:
            asset = f"{work}_{number}"
            connection.execute(
                sql.SQL("create view {} as select * from {} where {}").format(
                    sql.Identifier("raw", asset), sql.Identifier("raw", work), _where(condition)
                )
            )
        assets.append((asset, rules))
    return assets


def _sifted(
    connection: psycopg.Connection, datasource: Any, relation: Relation, work: str
) -> list[tuple[str, list[Rule]]]:
    """Rules about single rows with only the rows that break one of them; other rules with all.

    The sieve is made of GX's own conditions, which it tells when it is asked about no rows at
    all: so a national file is read once, and what GX then judges is all that can fail. Only
    what stays in the sieve is trimmed.
    """
    nothing, sieve = f"{work}_niets", f"{work}_gebroken"
    name = {"work": sql.Identifier("raw", work), "sieve": sql.Identifier("raw", sieve)}
    connection.execute(
        sql.SQL("create view {} as select * from {work} where false").format(
            sql.Identifier("raw", nothing), **name
        )
    )
    conditions: list[sql.Composable] = []
    by_row: list[Rule] = []
    others: list[Rule] = []
    rules = {rule.rule_id: rule for rule in relation.rules}
    for answer in _ask(datasource, relation, relation.rules, nothing).results:
        rule = rules[answer.expectation_config.meta["rule_id"]]
        condition = _condition(nothing, answer.result["unexpected_index_query"])
        if condition is None:
            others.append(rule)
        else:
            by_row.append(rule)
            conditions.append(condition)
            if rule.kind == "present":
                conditions.append(sql.SQL("btrim({}) = ''").format(sql.Identifier(rule.column)))
    assets = [(work, others)] if others else []
    if by_row:
        needed = {column for rule in by_row for column in (rule.column, *subject(relation, rule))}
        connection.execute(
            sql.SQL(
                "create unlogged table {sieve} as select _landing_id, _row_number, {columns} "
                "from {work} where {any}"
            ).format(
                columns=sql.SQL(", ").join(
                    sql.SQL("nullif(btrim({0}), '') as {0}").format(sql.Identifier(column))
                    for column in sorted(needed)
                ),
                any=sql.SQL(" or ").join(conditions),
                **name,
            )
        )
        assets.append((sieve, by_row))
    return assets


def _ask(datasource: Any, relation: Relation, rules: Sequence[Rule], asset: str) -> Any:
    """GX's answer for each rule over an asset, with its query for the rows that fail."""
    batch = (
        datasource.add_table_asset(asset, table_name=asset)
        .add_batch_definition_whole_table("rows")
        .get_batch()
    )
    result = batch.validate(
        suite(relation, rules, asset.removeprefix(WORK_PREFIX)),
        result_format={
            "result_format": "BOOLEAN_ONLY",
            "unexpected_index_column_names": ROW_INDEX,
            "return_unexpected_index_query": True,
        },
    )
    for answer in result.results:
        if answer.exception_info.get("raised_exception"):
            rule_id = answer.expectation_config.meta["rule_id"]
            raise RuntimeError(f"{rule_id}: {answer.exception_info['exception_message']}")
    return result


def _make_relation(
    connection: psycopg.Connection, relation: Relation, landing_ids: Sequence[int], work: str
) -> None:
    """The relation: a typed table in three layers, so that each text is trimmed and matched once,
    or a view of the text as it was delivered.
    """
    is_view = _is_view(relation)
    text: list[sql.Composable] = [
        sql.SQL("r._landing_id, r._row_number"),
        *(
            sql.SQL("r.{0}" if is_view else "nullif(btrim(r.{0}), '') as {0}").format(
                sql.Identifier(column)
            )
            for column in relation.columns
        ),
    ]
    if relation.is_delivery:
        text.append(
            sql.SQL(
                "l.sender as _afzender, l.peildatum as _peildatum, "
                "extract(year from l.peildatum)::integer + 1 as _peiljaar_plus_1"
            )
        )
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
            "create {what} {work} as "
            "with known_area as materialized ("
            "select distinct identifier as code from raw.cbs_code where soort = 'gebied') "
            # offset 0 keeps Postgres from writing one layer's expressions out in the next
            "select {forms} from (select {values} from (select {text} from {raw} as r "
            "{landings} "
            "where r._landing_id in ({ids}) {fence}) as t {fence}) as v"
        ).format(
            what=sql.SQL("view" if is_view else "unlogged table"),
            # a fence costs a view the columns that nobody asks for, and its parallel scan
            fence=sql.SQL("" if is_view else "offset 0"),
            work=sql.Identifier("raw", work),
            forms=sql.SQL(", ").join(forms),
            values=sql.SQL(", ").join(values),
            text=sql.SQL(", ").join(text),
            raw=sql.Identifier("raw", relation.table),
            landings=sql.SQL(
                "inner join ops.landing as l on r._landing_id = l.landing_id"
                if relation.is_delivery
                else ""
            ),
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


def _failed(
    connection: psycopg.Connection,
    relation: Relation,
    asset: str,
    failing: Sequence[tuple[Rule, str]],
    evaluated: Mapping[str, dict[int, int]],
) -> list[Outcome]:
    """The rows behind the failed rules of one asset, with the cell a receipt shows, in one scan."""
    if not failing:
        return []
    parts: list[sql.Composable] = []
    by_row: list[tuple[int, Rule, sql.Composable]] = []
    for place, (rule, query) in enumerate(failing):
        condition = _condition(asset, query)
        if condition is None:
            parts.append(_joined(asset, place, rule, query))
        else:
            by_row.append((place, rule, condition))
    if by_row:
        parts.append(_scanned(asset, by_row))
    connection.execute(
        sql.SQL("create temporary table gebroken as {}").format(sql.SQL(" union all ").join(parts))
    )
    counts: list[dict[int, int]] = [{} for _ in failing]
    rows: list[list[FailedRow]] = [[] for _ in failing]
    for place, landing_id, count in connection.execute(
        "select regel, _landing_id, count(*) from gebroken group by regel, _landing_id"
    ):
        counts[place][landing_id] = count
    listed_whole = [
        place
        for place, (rule, _) in enumerate(failing)
        if relation.is_delivery or rule.severity == "blocks"
    ]
    for place, *row in connection.execute(
        "select regel, _landing_id, _row_number, waarde from ("
        "select *, row_number() over (partition by regel, _landing_id order by _row_number) "
        "as plek from gebroken) as genummerd where plek <= %s or regel = any(%s) "
        "order by regel, _landing_id, _row_number",
        [REMARKS_LISTED, listed_whole],
    ):
        rows[place].append(FailedRow(*row))
    connection.execute("drop table gebroken")
    return [
        Outcome(rule, evaluated[rule.rule_id], tuple(rows[place]), counts[place])
        for place, (rule, _) in enumerate(failing)
    ]


def _condition(asset: str, query: str) -> sql.Composable | None:
    """The condition on one row in GX's query for failing rows; None where it looks at others."""
    _, found, condition = query.rstrip().rstrip(";").partition(f"\nFROM {asset} \nWHERE ")
    if not found or "select" in condition.lower():
        return None
    return sql.SQL("({})").format(_literally(condition))


def _scanned(asset: str, rules: Sequence[tuple[int, Rule, sql.Composable]]) -> sql.Composable:
    """The rows that break rules about single rows, each rule with its place; one scan."""
    return sql.SQL(
        "select a._landing_id, a._row_number, r.regel, r.waarde from "
        "(select * from {asset} where {any}) as a "
        "cross join lateral (values {rules}) as r (regel, waarde, is_gebroken) "
        "where r.is_gebroken"
    ).format(
        asset=sql.Identifier("raw", asset),
        any=sql.SQL(" or ").join(condition for _, _, condition in rules),
        rules=sql.SQL(", ").join(
            sql.SQL("({}, {}, {})").format(sql.Literal(place), sql.Identifier(rule.column), test)
            for place, rule, test in rules
        ),
    )


def _joined(asset: str, place: int, rule: Rule, query: str) -> sql.Composable:
    """The rows that GX's own query gives for a rule that looks at other rows.

    A join: as a condition beside others the query might be run again for every row.
    """
    return sql.SQL(
        "select a._landing_id, a._row_number, {place} as regel, a.{column} as waarde "
        "from {asset} as a "
        "inner join (select distinct _landing_id, _row_number from ({query}) as gx) as g "
        "using (_landing_id, _row_number)"
    ).format(
        place=sql.Literal(place),
        column=sql.Identifier(rule.column),
        asset=sql.Identifier("raw", asset),
        query=_literally(query.rstrip().rstrip(";")),
    )


def _literally(text: str) -> sql.Composable:
    """GX's text as it stands: it renders values into it, so nothing of it is a placeholder."""
    return sql.SQL(text.replace("{", "{{").replace("}", "}}")).format()
