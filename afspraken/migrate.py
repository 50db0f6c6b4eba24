"""Bring a warehouse to the present shape: roles, schemas and our own tables. Idempotent.

python -m afspraken.migrate
"""

from __future__ import annotations

from importlib.resources import files

from psycopg import sql

from afspraken.db import connect
from afspraken.secrets import secret
from afspraken.settings import Settings

# monitor's views read ops and reference, so they come last
OWNED = ("ops", "reference", "history", "monitor")


def migrate(settings: Settings) -> None:
    """Create what is missing in the warehouse; existing rows are never touched."""
    with connect(settings) as connection:
        # two nights that start at once must not create the same role twice
        connection.execute("select pg_advisory_xact_lock(hashtext('afspraken.migrate'))")
        reader_password = sql.Literal(secret(settings, "pg_monitor_reader"))
        roles = _statements("roles").replace("{reader_password}", reader_password.as_string())
        connection.execute(roles.encode())
        connection.execute(_statements("schemas").encode())
        connection.execute("set local role monitor_owner")
        for name in OWNED:
            connection.execute(_statements(name).encode())


def _statements(name: str) -> str:
    return (files("afspraken.warehouse") / f"{name}.sql").read_text(encoding="utf-8")


if __name__ == "__main__":
    migrate(Settings())
