"""Starting on one machine: what is in the way is said in one line with its remedy."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from afspraken.db import local_dsn
from afspraken.settings import ROOT, Settings
from local import postgres, processes, up
from tests.conftest import free_port


def settings_in(folder: Path, **ports: int) -> Settings:
    names = ("postgres_port", "airflow_port", "superset_port", "publishers_port")
    free = {name: free_port() for name in (*names, "supervisor_port")}
    return Settings(state_dir=folder, **(free | ports))


def test_a_port_in_use_is_named_with_the_setting_that_moves_it(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        settings = settings_in(tmp_path, superset_port=port)
        with pytest.raises(up.UpError, match=f"Port {port} is in use.*SUPERSET_PORT"):
            up.check(settings)


def test_a_full_disk_is_said_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(up, "FREE_GB", 1e9)
    with pytest.raises(up.UpError, match=r"GB is free.*STATE_DIR"):
        up.check(settings_in(tmp_path))


def test_another_python_is_refused_in_one_line() -> None:
    script = (
        "import sys; sys.version_info = (3, 9, 2, 'final', 0); sys.path.insert(0, 'local'); "
        "import bootstrap; bootstrap.main(False)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 1
    assert "This is Python 3.9; Afsprakenmonitor runs on Python 3.11" in answer.stderr
    assert "Remedy:" in answer.stderr


def test_a_command_without_a_running_warehouse_says_what_to_do(tmp_path: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "afspraken.cli", "indicators"],
        env=os.environ | {"STATE_DIR": str(tmp_path), "POSTGRES_PORT": str(free_port())},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1
    assert "make up" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_postgres_starts_in_a_folder_that_only_its_owner_can_read(tmp_path: Path) -> None:
    """A clone below /root or a mktemp folder: the unprivileged user can't reach it."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    settings = settings_in(closed / "state")
    postgres.start(settings)
    try:
        with psycopg.connect(local_dsn(settings, "warehouse")) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
    finally:
        postgres.stop(settings)


def test_postgres_accepts_no_connection_without_a_password(server: Settings) -> None:
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(
            host="127.0.0.1", port=server.postgres_port, user="monitor", dbname="postgres"
        )


def test_the_supervisors_configuration_holds_no_secret(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    path = processes._write_configuration(settings)
    text = path.read_text(encoding="utf-8")
    assert "[program:airflow-scheduler]" in text
    for secret_file in settings.secrets_dir.iterdir():
        assert secret_file.read_text(encoding="utf-8") not in text
