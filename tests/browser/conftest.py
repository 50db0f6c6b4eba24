"""A Superset with a published night behind it, and a browser that is logged in as the officer.

With STATE_DIR set, the stack that `make up` runs on it is used. Otherwise one is brought up: the
night of the test server, our loader, and the server itself on a free port.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from afspraken import show
from afspraken.db import local_dsn
from afspraken.secrets import secret
from afspraken.settings import ROOT, Settings
from local import processes
from tests.conftest import free_port

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTH, HEIGHT = 1366, 900
START_SECONDS = 180
# read before the tests' own settings take these names out of the environment
RUNNING = {
    name: os.environ[name.upper()] for name in Settings.model_fields if name.upper() in os.environ
}


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> Iterator[Settings]:
    """Settings of a Superset that answers, with published marts behind it."""
    if "state_dir" in RUNNING:
        yield Settings(**RUNNING)
        return
    server: Settings = request.getfixturevalue("server")
    night: Settings = request.getfixturevalue("first_night")
    settings = night.model_copy(
        update={"superset_db_dsn": local_dsn(server, "superset"), "superset_port": free_port()}
    )
    load(settings, "--migrate")
    settings.logs_dir.mkdir(parents=True, exist_ok=True)
    log = settings.logs_dir / "superset.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            processes.command(settings, processes.SUPERSET),
            env=processes.environment(settings, processes.SUPERSET),
            cwd=ROOT,
            stdout=out,
            stderr=out,
        )
    try:
        _wait_until_it_answers(settings, process)
        yield settings
    finally:
        process.terminate()
        process.wait(30)


def load(settings: Settings, *options: str) -> str:
    """Run the loader; its last line. Fails the test with its log when it does."""
    ran = subprocess.run(
        [ROOT / ".venv-superset/bin/python", ROOT / "superset/loader.py", *options],
        env=processes.environment(settings, processes.SUPERSET),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-4000:]
    return ran.stdout.strip().splitlines()[-1]


def _wait_until_it_answers(settings: Settings, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, (settings.logs_dir / "superset.log").read_text()[-4000:]
        try:
            if httpx.get(f"{show.base_url(settings)}/login/", timeout=30).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.5)
    pytest.fail(f"Superset did not answer in {START_SECONDS} s")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        reason = "no chromium here: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def officer(chromium: Browser, stack: Settings) -> Iterator[BrowserContext]:
    """A browser in which the monitoring officer is logged in."""
    context = chromium.new_context(
        base_url=show.base_url(stack),
        viewport={"width": WIDTH, "height": HEIGHT},
        locale="nl-NL",
        timezone_id="Europe/Amsterdam",
    )
    page = context.new_page()
    # an answer that is still under way would put back the session of before the login
    page.goto("/login/", wait_until="networkidle")
    page.fill("#username", show.OFFICER)
    page.fill("#password", secret(stack, "superset_monitor"))
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url, timeout=60_000)
    page.close()
    yield context
    context.close()


@pytest.fixture
def page(officer: BrowserContext) -> Iterator[Page]:
    page = officer.new_page()
    page.set_default_timeout(60_000)
    yield page
    page.close()


@pytest.fixture
def http(stack: Settings) -> Iterator[httpx.Client]:
    """Superset's API, as the officer."""
    with show.client(stack) as client:
        yield client
