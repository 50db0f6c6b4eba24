"""Connections to the warehouse, one role a step."""

from __future__ import annotations

from typing import Literal
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from afspraken.secrets import secret
from afspraken.settings import Settings

Role = Literal["loader", "transformer", "publisher", "reader"]
ADMIN = "monitor"
# held shared by who reads the versions in use over many statements, alone by who changes them
IN_USE_LOCK = "ops.landing_in_use"
# held by who judges, so that nothing that is being judged changes
JUDGE_LOCK = "expectations.judge"
READER = "monitor_reader"
# building and publishing share ownership: only an owner can rename a schema
DATABASE_ROLES: dict[Role, str] = {
    "loader": "monitor_loader",
    "transformer": "monitor_owner",
    "publisher": "monitor_owner",
    "reader": READER,
}


def warehouse_dsn(settings: Settings) -> str:
    """DSN of the warehouse's owner: the configured one, or that of the embedded Postgres."""
    return settings.warehouse_dsn or local_dsn(settings, "warehouse")


def local_dsn(settings: Settings, database: str) -> str:
    """DSN of a database of the embedded Postgres, as a URL."""
    password = quote(secret(settings, "postgres"), safe="")
    return f"postgresql://{ADMIN}:{password}@127.0.0.1:{settings.postgres_port}/{database}"


def reader_dsn(settings: Settings) -> str:
    """DSN of the only login that dashboards use: it reads `marts` and `monitor`, nothing else."""
    params = conninfo_to_dict(warehouse_dsn(settings))
    params |= {"user": READER, "password": secret(settings, "pg_monitor_reader")}
    return make_conninfo("", **params)


def reader_url(settings: Settings, driver: str = "postgresql") -> str:
    """The reader's DSN as a URL, for SQLAlchemy."""
    params = conninfo_to_dict(reader_dsn(settings))
    password = quote(str(params["password"]), safe="")
    host, port = params.get("host", "127.0.0.1"), params.get("port", 5432)
    return f"{driver}://{READER}:{password}@{host}:{port}/{params['dbname']}"


def connect(
    settings: Settings, role: Role | None = None, *, autocommit: bool = False
) -> psycopg.Connection:
    """A connection that acts as `role` (None: the owner), with times in Dutch local time."""
    options = "-c timezone=Europe/Amsterdam"
    if role is not None:
        options += f" -c role={DATABASE_ROLES[role]}"
    return psycopg.connect(warehouse_dsn(settings), autocommit=autocommit, options=options)
