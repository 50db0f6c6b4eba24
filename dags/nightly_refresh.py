"""Every night the agreements are held against what really happened.

What it does: fetches what publishers and parties have new, judges it, builds the marts beside
the published ones, audits them and swaps them in. Starts at 02:30 Dutch time; a quiet night
takes about a minute, a first night a few.

What failure leaves behind: yesterday's marts, untouched, with a line on every dashboard that
says so. A publisher that is down costs that source its refresh only: its task is red, the
others go on. A task that was killed can be cleared and runs again; nothing counts twice.

First thing to try: open the red task's log, mend what it names, clear that task "and
downstream". By hand, one step at a time: `python -m ingestion land cbs`,
`python -m ingestion deliveries`, `python -m expectations sources`,
`python -m afspraken.build RUN_ID`, `python -m expectations audit`,
`python -m afspraken.publish RUN_ID`.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from airflow.sdk import (
    CronTriggerTimetable,
    TriggerRule,
    dag,
    get_current_context,
    task,
    task_group,
)

CARDS = Path(__file__).parent.parent / "ingestion" / "sources"
PUBLISHERS = sorted({card.parent.name for card in CARDS.glob("*/*.yml")})


def this_night() -> str:
    return str(get_current_context()["dag_run"].run_id)


@task
def opened() -> None:
    from afspraken import night, settings

    night.open_night(settings.Settings(), this_night())


@task_group
def landed() -> None:
    # a publisher gets a second chance; within a try the client itself backs off and tries again.
    # Deliveries come first: a register is asked about the homes that it lacks
    @task(retries=1, retry_delay=timedelta(minutes=1), trigger_rule=TriggerRule.ALL_DONE)
    def publisher(name: str) -> None:
        from afspraken.settings import Settings
        from ingestion import land_publisher

        land_publisher(name, Settings(), run_id=this_night())

    @task
    def deliveries() -> None:
        from afspraken.settings import Settings
        from ingestion import receive_deliveries

        receive_deliveries(Settings(), run_id=this_night())

    @task
    def agreements() -> None:
        from afspraken import catalogue, register, settings

        register.load(settings.Settings())
        catalogue.load(settings.Settings())

    received = deliveries()
    for name in PUBLISHERS:
        received >> publisher.override(task_id=name)(name)
    agreements()


# a publisher that is down must not hold back the rest of the night
@task(trigger_rule=TriggerRule.ALL_DONE)
def judged() -> None:
    from afspraken.settings import Settings
    from expectations import judge

    judge(Settings(), run_id=this_night())


@task
def built() -> None:
    from afspraken import build, settings

    build.build(settings.Settings(), this_night())


@task
def audited() -> None:
    from afspraken.settings import Settings
    from expectations import audit

    audit(Settings(), run_id=this_night())


@task
def published() -> None:
    from afspraken import publish, settings

    publish.publish(settings.Settings(), this_night())


# a dashboard server that is just starting is worth waiting for
@task(retries=6, retry_delay=timedelta(seconds=20))
def shown() -> None:
    from afspraken import settings, show

    show.warm(settings.Settings())


@task
def closed() -> None:
    from afspraken import night, settings

    night.close_night(settings.Settings(), this_night())


@dag(
    # an environment that is new waits for its first night instead of running the past one
    schedule=CronTriggerTimetable(
        "30 2 * * *", timezone="Europe/Amsterdam", run_immediately=timedelta(0)
    ),
    catchup=False,
    max_active_runs=1,
    doc_md=__doc__,
    tags=["nacht"],
)
def nightly_refresh() -> None:
    # setup and teardown: the night's row is closed however the night ends
    begin, end = opened().as_setup(), closed().as_teardown()
    begin >> landed() >> judged() >> built() >> audited() >> published() >> shown() >> end
    begin >> end


nightly_refresh()
