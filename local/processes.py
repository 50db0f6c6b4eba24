"""The processes of the one-machine run, under supervisord.

    python -m local.processes run NAME    become that process (what supervisord starts)
    python -m local.processes migrate airflow

Secrets reach a process through its environment, which is made at its start: the supervisor's
configuration holds none.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterable
from pathlib import Path
from string import Template
from typing import Any

from afspraken.db import local_dsn, reader_url
from afspraken.secrets import secret
from afspraken.settings import Settings
from local import postgres

# in order of start; stopping goes the other way round
POSTGRES = "postgres"
PUBLISHERS = "publishers"
SUPERSET = "superset"
AIRFLOW = ("airflow-api-server", "airflow-scheduler", "airflow-dag-processor")
AIRFLOW_USER = "beheer"

SUPERVISOR_CONF = Template("""\
[supervisord]
nodaemon=false
directory=$root
logfile=$logs/supervisord.log
logfile_maxbytes=5MB
pidfile=$run/supervisord.pid
childlogdir=$logs

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[inet_http_server]
port=127.0.0.1:$port
username=afspraken
password={SHA}$password_sha

""")
PROGRAM = Template("""\
[program:$name]
command=$python -m local.processes run $name
directory=$root
autostart=false
autorestart=true
startsecs=0
stopsignal=$signal
stopwaitsecs=30
stopasgroup=$group
killasgroup=true
redirect_stderr=true
stdout_logfile=$logs/$name.log
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=3

""")


class ProcessError(RuntimeError):
    """A process does not run; the message names it and its log."""


def names(settings: Settings) -> list[str]:
    """The processes that this run needs: a configured server or publisher replaces our own."""
    simulated = [PUBLISHERS] if uses_simulated_publishers(settings) else []
    return [
        *([POSTGRES] if uses_embedded_postgres(settings) else []),
        *simulated,
        SUPERSET,
        *AIRFLOW,
    ]


def uses_embedded_postgres(settings: Settings) -> bool:
    return not (settings.warehouse_dsn and settings.airflow_db_dsn and settings.superset_db_dsn)


def uses_simulated_publishers(settings: Settings) -> bool:
    return not all(
        getattr(settings, name)
        for name in type(settings).model_fields
        if name.endswith("_url") and name != "inbox_url"
    )


def airflow_environment(settings: Settings) -> dict[str, str]:
    """Everything that Airflow is told, so that no airflow.cfg is kept by hand."""
    home = settings.state_dir / "airflow"
    url = f"http://127.0.0.1:{settings.airflow_port}"
    database = settings.airflow_db_dsn or local_dsn(settings, "airflow")
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(settings.root / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__DEFAULT_TIMEZONE": "Europe/Amsterdam",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "8",
        "AIRFLOW__CORE__AUTH_MANAGER": (
            "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"
        ),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{AIRFLOW_USER}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "AIRFLOW__CORE__FERNET_KEY": _fernet_key(settings),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database.replace(
            "postgresql://", "postgresql+psycopg2://"
        ),
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(settings.airflow_port),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__SECRET_KEY": secret(settings, "airflow_secret_key"),
        "AIRFLOW__API_AUTH__JWT_SECRET": secret(settings, "airflow_jwt"),
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.25",
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        # the API server builds itself on its first request, which may outlast the default
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "60",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        # dbt and the like are imported once, in the scheduler, and shared by every task it forks
        "PYTHONPATH": str(settings.root / "local" / "preload"),
    }


def superset_environment(settings: Settings) -> dict[str, str]:
    """What superset/superset_config.py and superset/loader.py read."""
    return {
        "SUPERSET_CONFIG_PATH": str(settings.root / "superset" / "superset_config.py"),
        "SUPERSET_DB_DSN": settings.superset_db_dsn or local_dsn(settings, "superset"),
        "SUPERSET_SECRET_KEY": secret(settings, "superset_secret_key"),
        "SUPERSET_ADMIN_PASSWORD": secret(settings, "superset_admin"),
        "SUPERSET_MONITOR_PASSWORD": secret(settings, "superset_monitor"),
        "SUPERSET_PORT": str(settings.superset_port),
        "SUPERSET_HOME": str(settings.state_dir / "superset"),
        "MONITOR_READER_DSN": reader_url(settings),
        "STATE_DIR": str(settings.state_dir),
        "CLOCK": settings.now().isoformat(),
    }


def environment(settings: Settings, name: str) -> dict[str, str]:
    """The environment of one process."""
    base = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("AIRFLOW__") and key != "PYTHONDONTWRITEBYTECODE"
    }
    # a setting that was given by the environment of `up` holds for every process of this run
    base |= {key.upper(): str(value) for key, value in settings.model_dump().items() if value}
    if name == SUPERSET:
        return base | superset_environment(settings)
    if name in AIRFLOW:
        return base | airflow_environment(settings)
    return base


def command(settings: Settings, name: str) -> list[str]:
    """The command line of one process."""
    bin_dir = Path(sys.executable).parent
    if name == POSTGRES:
        return [sys.executable, "-m", "local.postgres", "run"]
    if name == PUBLISHERS:
        port = str(settings.publishers_port)
        sample = str(settings.sample_dir)
        return [sys.executable, "-m", "local.publishers", "--sample", sample, "--port", port]
    if name == SUPERSET:
        gunicorn = settings.root / ".venv-superset" / "bin" / "gunicorn"
        address = f"127.0.0.1:{settings.superset_port}"
        options = ["-w", "2", "-k", "gthread", "--threads", "8", "--timeout", "120"]
        options += ["--no-control-socket"]  # it would lie in the home folder
        # with gunicorn's own 2 s a browser meets connections that close under its hands
        options += ["--keep-alive", "65", "-b", address]
        return [str(gunicorn), *options, "superset.app:create_app()"]
    if name in AIRFLOW:
        # the API server reads the logs of tasks as files; a second server for them would listen
        # on every address of the machine
        extra = ["--skip-serve-logs"] if name == "airflow-scheduler" else []
        return [str(bin_dir / "airflow"), name.removeprefix("airflow-"), *extra]
    raise ProcessError(f"There is no process called {name!r}.")


def prepare_airflow(settings: Settings) -> None:
    """Write the login of the one-machine run and migrate Airflow's database. Idempotent."""
    home = settings.state_dir / "airflow"
    home.mkdir(parents=True, exist_ok=True)
    passwords = home / "passwords.json"
    passwords.touch(mode=0o600)
    passwords.write_text(json.dumps({AIRFLOW_USER: secret(settings, "airflow")}), encoding="utf-8")
    migrated = subprocess.run(
        [str(Path(sys.executable).parent / "airflow"), "db", "migrate"],
        env=environment(settings, AIRFLOW[0]),
        capture_output=True,
        text=True,
        check=False,
    )
    if migrated.returncode != 0:
        raise ProcessError(f"Airflow's database could not be migrated: {migrated.stderr[-2000:]}")


def _fernet_key(settings: Settings) -> str:
    import base64

    digest = hashlib.sha256(secret(settings, "airflow_fernet").encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()


def _supervisor_password(settings: Settings) -> str:
    return secret(settings, "supervisor")


def _supervisor(settings: Settings) -> Any:
    password = _supervisor_password(settings)
    address = f"http://afspraken:{password}@127.0.0.1:{settings.supervisor_port}/RPC2"
    return xmlrpc.client.ServerProxy(address).supervisor


def _write_configuration(settings: Settings) -> Path:
    run_dir, logs = settings.state_dir / "run", settings.logs_dir
    run_dir.mkdir(parents=True, exist_ok=True)
    logs.mkdir(parents=True, exist_ok=True)
    password_sha = hashlib.sha1(_supervisor_password(settings).encode()).hexdigest()  # noqa: S324 - the form supervisord reads
    places = {"root": settings.root, "logs": logs, "run": run_dir, "python": sys.executable}
    text = SUPERVISOR_CONF.substitute(
        places, port=settings.supervisor_port, password_sha=password_sha
    )
    for name in names(settings):
        # an interrupt makes Postgres close its sessions and stop in order; its children must
        # not get one of their own
        signal, group = ("INT", "false") if name == POSTGRES else ("TERM", "true")
        text += PROGRAM.substitute(places, name=name, signal=signal, group=group)
    path = run_dir / "supervisord.conf"
    path.write_text(text.replace("%", "%%"), encoding="utf-8")
    return path


def supervisor_is_up(settings: Settings) -> bool:
    try:
        return bool(_supervisor(settings).getState()["statename"] == "RUNNING")
    except (OSError, xmlrpc.client.Error):
        return False


def start_supervisor(settings: Settings) -> None:
    """Start supervisord with nothing running yet; a running one takes a changed configuration."""
    configuration = _write_configuration(settings)
    if supervisor_is_up(settings):
        added, changed, removed = _supervisor(settings).reloadConfig()[0]
        for name in (*changed, *removed):
            _stop(settings, name)
            _supervisor(settings).removeProcessGroup(name)
        for name in (*added, *changed):
            _supervisor(settings).addProcessGroup(name)
        return
    started = subprocess.run(
        [sys.executable, "-m", "supervisor.supervisord", "-c", str(configuration)],
        capture_output=True,
        text=True,
        check=False,
        env=environment(settings, ""),
    )
    deadline = time.monotonic() + 20
    while not supervisor_is_up(settings):
        if time.monotonic() > deadline:
            raise ProcessError(
                f"supervisord did not start: {started.stderr.strip() or started.stdout.strip()}. "
                f"Remedy: see {settings.logs_dir / 'supervisord.log'}."
            )
        time.sleep(0.1)


def start(settings: Settings, wanted: Iterable[str]) -> None:
    """Start these processes where they don't run yet."""
    supervisor = _supervisor(settings)
    for name in wanted:
        if supervisor.getProcessInfo(name)["statename"] not in {"RUNNING", "STARTING"}:
            supervisor.startProcess(name, False)


def restart(settings: Settings, name: str) -> None:
    """Stop and start one process."""
    _stop(settings, name)
    start(settings, [name])


def _stop(settings: Settings, name: str) -> None:
    try:
        _supervisor(settings).stopProcess(name, True)
    except xmlrpc.client.Fault:
        return  # it did not run


def stop_all(settings: Settings) -> bool:
    """Stop every process in the order in which they need each other, then supervisord.

    Returns:
        False when nothing ran.
    """
    if not supervisor_is_up(settings):
        return False
    for name in reversed(names(settings)):
        _stop(settings, name)
    pid = int(_supervisor(settings).getPID())
    _supervisor(settings).shutdown()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and Path(f"/proc/{pid}").exists():
        time.sleep(0.1)
    return True


def states(settings: Settings) -> dict[str, str]:
    """Per process the supervisor's word for its state; empty when nothing runs."""
    if not supervisor_is_up(settings):
        return {}
    return {info["name"]: info["statename"] for info in _supervisor(settings).getAllProcessInfo()}


def main(words: list[str]) -> None:
    settings = Settings()
    if words == ["migrate", "airflow"]:
        prepare_airflow(settings)
    elif words[:1] == ["run"] and len(words) == 2:
        name = words[1]
        if name == POSTGRES:
            postgres.initialise(settings)
        line = command(settings, name)
        os.execve(line[0], line, environment(settings, name))
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
