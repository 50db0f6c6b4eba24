"""Build the marts with dbt, in this process, and keep what every model and test did.

python -m afspraken.build RUN_ID
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from afspraken.crash import crash_point
from afspraken.db import IN_USE_LOCK, connect, warehouse_dsn
from afspraken.settings import Settings

_LOCK = "afspraken.build"
BAD = {"error", "fail", "runtime error"}


class BuildError(RuntimeError):
    """dbt refused or failed; the message names the models and tests. What is published stays."""


def dbt_environment(settings: Settings) -> dict[str, str]:
    """What dbt_project/profiles.yml reads: the warehouse's address and where dbt may write."""
    params = conninfo_to_dict(warehouse_dsn(settings))
    work = settings.state_dir / "dbt"
    return {
        "DBT_HOST": str(params.get("host", "127.0.0.1")),
        "DBT_PORT": str(params.get("port", 5432)),
        "DBT_USER": str(params["user"]),
        "DBT_PASSWORD": str(params.get("password", "")),
        "DBT_DBNAME": str(params["dbname"]),
        "DBT_TARGET_PATH": str(work / "target"),
        "DBT_LOG_PATH": str(work / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


def dbt(settings: Settings, *words: str) -> Any:
    """Run one dbt command on the project; returns dbt's own result object."""
    from dbt.cli.main import dbtRunner  # imported here: it takes seconds

    os.environ.update(dbt_environment(settings))
    project = str(settings.root / "dbt_project")
    return dbtRunner().invoke([*words, "--project-dir", project, "--profiles-dir", project])


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Wait until nobody else makes `marts__next`, and keep it so until the block ends."""
    with connect(settings, "transformer", autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(hashtext(%s))", [_LOCK])
        yield


def build(settings: Settings, run_id: str, *words: str) -> int:
    """As `build_marts`, once nobody else is building."""
    with alone(settings):
        return build_marts(settings, run_id, *words)


def build_marts(settings: Settings, run_id: str, *words: str) -> int:
    """Build `marts__next` and everything before it, from nothing.

    Returns:
        How many models, seeds and tests ran.

    Raises:
        BuildError: names what failed, and what was skipped because of it.
    """
    with connect(settings, "transformer") as connection:
        # what a night that failed left behind must not be mixed with this one
        connection.execute("drop schema if exists marts__next cascade")
    with connect(settings, "transformer", autocommit=True) as connection:
        # all models must see the same deliveries: one that is judged meanwhile waits its turn
        connection.execute("select pg_advisory_lock_shared(hashtext(%s))", [IN_USE_LOCK])
        # unit tests prove the code, not the data: `make test` runs them
        outcome = dbt(settings, "build", "--exclude-resource-type", "unit_test", *words)
    crash_point("build.after_dbt")
    if outcome.exception is not None:
        raise BuildError(f"dbt could not build: {outcome.exception}") from outcome.exception
    results = list(outcome.result)
    _keep_results(settings, run_id, results)
    failed = [result for result in results if str(result.status) in BAD]
    if failed or not outcome.success:
        named = "; ".join(f"{r.node.name}: {' '.join((r.message or '').split())}" for r in failed)
        held_back = sum(str(r.status) == "skipped" for r in results)
        raise BuildError(f"{len(failed)} failed ({named}); {held_back} held back by them")
    return len(results)


def _keep_results(settings: Settings, run_id: str, results: list[Any]) -> None:
    rows = [
        (
            run_id,
            result.node.unique_id,
            str(result.node.resource_type),
            str(result.status),
            round(result.execution_time, 3),
            _row_count(result.adapter_response),
            result.message,
        )
        for result in results
    ]
    with connect(settings, "transformer") as connection, connection.cursor() as cursor:
        cursor.execute("delete from ops.model_result where run_id = %s", [run_id])
        cursor.executemany(
            "insert into ops.model_result (run_id, node, resource_type, status, seconds, rows, "
            "message) values (%s, %s, %s, %s, %s, %s, %s)",
            rows,
        )


def _row_count(response: dict[str, Any] | None) -> int | None:
    count = (response or {}).get("rows_affected")
    return count if isinstance(count, int) and count >= 0 else None


if __name__ == "__main__":
    print(build(Settings(), sys.argv[1]))
