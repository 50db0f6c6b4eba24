"""The command a newcomer types first, with real processes: Airflow runs the night."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from afspraken.settings import ROOT, Settings
from local import airflow
from tests.conftest import free_port

AFSPRAKEN = str(Path(sys.executable).with_name("afspraken"))
PORTS = ("POSTGRES", "AIRFLOW", "SUPERSET", "PUBLISHERS", "SUPERVISOR")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Where a run of its own keeps its state and listens; it is down again at the end."""
    run = {"STATE_DIR": str(tmp_path_factory.mktemp("up") / "state")}
    run |= {f"{name}_PORT": str(free_port()) for name in PORTS}
    home = tmp_path_factory.mktemp("home")
    environment = os.environ | run | {"HOME": str(home)}
    yield environment
    subprocess.run([AFSPRAKEN, "down"], env=environment, cwd=ROOT, check=False)


def afspraken(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [AFSPRAKEN, *words],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )


@pytest.mark.timeout(1200)
def test_up_runs_a_night_under_airflow_and_ends_with_the_agreements(
    environment: dict[str, str],
) -> None:
    answer = afspraken(environment, "up")
    assert answer.returncode == 0, answer.stdout[-3000:] + answer.stderr[-3000:]
    for step in ("opened", "judged", "built", "audited", "published", "shown", "closed"):
        assert step in answer.stdout
    assert "1.818" in answer.stdout
    assert "A login and a chart's data answer from Superset" in answer.stdout

    settings = Settings(
        state_dir=environment["STATE_DIR"], airflow_port=environment["AIRFLOW_PORT"]
    )
    with airflow.client(settings) as session:
        runs = session.get(f"/dags/{airflow.NIGHTLY}/dagRuns").json()["dag_runs"]
    assert [run["state"] for run in runs] == ["success"]


@pytest.mark.timeout(600)
def test_up_again_runs_no_second_night_and_leaves_the_home_folder_empty(
    environment: dict[str, str],
) -> None:
    answer = afspraken(environment, "up")
    assert answer.returncode == 0, answer.stderr[-3000:]
    assert "published" not in answer.stdout.split("Stand van de afspraken")[0]
    assert [path.name for path in Path(environment["HOME"]).iterdir()] == []


def test_figures_can_be_asked_for_while_it_is_up(environment: dict[str, str]) -> None:
    words = ("--format", "json", "--code", "CBS-WONINGVOORRAAD", "--scope", "GM0917")
    answer = afspraken(environment, "indicators", *words)
    assert 45834 in {row["value"] for row in json.loads(answer.stdout)}


def test_down_stops_every_process(environment: dict[str, str]) -> None:
    assert "Stopped" in afspraken(environment, "down").stdout
    assert afspraken(environment, "status").returncode == 1
