"""The command `afspraken`: everything an engineer does by hand, thin over tested functions."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from afspraken import care, desk
from afspraken.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Afsprakenmonitor: every night the housing agreements are held against what happened.",
)
for command in (desk.check, desk.deliver, desk.withdraw, desk.receipt, care.diff, care.rebuild):
    app.command()(command)
app.add_typer(care.archive, name="archive")
console = Console()
complaints = Console(stderr=True)


class Format(StrEnum):
    table = "table"
    json = "json"


@contextmanager
def one_line_on_failure() -> Iterator[None]:
    """Known failures say what is wrong and what to do, without a stack of calls."""
    import httpx
    import psycopg

    from local.airflow import AirflowError
    from local.postgres import PostgresError
    from local.processes import ProcessError
    from local.up import UpError

    known = (AirflowError, PostgresError, ProcessError, UpError)
    try:
        yield
    except known as error:
        complaints.print(f"[red]{error}[/red]", soft_wrap=True)
        raise typer.Exit(1) from error
    except (psycopg.OperationalError, httpx.ConnectError) as error:
        reason = str(error).strip().splitlines()[0]
        complaints.print(f"[red]{reason}[/red]\nRemedy: is everything up? `make up`")
        raise typer.Exit(1) from error


@app.command()
def up() -> None:
    """Start everything, run a night when none was published, and show the agreements."""
    from local.up import up as bring_up

    settings = Settings()
    with one_line_on_failure():
        bring_up(settings, console)
        _print_agreements(settings)
        _print_addresses(settings)


@app.command()
def down() -> None:
    """Stop everything that `up` started."""
    from local.up import down as take_down

    console.print("Stopped." if take_down(Settings()) else "Nothing was running.")


@app.command()
def nightly() -> None:
    """Run one night now, through Airflow's scheduler."""
    from local.up import nightly as run_night

    settings = Settings()
    with one_line_on_failure():
        run_night(settings, console.print)
        _print_agreements(settings)


@app.command()
def status() -> None:
    """Which processes run, what was published last, how old every source is."""
    from local.processes import states

    settings = Settings()
    running = states(settings)
    if not running:
        complaints.print("Nothing runs. Remedy: `make up`")
        raise typer.Exit(1)
    table = Table("process", "state")
    for name, state in running.items():
        table.add_row(name, state)
    console.print(table)
    with one_line_on_failure():
        _print_query(settings, "select * from monitor.publicatie")
        _print_query(
            settings,
            "select titel, gegevens_van, leeftijd_dagen, teken, oordeel, melding "
            "from monitor.bron_versheid order by bron",
        )


@app.command()
def psql(
    sql: Annotated[str | None, typer.Option("-c", help="one statement, then stop")] = None,
) -> None:
    """Open psql on the warehouse, or run one statement."""
    from psycopg.conninfo import conninfo_to_dict

    from afspraken.db import warehouse_dsn
    from local.postgres import binaries

    params = conninfo_to_dict(warehouse_dsn(Settings()))
    environment = os.environ | {
        f"PG{name.upper() if name != 'dbname' else 'DATABASE'}": str(value)
        for name, value in params.items()
    }
    words = [str(binaries() / "psql"), *(["-c", sql] if sql else [])]
    os.execve(words[0], words, environment)


@app.command()
def indicators(
    code: Annotated[str | None, typer.Option(help="such as K23")] = None,
    scope: Annotated[str | None, typer.Option(help="area, such as GM0917 or WK091712")] = None,
    party: Annotated[str | None, typer.Option(help="corporation; '' is all together")] = None,
    peildatum: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
    format: Annotated[Format, typer.Option()] = Format.table,
) -> None:
    """Published values of indicators, with target, path and status where one was agreed."""
    from afspraken import readout

    with one_line_on_failure():
        day = peildatum.date() if peildatum else None
        rows = readout.indicators(Settings(), code, scope, party, day)
    if format is Format.json:
        typer.echo(json.dumps(rows, default=readout.as_json, ensure_ascii=False, indent=1))
    else:
        _print_rows(rows)


@app.command()
def contracts(
    check: Annotated[
        bool, typer.Option("--check", help="write nothing, tell what differs")
    ] = False,
) -> None:
    """Write what is made from the delivery contracts: templates, pages, staging models."""
    from ingestion.publish_contracts import main as publish_contracts

    raise typer.Exit(publish_contracts(["--check"] if check else []))


def _print_agreements(settings: Settings) -> None:
    from afspraken import readout

    rows = readout.agreements(settings)
    measured = [row for row in rows if row["heeft_stand"]]
    table = Table(title="Stand van de afspraken", title_justify="left", expand=False)
    for heading in ("nr", "afspraak", "status", "stand", "doel", "achter"):
        table.add_column(heading, overflow="fold")
    for row in measured:
        example = " (voorbeeld)" if row["is_voorbeeld"] else ""
        table.add_row(
            row["nummer"],
            row["titel"],
            f"{row['status_teken']} {row['status_woord']}",
            row["stand_tekst"],
            f"{row['doel_tekst']}{example}",
            row["corporaties_achter"],
        )
    console.print(table)
    silent = [row["nummer"] for row in rows if not row["heeft_stand"]]
    if silent:
        console.print(f"Nog geen gegevens voor {len(silent)} afspraken: {', '.join(silent)}")


def _print_addresses(settings: Settings) -> None:
    from afspraken.secrets import secret
    from local.processes import AIRFLOW_USER

    superset = f"http://127.0.0.1:{settings.superset_port}"
    airflow = f"http://127.0.0.1:{settings.airflow_port}"
    for what, address, login, name in (
        ("Dashboards", superset, "monitor", "superset_monitor"),
        ("Superset beheer", superset, "admin", "superset_admin"),
        ("Airflow", airflow, AIRFLOW_USER, "airflow"),
    ):
        # a line and not a table: a password that is cut to the terminal's width is of no use
        console.print(f"\n[bold]{what}[/bold]  {address}", highlight=False)
        console.print(f"  login {login}  password {secret(settings, name)}", soft_wrap=True)


def _print_query(settings: Settings, query: str) -> None:
    from afspraken.db import connect

    with connect(settings, "reader") as connection:
        cursor = connection.execute(query.encode())
        names = [column.name for column in cursor.description or []]
        _print_rows([dict(zip(names, row, strict=True)) for row in cursor])


def _print_rows(rows: list[dict[str, object]]) -> None:
    if not rows:
        console.print("No rows.")
        return
    table = Table(*rows[0])
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    console.print(table)


if __name__ == "__main__":
    app()
