"""Talks to Superset as the monitoring officer does: to prove that it shows, and to have every
chart's data ready before the officer comes in.

    python -m afspraken.show probe|warm
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from afspraken.secrets import secret
from afspraken.settings import Settings

OFFICER = "monitor"
START_PAGE = "start"
PARALLEL = 3
TIMEOUT_SECONDS = 60


class ShowError(RuntimeError):
    """Superset does not show what it should; the message says what, and what to do."""


@dataclass(frozen=True)
class ProbeResult:
    """A chart that answered: its title, its rows, and the address of its dashboard."""

    chart: str
    rows: int
    address: str


@dataclass(frozen=True)
class WarmResult:
    """How many charts were asked for their data, in how many seconds."""

    charts: int
    seconds: float


def base_url(settings: Settings) -> str:
    return f"http://127.0.0.1:{settings.superset_port}"


@contextmanager
def client(
    settings: Settings, transport: httpx.BaseTransport | None = None
) -> Iterator[httpx.Client]:
    """A client that is logged in as the monitoring officer.

    Raises:
        ShowError: Superset does not answer, or refuses the login.
    """
    with httpx.Client(
        base_url=base_url(settings), timeout=TIMEOUT_SECONDS, transport=transport
    ) as http:
        login = {
            "username": OFFICER,
            "password": secret(settings, "superset_monitor"),
            "provider": "db",
            "refresh": False,
        }
        try:
            # the page itself too: it can fail where the API and /health answer
            page = http.get("/login/")
            answer = http.post("/api/v1/security/login", json=login)
        except httpx.HTTPError as error:
            raise ShowError(
                f"Superset does not answer at {base_url(settings)} ({error}). "
                f"Remedy: `make up`, or read {settings.logs_dir / 'superset.log'}."
            ) from error
        if page.status_code != 200 or answer.status_code != 200:
            raise ShowError(
                f"Superset refuses the login of {OFFICER} (page {page.status_code}, "
                f"login {answer.status_code}). Remedy: run superset/loader.py again, "
                f"or read {settings.logs_dir / 'superset.log'}."
            )
        http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield http


def charts_of(http: httpx.Client, dashboard: str) -> dict[int, str]:
    """Id and title of every chart on a dashboard."""
    answer = http.get(f"/api/v1/dashboard/{dashboard}/charts")
    if answer.status_code != 200:
        raise ShowError(
            f"The dashboard {dashboard!r} is not there ({answer.status_code}). "
            f"Remedy: run superset/loader.py."
        )
    return {chart["id"]: chart["slice_name"] for chart in answer.json()["result"]}


def dashboards(http: httpx.Client) -> list[str]:
    """The slugs of all dashboards that the officer sees."""
    answer = http.get("/api/v1/dashboard/", params={"q": "(page_size:100)"})
    if answer.status_code != 200:
        raise ShowError(f"Superset does not list its dashboards ({answer.status_code}).")
    return [one["slug"] for one in answer.json()["result"]]


def chart_rows(http: httpx.Client, chart: int, title: str, *, force: bool = False) -> int:
    """Rows behind a chart.

    Raises:
        ShowError: the data does not come; names the chart and what Superset says.
    """
    answer = http.get(f"/api/v1/chart/{chart}/data/", params={"force": str(force).lower()})
    if answer.status_code != 200:
        raise ShowError(
            f"The chart {title!r} has no data ({answer.status_code}): {answer.text[:300]}"
        )
    rows: int = answer.json()["result"][0]["rowcount"]
    return rows


def probe(settings: Settings, transport: httpx.BaseTransport | None = None) -> ProbeResult:
    """Log in and get the data of the start page's charts, until one has rows.

    Raises:
        ShowError: no login, no dashboard, a chart without an answer, or only empty ones.
    """
    with client(settings, transport) as http:
        for chart, title in charts_of(http, START_PAGE).items():
            rows = chart_rows(http, chart, title)
            if rows:
                address = f"{base_url(settings)}/superset/dashboard/{START_PAGE}/"
                return ProbeResult(title, rows, address)
    raise ShowError("The start page is empty. Remedy: run a night with `make nightly`.")


def forget(settings: Settings) -> None:
    """Drop the answers that Superset kept: they are of the marts before this publication."""
    # the folder itself stays: a running server does not make it again
    for kept in (settings.state_dir / "superset" / "cache" / "data").glob("*"):
        kept.unlink(missing_ok=True)


def warm(settings: Settings, transport: httpx.BaseTransport | None = None) -> WarmResult:
    """After a publication: drop what was kept, and ask every chart for its data once.

    Raises:
        ShowError: Superset does not answer, or a chart fails; names each that does.
    """
    started = time.monotonic()
    forget(settings)
    with client(settings, transport) as http, ThreadPoolExecutor(PARALLEL) as pool:
        charts = {
            chart: title
            for slug in dashboards(http)
            for chart, title in charts_of(http, slug).items()
        }
        asked = [
            pool.submit(chart_rows, http, chart, title, force=True)
            for chart, title in charts.items()
        ]
        failures = [str(error) for one in asked if (error := one.exception())]
    if failures:
        more = f"\n... and {len(failures) - 5} more" if len(failures) > 5 else ""
        raise ShowError("\n".join(failures[:5]) + more)
    return WarmResult(len(charts), time.monotonic() - started)


def main(verb: str) -> None:
    settings = Settings()
    try:
        if verb == "probe":
            print(probe(settings))
        elif verb == "warm":
            print(warm(settings))
        else:
            raise SystemExit(__doc__)
    except ShowError as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
