"""A real Postgres for the tests: one server a session, a database of its own for each test."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest

from afspraken import migrate
from afspraken.db import local_dsn
from afspraken.settings import ROOT, Settings
from ingestion.cards import publishers as publishers_with_a_card
from local import postgres
from tests.publishers import served
from tests.told import Sample

SHARED_DATA = ROOT.parent / "shared" / "data"
TEMPLATE = "template_migrated"
NIGHT = "template_night"

_numbers = count(1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Files of the real publishers, tested where they lie; a plain clone has none of them."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"the real files are not here: {SHARED_DATA}")
    return SHARED_DATA


@pytest.fixture(scope="session", autouse=True)
def _settings_of_tests_only() -> None:
    """A developer's .env must not reach into the tests."""
    Settings.model_config["env_file"] = None
    for name in Settings.model_fields:
        os.environ.pop(name.upper(), None)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a running embedded Postgres with a migrated template database."""
    state = tmp_path_factory.mktemp("server")
    for folder in (state, *state.parents[:2]):
        folder.chmod(0o755)  # Postgres may run as another user than the tests
    settings = Settings(state_dir=state, postgres_port=free_port())
    postgres.start(settings)
    try:
        _create(settings, TEMPLATE, "template1")
        migrate.migrate(_on(settings, TEMPLATE))
        yield settings
    finally:
        postgres.stop(settings)


@pytest.fixture
def warehouse(server: Settings, tmp_path: Path) -> Iterator[Settings]:
    """Settings of an empty, migrated warehouse and an empty state folder of its own."""
    yield from _fresh(server, TEMPLATE, tmp_path)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample as files, made once."""
    from local.sample import make_sample

    folder = tmp_path_factory.mktemp("sample")
    make_sample(folder)
    return folder


@pytest.fixture(scope="session")
def told(sample: Path) -> Sample:
    """The sample's files, read as a recipient would."""
    return Sample(sample)


@pytest.fixture(scope="session")
def publishers(sample: Path) -> Iterator[str]:
    """The address of the simulated publishers, serving the sample."""
    with served(sample) as base:
        yield base


@pytest.fixture(scope="session")
def first_night(
    server: Settings, sample: Path, publishers: str, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """Settings of a warehouse after its first night. Read it only; `night` is for changing."""
    state = tmp_path_factory.mktemp("night")
    _create(server, NIGHT, TEMPLATE)
    settings = _on(server, NIGHT, state, publishers)
    shutil.copytree(sample / "inbox", state / "inbox")
    run_night(settings, "eerste-nacht")
    return settings


@pytest.fixture
def night(server: Settings, first_night: Settings, tmp_path: Path) -> Iterator[Settings]:
    """A copy of the warehouse after its first night, with its archive and inbox, to change."""
    with copy_of(server, first_night, tmp_path / "state") as settings:
        yield settings


@contextmanager
def copy_of(server: Settings, first_night: Settings, state: Path) -> Iterator[Settings]:
    """A warehouse of its own that is as `first_night` left it, until the block ends."""
    shutil.copytree(first_night.state_dir, state)
    publishers = first_night.pdok_url.removesuffix("/pdok")
    yield from _fresh(server, NIGHT, state, publishers)


STEPS: tuple[str, ...] = (
    "open",
    "deliveries",
    *publishers_with_a_card(),
    "agreements",
    "judge",
    "build",
    "audit",
    "publish",
    "close",
)


def run_night(settings: Settings, run_id: str, *, tolerate: tuple[str, ...] = ()) -> list[str]:
    """The steps of dags/nightly_refresh.py in its order, without Airflow.

    A step named in `tolerate` may fail, as Airflow lets the night go on without that source.
    Returns the steps that failed.
    """
    failed = []
    for name in STEPS:
        try:
            step(name)(settings, run_id)
        except Exception:
            if name not in tolerate:
                raise
            failed.append(name)
    return failed


def step(name: str) -> Callable[[Settings, str], object]:
    """One step of the night, by its name in STEPS."""
    from afspraken import build, catalogue, night, publish, register
    from expectations import audit, judge
    from ingestion import land_publisher, receive_deliveries

    steps: dict[str, Callable[[Settings, str], object]] = {
        "open": night.open_night,
        "deliveries": lambda s, run_id: receive_deliveries(s, run_id=run_id),
        "agreements": lambda s, run_id: (register.load(s), catalogue.load(s)),
        "judge": lambda s, run_id: judge(s, run_id=run_id),
        "build": build.build,
        "audit": lambda s, run_id: audit(s, run_id=run_id),
        "publish": publish.publish,
        "close": night.close_night,
    }
    return steps.get(name) or (lambda s, run_id: land_publisher(name, s, run_id=run_id))


def _fresh(
    server: Settings, template: str, state: Path, publishers: str = ""
) -> Iterator[Settings]:
    name = f"test_{next(_numbers)}"
    _create(server, name, template)
    try:
        yield _on(server, name, state, publishers)
    finally:
        with psycopg.connect(local_dsn(server, "postgres"), autocommit=True) as connection:
            connection.execute(f'drop database "{name}" with (force)'.encode())


def _create(server: Settings, name: str, template: str) -> None:
    with psycopg.connect(local_dsn(server, "postgres"), autocommit=True) as connection:
        # dbt leaves its sessions open until its process ends; nobody may be in a database
        # that is copied
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s",
            [template],
        )
        connection.execute(f'create database "{name}" template "{template}"'.encode())
        if template != "template1":  # a copy has everything but the rights on the database itself
            connection.execute(f'grant create on database "{name}" to monitor_owner'.encode())


def _on(
    server: Settings, database: str, state: Path | None = None, publishers: str = ""
) -> Settings:
    """Settings of one database of the test server."""
    addresses = {}
    if publishers:
        addresses = {
            "cbs_odata4_url": f"{publishers}/cbs/odata/v1/CBS",
            "cbs_odata3_url": f"{publishers}/cbs",
            "cbs_dataderden_url": f"{publishers}/cbs-dataderden",
            "cbs_download_url": f"{publishers}/cbs-download",
            "ep_online_url": f"{publishers}/ep-online/api/v5",
            "ep_online_api_key": "voorbeeld-sleutel",
            "pdok_url": f"{publishers}/pdok",
            "leefbaarometer_url": f"{publishers}/leefbaarometer",
        }
    if state is not None:
        # roles belong to the server, so every database of it has the same passwords
        shutil.copytree(server.secrets_dir, state / "secrets", dirs_exist_ok=True)
    return Settings(
        state_dir=state or server.state_dir,
        postgres_port=server.postgres_port,
        warehouse_dsn=local_dsn(server, database),
        **addresses,
    )
