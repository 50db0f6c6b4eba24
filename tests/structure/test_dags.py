"""The DAGs are there, parse without errors and stay light."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from afspraken.settings import ROOT

EXPECTED = {"deliveries", "nightly_refresh"}
SENTENCE = ["opened", "landed", "judged", "built", "audited", "published", "shown", "closed"]

# Airflow keeps global state and reads its configuration at import: a process of its own
QUESTION = """
import json
from airflow.dag_processing.dagbag import DagBag
bag = DagBag({folder!r})
dags = {{
    dag.dag_id: {{task.task_id: sorted(task.downstream_task_ids) for task in dag.tasks}}
    for dag in bag.dags.values()
}}
print("ANSWER" + json.dumps([dags, {{k: str(v) for k, v in bag.import_errors.items()}}]))
"""


@pytest.fixture(scope="module")
def dag_bag(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, dict], dict[str, str]]:
    import json
    import os

    home = tmp_path_factory.mktemp("airflow")
    environment = os.environ | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
    }
    answer = subprocess.run(
        [sys.executable, "-c", QUESTION.format(folder=str(ROOT / "dags"))],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    line = next(line for line in answer.stdout.splitlines() if line.startswith("ANSWER"))
    dags, errors = json.loads(line.removeprefix("ANSWER"))
    return dags, errors


def test_the_expected_dags_are_there_and_none_is_broken(
    dag_bag: tuple[dict[str, dict], dict[str, str]],
) -> None:
    dags, errors = dag_bag
    assert set(dags) == EXPECTED
    assert errors == {}


def test_the_night_reads_as_one_sentence(
    dag_bag: tuple[dict[str, dict], dict[str, str]],
) -> None:
    tasks = dag_bag[0]["nightly_refresh"]
    assert tasks["judged"] == ["built"]
    assert tasks["built"] == ["audited"]
    assert tasks["audited"] == ["published"]
    assert tasks["published"] == ["shown"]
    assert tasks["shown"] == ["closed"]
    landed = {name for name in tasks if name.startswith("landed.")} - {"landed.deliveries"}
    assert len(landed) >= 4
    assert all("judged" in tasks[name] for name in landed)


def test_publishers_are_asked_when_the_deliveries_are_in(
    dag_bag: tuple[dict[str, dict], dict[str, str]],
) -> None:
    after = set(dag_bag[0]["nightly_refresh"]["landed.deliveries"])
    assert after == {"landed.cbs", "landed.leefbaarometer", "landed.pdok", "landed.rvo"}


def test_every_publisher_with_a_card_is_landed_by_the_night(
    dag_bag: tuple[dict[str, dict], dict[str, str]],
) -> None:
    cards = {path.parent.name for path in (ROOT / "ingestion" / "sources").glob("*/*.yml")}
    assert {"cbs", "pdok", "rvo"} <= cards
    landed = {name.removeprefix("landed.") for name in dag_bag[0]["nightly_refresh"]}
    assert cards <= landed


@pytest.mark.parametrize("path", sorted((ROOT / "dags").glob("*.py")), ids=lambda p: p.name)
def test_a_dag_file_imports_nothing_heavy_at_its_top(path: Path) -> None:
    heavy = ("pandas", "dbt", "great_expectations", "sqlalchemy", "psycopg", "afspraken")
    tops = [
        line for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith(("import ", "from "))
    ]  # fmt: skip
    assert tops
    assert not [line for line in tops if line.split()[1].split(".")[0] in heavy]
    assert '"""' in path.read_text(encoding="utf-8")[:3]
