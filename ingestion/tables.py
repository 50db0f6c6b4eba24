"""The raw tables: one text column for each column of a card or contract, plus provenance."""

from __future__ import annotations

import psycopg
from psycopg import sql

from ingestion.cards import load_card, source_names
from ingestion.contract import entities, load_contract

# COPY fills both from the session, so that a file's bytes pass through untouched
LANDING_SETTING = "afspraken.landing_id"


def raw_tables() -> dict[str, tuple[str, ...]]:
    """Every raw table with its columns, in order, provenance left out."""
    tables = {
        name: table.columns
        for source in source_names()
        for name, table in load_card(source).tables.items()
    }
    for entity in entities():
        contract = load_contract(entity)
        tables[contract.table] = contract.columns
    return tables


def ensure_raw_tables(connection: psycopg.Connection) -> None:
    """Create what is missing in schema raw, and tell ops.source what the cards say.

    A column that a card or contract gains is added; nothing is ever dropped.
    """
    with connection.transaction():
        # tasks of one night start at once
        connection.execute("select pg_advisory_xact_lock(hashtext('ingestion.ensure_raw_tables'))")
        present: dict[str, set[str]] = {}
        for table, column in connection.execute(
            "select table_name, column_name from information_schema.columns "
            "where table_schema = 'raw'"
        ):
            present.setdefault(table, set()).add(column)
        for table, columns in raw_tables().items():
            if table not in present:
                connection.execute(_ddl(table, columns))
            for column in columns:
                if column not in present.get(table, set(columns)):
                    connection.execute(
                        sql.SQL("alter table raw.{} add column {} text").format(
                            sql.Identifier(table), sql.Identifier(column)
                        )
                    )
        for source in source_names():
            card = load_card(source)
            connection.execute(
                "insert into ops.source (source, title, publisher, licence, cadence_days) "
                "values (%s, %s, %s, %s, %s) on conflict (source) do update set "
                "title = excluded.title, publisher = excluded.publisher, "
                "licence = excluded.licence, cadence_days = excluded.cadence_days "
                "where (ops.source.*) is distinct from (excluded.*)",
                [source, card.title, card.publisher, card.licence, card.cadence_days],
            )


def _ddl(table: str, columns: tuple[str, ...]) -> sql.Composed:
    return sql.SQL(
        """
        create sequence {sequence} as integer cache 1000;
        create table {table} (
            {columns},
            _landing_id bigint not null default current_setting({setting})::bigint,
            _row_number integer not null default nextval({sequence_name})
        );
        create index on {table} using brin (_landing_id);
        """
    ).format(
        sequence=sql.Identifier("raw", f"{table}_rij"),
        sequence_name=sql.Literal(f"raw.{table}_rij"),
        table=sql.Identifier("raw", table),
        setting=sql.Literal(LANDING_SETTING),
        columns=sql.SQL(", ").join(
            sql.SQL("{} text").format(sql.Identifier(column)) for column in columns
        ),
    )
