"""Bring everything up on one machine, run the night, and show where the agreements stand."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlparse

import httpx
from rich.console import Console
from rich.status import Status

from afspraken import migrate
from afspraken.db import connect
from afspraken.settings import Settings
from local import airflow, postgres, processes

FREE_GB = 2.0


class UpError(RuntimeError):
    """The run can't go on; the message is one line with the remedy."""


class Steps:
    """What a newcomer sees while waiting: one line a finished step, with its seconds."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._running: list[str] = []
        self._status: Status | None = console.status("") if console.is_terminal else None
        if self._status:
            self._status.start()

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        started = time.monotonic()
        self._running.append(title)
        self._refresh()
        try:
            yield
        except BaseException:
            self.console.print(f"[red]✗[/red] {title}")
            raise
        else:
            self.console.print(f"[green]✓[/green] {time.monotonic() - started:6.1f} s  {title}")
        finally:
            self._running.remove(title)
            self._refresh()

    def tell(self, line: str) -> None:
        self.console.print(line)

    def close(self) -> None:
        if self._status:
            self._status.stop()

    def _refresh(self) -> None:
        if self._status:
            self._status.update(" · ".join(self._running))


def check(settings: Settings) -> None:
    """Refuse early, in one line, what would fail later in many.

    Raises:
        UpError: a port is taken by somebody else, or the disk is nearly full.
    """
    if not processes.supervisor_is_up(settings):
        ports = {
            "POSTGRES_PORT": settings.postgres_port,
            "AIRFLOW_PORT": settings.airflow_port,
            "SUPERSET_PORT": settings.superset_port,
            "PUBLISHERS_PORT": settings.publishers_port,
            "SUPERVISOR_PORT": settings.supervisor_port,
        }
        for name, port in ports.items():
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError as error:
                    raise UpError(
                        f"Port {port} is in use. Remedy: end what uses it, "
                        f"or set {name} in .env to a free port."
                    ) from error
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.state_dir).free / 1e9
    if free < FREE_GB:
        raise UpError(
            f"{free:.1f} GB is free below {settings.state_dir}; a run needs {FREE_GB:.0f} GB. "
            f"Remedy: free some disk, or set STATE_DIR in .env to a larger one."
        )


def up(settings: Settings, console: Console) -> None:
    """Start what does not run yet, run a night when none was published, prove that it shows.

    Raises:
        UpError, PostgresError, ProcessError, AirflowError: one line with the remedy.
    """
    check(settings)
    steps = Steps(console)
    try:
        with ThreadPoolExecutor(max_workers=3) as pool:
            sample = pool.submit(_make_sample, settings, steps)
            _start_warehouse(settings, steps)
            dashboards = pool.submit(_start_superset, settings, steps)
            conducting = pool.submit(_start_airflow, settings, steps)
            sample.result()
            if processes.uses_simulated_publishers(settings):
                processes.start(settings, [processes.PUBLISHERS])
                _wait_for_publishers(settings)
            conducting.result()
            if not _is_published(settings):
                nightly(settings, steps.tell)
            dashboards.result()
        with steps.step("A login and a chart's data answer from Superset"):
            from afspraken import show

            show.probe(settings)
    finally:
        steps.close()


def down(settings: Settings) -> bool:
    """Stop everything that `up` started; False when nothing ran."""
    return processes.stop_all(settings)


def nightly(settings: Settings, tell: Callable[[str], None]) -> str:
    """Run one night through Airflow's scheduler and tell each task as it ends.

    Raises:
        AirflowError: the night failed; names the tasks that did.
    """
    failed: list[str] = []

    def tell_task(task: airflow.TaskState) -> None:
        mark = "[green]✓[/green]" if task.state == "success" else "[red]✗[/red]"
        seconds = f"{task.seconds:6.1f} s" if task.seconds is not None else "       –"
        tell(f"{mark} {seconds}    {task.name} {'' if task.state == 'success' else task.state}")
        if task.state == "failed":
            failed.append(task.name)

    started = time.monotonic()
    with airflow.client(settings) as session:
        run_id = airflow.trigger(settings, session)
        tell(f"  The night {run_id} runs under Airflow:")
        state = airflow.follow(session, run_id, tell_task)
    if state != "success":
        raise airflow.AirflowError(
            f"The night failed at {', '.join(failed) or 'an unnamed task'}; what was published "
            f"stays. Remedy: read the task's log at http://127.0.0.1:{settings.airflow_port}"
            f"/dags/{airflow.NIGHTLY}/runs/{run_id}"
        )
    tell(f"[green]✓[/green] {time.monotonic() - started:6.1f} s  The night was published")
    return run_id


def _start_warehouse(settings: Settings, steps: Steps) -> None:
    with steps.step("Postgres, with the warehouse's schemas and roles"):
        processes.start_supervisor(settings)
        if processes.uses_embedded_postgres(settings):
            postgres.initialise(settings)
            processes.start(settings, [processes.POSTGRES])
            postgres.wait_until_ready(settings)
            postgres.make_databases(settings)
        migrate.migrate(settings)


def _start_airflow(settings: Settings, steps: Steps) -> None:
    if airflow.is_healthy(settings):
        return
    with steps.step("Airflow: database, scheduler, API server, DAG processor"):
        processes.prepare_airflow(settings)
        processes.start(settings, processes.AIRFLOW)
        airflow.wait_until(
            lambda: airflow.is_healthy(settings),
            120,
            f"Airflow did not become healthy. Remedy: see {settings.logs_dir}/airflow-*.log.",
        )


def _start_superset(settings: Settings, steps: Steps) -> None:
    with steps.step("Superset: database, roles, dashboards"):
        loader = str(settings.root / "superset" / "loader.py")
        python = str(settings.root / ".venv-superset" / "bin" / "python")
        log_path = settings.logs_dir / "superset-loader.log"
        with log_path.open("wb") as log:
            loaded = subprocess.run(
                [python, loader, "--migrate"],
                env=processes.environment(settings, processes.SUPERSET),
                cwd=settings.root,
                stdout=log,
                stderr=log,
                check=False,
            )
        if loaded.returncode != 0:
            raise UpError(f"The dashboards could not be loaded. Remedy: read {log_path}.")
    with steps.step("Superset: server"):
        processes.start(settings, [processes.SUPERSET])
        # /health answers before a login can work
        address = f"http://127.0.0.1:{settings.superset_port}/login/"
        airflow.wait_until(
            lambda: _answers(address),
            120,
            f"Superset's login did not answer. Remedy: see {settings.logs_dir}/superset.log.",
        )


def _make_sample(settings: Settings, steps: Steps) -> None:
    if not (settings.is_sample and processes.uses_simulated_publishers(settings)):
        return
    from local.sample import make_sample  # numpy and pandas, only where they are needed

    with steps.step("The sample: five invented corporations, 46,000 certificates"):
        make_sample(settings.sample_dir)
        _fill_inbox(settings)


def _fill_inbox(settings: Settings) -> None:
    inbox = Path(unquote(urlparse(settings.resolved_inbox_url).path))
    if inbox.exists():
        return
    # copied beside it and renamed: a copy that was cut short is not taken for a full inbox
    scratch = inbox.with_name(inbox.name + ".new")
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.copytree(settings.sample_dir / "inbox", scratch)
    scratch.rename(inbox)


def _wait_for_publishers(settings: Settings) -> None:
    airflow.wait_until(
        lambda: _answers(f"http://127.0.0.1:{settings.publishers_port}/_requests"),
        30,
        f"The simulated publishers did not answer. "
        f"Remedy: see {settings.logs_dir / 'publishers.log'}.",
    )


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=10).status_code == 200
    except httpx.HTTPError:
        return False


def _is_published(settings: Settings) -> bool:
    with connect(settings) as connection:
        query = "select exists (select from ops.publication where municipality = %s)"
        row = connection.execute(query, [settings.municipality]).fetchone()
    return bool(row and row[0])
