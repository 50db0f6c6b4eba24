"""Loading Superset from the files: again and again with the same outcome, and never half."""

from __future__ import annotations

import subprocess
import time
from typing import Any

import psycopg
import pytest

from afspraken.settings import ROOT, Settings
from local import processes
from tests.browser.conftest import load

pytestmark = pytest.mark.timeout(600)


def superset_tables(settings: Settings) -> dict[str, Any]:
    """What was loaded, by table, without the moments of change."""
    dsn = processes.environment(settings, processes.SUPERSET)["SUPERSET_DB_DSN"]
    queries = {
        "dashboards": "select id, uuid, slug, position_json, json_metadata, css from dashboards",
        "charts": "select id, uuid, slice_name, params, query_context from slices",
        "datasets": "select id, uuid, schema, table_name from tables",
        "columns": "select table_id, column_name, verbose_name, expression from table_columns",
        "metrics": "select table_id, metric_name, verbose_name, expression from sql_metrics",
        "roles": (
            "select r.name, count(*) from ab_role as r join ab_permission_view_role as p "
            "on p.role_id = r.id group by 1"
        ),
        "users": "select id, username from ab_user",
    }
    with psycopg.connect(dsn) as connection:
        return {
            name: sorted(map(str, connection.execute(query.encode()).fetchall()))
            for name, query in queries.items()
        }


def test_loading_again_is_quick_and_changes_nothing(stack: Settings) -> None:
    before = superset_tables(stack)
    assert len(before["dashboards"]) >= 2
    started = time.monotonic()
    assert load(stack, "--migrate") == "Superset has these dashboards already."
    assert time.monotonic() - started < 15
    load(stack, "--force")
    assert superset_tables(stack) == before


def test_what_is_in_no_file_is_removed(stack: Settings) -> None:
    before = superset_tables(stack)
    dsn = processes.environment(stack, processes.SUPERSET)["SUPERSET_DB_DSN"]
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "insert into slices (slice_name, datasource_id, datasource_type, uuid) "
            "select 'zwerver', datasource_id, datasource_type, gen_random_uuid() "
            "from slices limit 1"
        )
        connection.execute(
            "insert into dashboards (dashboard_title, slug, uuid) "
            "values ('zwerver', 'zwerver', gen_random_uuid())"
        )
    load(stack, "--force")
    assert superset_tables(stack) == before


def test_a_reader_who_was_given_more_gets_only_what_the_file_says(stack: Settings) -> None:
    before = superset_tables(stack)["roles"]
    dsn = processes.environment(stack, processes.SUPERSET)["SUPERSET_DB_DSN"]
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "insert into ab_permission_view_role (id, permission_view_id, role_id) "
            "select 1000000, pv.id, r.id from ab_role as r, ab_permission_view as pv "
            "join ab_permission as p on p.id = pv.permission_id "
            "join ab_view_menu as v on v.id = pv.view_menu_id "
            "where r.name = 'monitor-lezer' and p.name = 'can_execute_sql_query' "
            "and v.name = 'SQLLab'"
        )
    assert superset_tables(stack)["roles"] != before
    load(stack, "--force")
    assert superset_tables(stack)["roles"] == before


@pytest.mark.parametrize("missing", ["SUPERSET_SECRET_KEY", "MONITOR_READER_DSN"])
def test_a_missing_setting_is_named_with_its_remedy(stack: Settings, missing: str) -> None:
    environment = processes.environment(stack, processes.SUPERSET) | {missing: ""}
    ran = subprocess.run(
        [ROOT / ".venv-superset/bin/python", ROOT / "superset/loader.py"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert f"{missing} is not set. Remedy:" in ran.stderr
