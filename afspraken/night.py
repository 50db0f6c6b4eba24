"""The book of nights: one row a run, opened when it starts and closed however it ends."""

from __future__ import annotations

import os
import subprocess
from functools import cache
from importlib.metadata import version

from afspraken.db import connect
from afspraken.settings import ROOT, Settings


@cache
def code_version() -> str:
    """The commit this code is of, marked `+` where files differ from it; else the release."""
    if stamped := os.environ.get("CODE_VERSION"):
        return stamped
    described = subprocess.run(
        ["git", "-C", str(ROOT), "describe", "--always", "--dirty=+"],
        capture_output=True,
        text=True,
        check=False,
    )
    return described.stdout.strip() or version("afsprakenmonitor")


def open_night(settings: Settings, run_id: str) -> None:
    """Enter the run. Opening it again (a cleared task) starts its row anew."""
    with connect(settings, "publisher") as connection:
        connection.execute(
            "update ops.run set outcome = 'failed', message = 'De nacht is afgebroken.' "
            "where outcome is null and run_id <> %s",
            [run_id],
        )
        connection.execute(
            "insert into ops.run (run_id, started_at) values (%s, %s) "
            "on conflict (run_id) do update set started_at = excluded.started_at, "
            "finished_at = null, outcome = null, message = null, audited_at = null",
            [run_id, settings.now()],
        )


def close_night(settings: Settings, run_id: str) -> None:
    """Record how the run ended, for the line that every dashboard shows."""
    with connect(settings, "publisher") as connection:
        connection.execute(
            """
            update ops.run as r
            set
                finished_at = %(now)s,
                outcome = case
                    when p.run_id is not null then 'published'
                    when f.message is not null then 'held_back'
                    else 'failed'
                end,
                message = case
                    when p.run_id is null
                        then coalesce(f.message, 'Een stap is mislukt; zie Airflow.')
                end
            from (select %(run_id)s as run_id) as this
            left join ops.publication as p on this.run_id = p.run_id
            left join lateral (
                select string_agg(q.message, '; ' order by q.rule_id) as message
                from ops.quality_result as q
                where
                    q.run_id = this.run_id
                    and q.landing_id is null
                    and q.severity = 'blocks'
                    and not q.passed
            ) as f on true
            where r.run_id = this.run_id
            """,
            {"now": settings.now(), "run_id": run_id},
        )
