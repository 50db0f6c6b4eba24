"""Asking Superset as the officer: what is said when it does not answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from afspraken import show
from afspraken.settings import Settings

Answer = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path)


def superset(*, login: int = 200, page: int = 200, rows: int = 3, data: int = 200) -> Answer:
    """A Superset with one dashboard and two charts."""

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/login/":
            return httpx.Response(page)
        if path == "/api/v1/security/login":
            return httpx.Response(login, json={"access_token": "pas"})
        assert request.headers["Authorization"] == "Bearer pas"
        if path == "/api/v1/dashboard/":
            return httpx.Response(200, json={"result": [{"slug": "start"}]})
        if path == "/api/v1/dashboard/start/charts":
            charts = [{"id": 1, "slice_name": "Stand"}, {"id": 2, "slice_name": "Leveringen"}]
            return httpx.Response(200, json={"result": charts})
        if path.startswith("/api/v1/chart/"):
            return httpx.Response(data, json={"result": [{"rowcount": rows}]})
        return httpx.Response(404)

    return answer


def test_a_probe_ends_with_the_first_chart_that_has_rows(settings: Settings) -> None:
    result = show.probe(settings, httpx.MockTransport(superset()))
    assert (result.chart, result.rows) == ("Stand", 3)
    assert result.address.endswith("/superset/dashboard/start/")


def test_a_start_page_without_rows_is_no_success(settings: Settings) -> None:
    with pytest.raises(show.ShowError, match=r"start page is empty.*make nightly"):
        show.probe(settings, httpx.MockTransport(superset(rows=0)))


@pytest.mark.parametrize("part", ["login", "page"])
def test_a_login_that_fails_is_told_with_its_remedy(settings: Settings, part: str) -> None:
    with pytest.raises(show.ShowError, match=r"refuses the login.*500.*Remedy"):
        show.probe(settings, httpx.MockTransport(superset(**{part: 500})))


def test_a_superset_that_is_down_is_told_with_its_remedy(settings: Settings) -> None:
    def down(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused", request=request)

    with pytest.raises(show.ShowError, match=r"does not answer.*connection refused.*make up"):
        show.warm(settings, httpx.MockTransport(down))


def test_warming_up_names_every_chart_that_fails(settings: Settings) -> None:
    with pytest.raises(show.ShowError, match=r"(?s)'Stand'.*'Leveringen'"):
        show.warm(settings, httpx.MockTransport(superset(data=400)))


def test_warming_up_drops_the_answers_of_yesterday_but_not_their_folder(
    settings: Settings,
) -> None:
    folder = settings.state_dir / "superset" / "cache" / "data"
    folder.mkdir(parents=True)
    (folder / "0a1b").write_text("gisteren")
    result = show.warm(settings, httpx.MockTransport(superset()))
    assert result.charts == 2
    assert folder.is_dir()
    assert list(folder.iterdir()) == []
