"""Every ten minutes deliveries are taken from the inbox, judged, and answered with a receipt.

What it does: takes in what lies in the inbox and was not taken in before, judges it row by row,
keeps a receipt for each delivery and mails it where a mailbox is set. It publishes nothing: what
is accepted is shown after the next night. With an empty inbox it takes a second or two.

What failure leaves behind: what was taken in and judged stays so; the rest lies in the inbox and
is tried again the next time. It may run beside a night: who judges waits for who judges, and for
a build that reads the deliveries. A mail that can't be sent is tried again for two days; why it
failed is in `ops.mail`.

First thing to try: open the red task's log; an inbox that can't be reached is named there. By
hand, one step at a time: `python -m ingestion deliveries`, `python -m expectations deliveries`,
`python -m ingestion mails`. A receipt: `afspraken receipt LEVERING_ID`.
"""

from __future__ import annotations

import os

from airflow.sdk import (
    CronTriggerTimetable,
    TriggerRule,
    dag,
    get_current_context,
    task,
)


def this_round() -> str:
    return str(get_current_context()["dag_run"].run_id)


@task
def received() -> None:
    from afspraken.settings import Settings
    from ingestion import receive_deliveries

    receive_deliveries(Settings(), run_id=this_round())


# one delivery that could not be taken in must not hold up those that were
@task(trigger_rule=TriggerRule.ALL_DONE)
def judged() -> None:
    from afspraken.settings import Settings
    from expectations import judge_deliveries

    judge_deliveries(Settings(), run_id=this_round())


@task(trigger_rule=TriggerRule.ALL_DONE)
def answered() -> None:
    from afspraken.settings import Settings
    from ingestion import send_mails

    send_mails(Settings())


@dag(
    schedule=CronTriggerTimetable(
        os.environ.get("DELIVERIES_SCHEDULE") or "*/10 * * * *", timezone="Europe/Amsterdam"
    ),
    catchup=False,
    max_active_runs=1,
    doc_md=__doc__,
    tags=["leveringen"],
)
def deliveries() -> None:
    received() >> judged() >> answered()


deliveries()
