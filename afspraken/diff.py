"""What the next publication would change against the present one, without publishing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from afspraken.build import alone, build_marts
from afspraken.db import connect
from afspraken.night import code_version
from afspraken.settings import Settings

PUBLISHED, NEXT = "marts", "marts__next"
# how a build that nobody publishes is known while it runs
LOOK_AHEAD = "vooruitblik"


class DiffError(RuntimeError):
    """There is nothing to compare; the message says why and what to do."""


@dataclass(frozen=True)
class Compared:
    """A mart whose rows are compared: its key, the values that count, and what tells a reader."""

    mart: str
    key: tuple[str, ...]
    values: tuple[str, ...]
    told: tuple[str, ...]


FIGURES = Compared(
    "mart_indicator",
    ("indicator", "onderdeel", "peildatum", "gebied_soort", "gebied_code", "corporatie_code"),
    ("waarde", "teller", "noemer"),
    ("titel", "gebied_naam", "eenheid"),
)
TARGETS = Compared(
    "mart_doel_stand",
    ("doel_id", "doel_versie", "peildatum"),
    ("status",),
    ("indicator", "gebied_code", "corporatie_code"),
)
AGREEMENTS = Compared("mart_afspraak_stand", ("nummer",), ("status",), ("titel",))


@dataclass(frozen=True)
class Difference:
    """Rows that are `new`, `gone` or `changed`, and what came in since the last publication.

    `figures` have `old`, `new`, `difference` and `percent` (of the old value); `targets` and
    `agreements` the old and new status. `causes` are landings in use that the published marts
    did not know; `code` is the published and the present version of the code.
    """

    published_at: str
    figures: Sequence[Mapping[str, Any]]
    targets: Sequence[Mapping[str, Any]]
    agreements: Sequence[Mapping[str, Any]]
    causes: Sequence[Mapping[str, Any]]
    code: tuple[str, str]

    @property
    def is_empty(self) -> bool:
        return not (self.figures or self.targets or self.agreements)


def diff(settings: Settings, *, is_built: bool = False) -> Difference:
    """Build what would be published next, from what was landed and judged, and compare it.

    While a night runs, or with `is_built`, what is built already is compared as it stands.
    Agreements are those that the last night loaded.

    Raises:
        DiffError: nothing was published yet, or nothing is built to compare.
        BuildError: the next publication can't be built; the night would be held back too.
    """
    with alone(settings):
        with connect(settings, "publisher") as connection:
            night = connection.execute(
                "select run_id from ops.run where outcome is null order by recorded_at desc limit 1"
            ).fetchone()
        if not is_built and night is None:
            _build(settings)
        with connect(settings, "publisher") as connection:
            # one moment for all of it, whatever is published meanwhile
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            if not _exists(connection, PUBLISHED):
                raise DiffError("Nothing was published yet. Remedy: run a night first.")
            if not _exists(connection, NEXT):
                why = f"Night {night[0]} has built nothing yet." if night else "Nothing is built."
                raise DiffError(f"{why} Remedy: try again later, or without --built.")
            return _compare(connection)


def _build(settings: Settings) -> None:
    try:
        build_marts(settings, LOOK_AHEAD, "--quiet")
    finally:
        with connect(settings, "transformer") as connection:
            connection.execute("delete from ops.model_result where run_id = %s", [LOOK_AHEAD])


def _exists(connection: psycopg.Connection, schema: str) -> bool:
    row = connection.execute(
        "select 1 from information_schema.tables where table_schema = %s and table_name = %s",
        [schema, FIGURES.mart],
    ).fetchone()
    return row is not None


def _compare(connection: psycopg.Connection) -> Difference:
    publication = connection.execute(
        "select published_at::text, code_version, recorded_at from ops.publication "
        "order by publication_id desc limit 1"
    ).fetchone()
    if publication is None:
        raise DiffError("Nothing was published yet. Remedy: run a night first.")
    published_at, published_code, since = publication
    causes = connection.cursor(row_factory=dict_row).execute(
        """
        select source, part, sender, peildatum, delivery_id, file_name, row_count, landed_at, state
        from ops.landing_in_use
        where recorded_at > %s
        order by landing_id
        """,
        [since],
    )
    return Difference(
        published_at=published_at,
        figures=[_with_difference(row) for row in _rows(connection, FIGURES)],
        targets=_rows(connection, TARGETS),
        agreements=_rows(connection, AGREEMENTS),
        causes=causes.fetchall(),
        code=(published_code, code_version()),
    )


def _rows(connection: psycopg.Connection, compared: Compared) -> list[dict[str, Any]]:
    """Keys with what a row is called, its first value as it was and as it will be."""
    same = sql.SQL(" and ").join(
        sql.SQL("p.{0} is not distinct from n.{0}").format(sql.Identifier(name))
        for name in compared.values
    )
    query = sql.SQL(
        """
        select
            case when n.{first} is null then 'gone' when p.{first} is null then 'new'
                else 'changed' end as change,
            {key}, {told}, p.{value} as old, n.{value} as new
        from {published} as p
        full outer join {next} as n using ({key})
        where n.{first} is null or p.{first} is null or not ({same})
        order by {key}
        """
    ).format(
        first=sql.Identifier(f"_{compared.mart}"),
        key=sql.SQL(", ").join(map(sql.Identifier, compared.key)),
        told=sql.SQL(", ").join(
            sql.SQL("coalesce(n.{0}, p.{0}) as {0}").format(sql.Identifier(name))
            for name in compared.told
        ),
        value=sql.Identifier(compared.values[0]),
        published=_marked(PUBLISHED, compared),
        next=_marked(NEXT, compared),
        same=same,
    )
    return connection.cursor(row_factory=dict_row).execute(query).fetchall()


def _marked(schema: str, compared: Compared) -> sql.Composable:
    """The mart with a column that tells a row that is there from one that is not."""
    return sql.SQL("(select *, true as {} from {})").format(
        sql.Identifier(f"_{compared.mart}"), sql.Identifier(schema, compared.mart)
    )


def _with_difference(row: dict[str, Any]) -> dict[str, Any]:
    old, new = row["old"], row["new"]
    difference = new - old if old is not None and new is not None else None
    percent = round(100 * difference / abs(old), 1) if difference is not None and old else None
    return {**row, "difference": difference, "percent": percent}
