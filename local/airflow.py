"""Airflow over its own API: trigger a night, follow its tasks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx

from afspraken.secrets import secret
from afspraken.settings import Settings
from local.processes import AIRFLOW_USER

NIGHTLY = "nightly_refresh"
FINISHED = {"success", "failed"}
ENDED = {*FINISHED, "upstream_failed", "skipped"}


class AirflowError(RuntimeError):
    """Airflow did not do what was asked; the message says what to look at."""


class TaskState(NamedTuple):
    """One task of a run: its name, Airflow's word for its state, and its seconds so far."""

    name: str
    state: str
    seconds: float | None


def is_healthy(settings: Settings) -> bool:
    """Whether scheduler, DAG processor, database and the tasks' own API all say they are well."""
    try:
        answer = httpx.get(f"{_url(settings)}/api/v2/monitor/health", timeout=5).json()
        # asked for before a task needs it: the first answer takes seconds
        httpx.get(f"{_url(settings)}/execution/health", timeout=60).raise_for_status()
    except (httpx.HTTPError, ValueError):
        return False
    parts = ("metadatabase", "scheduler", "dag_processor")
    return all(answer.get(part, {}).get("status") == "healthy" for part in parts)


def wait_until(condition: Callable[[], bool], seconds: float, problem: str) -> None:
    """Return once `condition` holds.

    Raises:
        AirflowError: with `problem`, when it does not in time.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AirflowError(problem)
        time.sleep(0.3)


@contextmanager
def client(settings: Settings) -> Iterator[httpx.Client]:
    """A client that is logged in as the operator of the one-machine run."""
    url = _url(settings)
    login = {"username": AIRFLOW_USER, "password": secret(settings, "airflow")}
    answer = httpx.post(f"{url}/auth/token", json=login, timeout=30)
    answer.raise_for_status()
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    with httpx.Client(base_url=f"{url}/api/v2", headers=headers, timeout=30) as session:
        yield session


def trigger(settings: Settings, session: httpx.Client, dag_id: str = NIGHTLY) -> str:
    """Start a run of `dag_id` through the scheduler; returns its run id."""
    wait_until(
        lambda: session.get(f"/dags/{dag_id}").status_code == 200,
        60,
        f"Airflow does not know the DAG {dag_id}. Remedy: see its import errors at "
        f"{_url(settings)} or in {settings.logs_dir / 'airflow-dag-processor.log'}.",
    )
    answer = session.post(f"/dags/{dag_id}/dagRuns", json={"logical_date": None})
    answer.raise_for_status()
    return str(answer.json()["dag_run_id"])


def task_states(session: httpx.Client, run_id: str, dag_id: str = NIGHTLY) -> list[TaskState]:
    answer = session.get(f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances", params={"limit": 200})
    answer.raise_for_status()
    return [
        TaskState(_name(row), row["state"] or "none", row["duration"] and round(row["duration"], 1))
        for row in answer.json()["task_instances"]
    ]


def run_state(session: httpx.Client, run_id: str, dag_id: str = NIGHTLY) -> str:
    answer = session.get(f"/dags/{dag_id}/dagRuns/{run_id}")
    answer.raise_for_status()
    return str(answer.json()["state"])


def follow(
    session: httpx.Client, run_id: str, tell: Callable[[TaskState], None], seconds: float = 1800
) -> str:
    """Tell every task once as it ends; returns the run's state (`success`, `failed`).

    Raises:
        AirflowError: the run did not end in time.
    """
    told: set[str] = set()
    state = "queued"
    deadline = time.monotonic() + seconds
    while state not in FINISHED:
        if time.monotonic() > deadline:
            raise AirflowError(f"Run {run_id} did not end within {seconds:.0f} s.")
        time.sleep(1)
        try:
            state = run_state(session, run_id)
            tasks = task_states(session, run_id)
        except httpx.TransportError:
            continue  # a server that is busy with the night itself answers the next time
        for task in tasks:
            if task.state in ENDED and task.name not in told:
                told.add(task.name)
                tell(task)
    return state


def _name(row: dict[str, Any]) -> str:
    index = row.get("map_index", -1)
    return row["task_id"] if index == -1 else f"{row['task_id']}[{index}]"


def _url(settings: Settings) -> str:
    return f"http://127.0.0.1:{settings.airflow_port}"
