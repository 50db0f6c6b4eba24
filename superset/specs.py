"""Dashboards and datasets as we write them, read strictly, and checked against the marts.

Needs nothing of Superset, so that tests and `make check` can read the same files:

    python superset/specs.py      checks the chain dashboard -> chart -> dataset -> column
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

import yaml

HERE = Path(__file__).resolve().parent
MARTS = Path("dbt_project/models/marts")
MONITOR_VIEWS = Path("afspraken/warehouse/monitor.sql")
STATUSES = Path("dbt_project/seeds/status.csv")
GRID_COLUMNS = 12
VIZ = ("table", "number", "date", "line", "bars", "pivot")

Record = TypeVar("Record")


class SpecError(ValueError):
    """A spec can't be used; the message names the file and what is wrong in it."""


@dataclass(frozen=True)
class Column:
    """A column of a dataset: one of the relation's, or computed by `sql`."""

    name: str
    type: str
    label: str
    description: str = ""
    sql: str | None = None

    @property
    def is_time(self) -> bool:
        return self.type.startswith(("date", "timestamp"))


@dataclass(frozen=True)
class Metric:
    label: str
    sql: str
    format: str = ",.0f"


@dataclass(frozen=True)
class Dataset:
    """One mart or monitor view. `labels` are the short headings of its columns on the screen."""

    table: str
    title: str
    labels: Mapping[str, str] = field(default_factory=dict)
    computed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    columns: Mapping[str, Column] = field(default_factory=dict)
    # monitor views change outside a publication; marts don't
    cache_seconds: int | None = None

    @property
    def schema(self) -> str:
        return self.table.split(".")[0]

    @property
    def name(self) -> str:
        return self.table.split(".")[1]


@dataclass(frozen=True)
class Chart:
    key: str
    title: str
    dataset: str
    viz: str
    description: str = ""
    columns: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    x: str | None = None
    where: str = ""
    order: tuple[str, ...] = ()
    sort_by: str | None = None
    ascending: bool = True
    limit: int = 500
    page_length: int = 0
    search: bool = False
    status: str | None = None
    formats: Mapping[str, str] = field(default_factory=dict)
    widths: Mapping[str, int] = field(default_factory=dict)
    subtitle: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Filter:
    key: str
    label: str
    dataset: str
    column: str
    default: str | None = None
    order_by: str | None = None
    order_descending: bool = False
    where: str = ""
    charts: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True)
class Item:
    """A place in a row: a chart, or a text (Markdown file or text itself)."""

    width: int
    chart: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class Row:
    height: int
    items: tuple[Item, ...] = ()
    heading: str | None = None


@dataclass(frozen=True)
class Dashboard:
    slug: str
    title: str
    description: str
    rows: tuple[Row, ...]
    charts: Mapping[str, Chart]
    colors: Mapping[str, str] = field(default_factory=dict)
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True)
class Status:
    code: str
    word: str
    mark: str
    color: str
    text_color: str


@dataclass(frozen=True)
class Specs:
    dashboards: tuple[Dashboard, ...]
    datasets: Mapping[str, Dataset]
    statuses: tuple[Status, ...]


def _record(kind: type[Record], where: str, given: Mapping[str, Any], **more: Any) -> Record:
    known = {f.name for f in fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(set(given) - known)
    if unknown:
        raise SpecError(f"{where}: unknown {unknown}; known are {sorted(known)}")
    lists = {key: tuple(value) for key, value in given.items() if isinstance(value, list)}
    try:
        return kind(**{**given, **lists, **more})
    except TypeError as error:
        raise SpecError(f"{where}: {error}") from error


def _read(path: Path) -> dict[str, Any]:
    content = yaml.safe_load(path.read_text("utf-8"))
    if not isinstance(content, dict):
        raise SpecError(f"{path}: not a mapping")
    return content


def mart_columns(root: Path) -> dict[str, dict[str, Column]]:
    """Columns of every mart as dbt's own files promise them, by `marts.<name>`."""
    marts = {}
    for path in sorted((root / MARTS).rglob("*.yml")):
        for model in _read(path).get("models", []):
            marts[f"marts.{model['name']}"] = {
                column["name"]: Column(
                    column["name"],
                    column.get("data_type", "text"),
                    column.get("description", column["name"]),
                )
                for column in model.get("columns", [])
            }
    return marts


def monitor_columns(root: Path) -> dict[str, set[str]]:
    """Names of the columns of every monitor view, from its SQL."""
    script = (root / MONITOR_VIEWS).read_text("utf-8")
    script = re.sub(r"--[^\n]*", "", script)
    script = re.sub(r"'(?:[^']|'')*'", "''", script)
    views = {}
    for name, body in re.findall(r"create or replace view (monitor\.\w+) as(.*?);", script, re.S):
        names = set()
        for item in _select_list(body):
            alias = re.search(r"(?:\bas\s+|\.|^\s*)(\w+)\s*$", item)
            if alias:
                names.add(alias.group(1))
        views[name] = names
    return views


def _select_list(query: str) -> Iterator[str]:
    """The items of the outermost `select` of a query."""
    flat, depth = [], 0
    for character in query:
        depth += (character == "(") - (character == ")")
        # what stands between brackets has no say in where an item ends
        flat.append(character if depth == 0 or character == ")" else "_")
    text = "".join(flat)
    start = [m.end() for m in re.finditer(r"\bselect\b(?:\s+distinct)?", text)][-1]
    end = re.search(r"\bfrom\b", text[start:])
    yield from text[start : start + end.start() if end else None].split(",")


def read_dataset(path: Path, marts: Mapping[str, Mapping[str, Column]]) -> Dataset:
    given = _read(path)
    metrics = {
        name: _record(Metric, f"{path.name}: metric {name}", metric)
        for name, metric in given.pop("metrics", {}).items()
    }
    described = {
        name: Column(name, column["type"], column["label"], column.get("description", ""))
        for name, column in given.pop("columns", {}).items()
    }
    dataset = _record(Dataset, path.name, given, metrics=metrics)
    if described and dataset.schema == "marts":
        raise SpecError(f"{path.name}: the columns of a mart are described in dbt")
    columns = dict(described or marts.get(dataset.table, {}))
    if not columns:
        raise SpecError(f"{path.name}: {dataset.table} is not described in {MARTS}")
    for name, label in dataset.labels.items():
        if name not in columns:
            raise SpecError(f"{path.name}: label for {name}, which {dataset.table} does not have")
        was = columns[name]
        description = was.description or (was.label if was.label != label else "")
        columns[name] = Column(name, was.type, label, description)
    for name, column in dataset.computed.items():
        columns[name] = Column(
            name,
            column.get("type", "text"),
            column["label"],
            column.get("description", ""),
            column["sql"],
        )
    return _record(
        Dataset,
        path.name,
        {f.name: getattr(dataset, f.name) for f in fields(Dataset)} | {"columns": columns},
    )


def read_dashboard(folder: Path) -> Dashboard:
    path = folder / "dashboard.yml"
    given = _read(path)
    where = f"{folder.name}/dashboard.yml"
    charts = {}
    for key, chart in given.pop("charts", {}).items():
        charts[key] = _record(Chart, f"{where}: chart {key}", chart, key=key)
        if charts[key].viz not in VIZ:
            raise SpecError(f"{where}: chart {key} has viz {charts[key].viz!r}, not one of {VIZ}")
    rows = []
    for number, row in enumerate(given.pop("rows", []), 1):
        items = []
        for item in row.pop("items", None) or []:
            text = item.get("text", "")
            if text.endswith(".md"):
                item["text"] = (folder / text).read_text("utf-8")
            items.append(_record(Item, f"{where}: row {number}", item))
        rows.append(_record(Row, f"{where}: row {number}", row, items=tuple(items)))
    filters = tuple(
        _record(Filter, f"{where}: filter {f.get('key')}", f) for f in given.pop("filters", [])
    )
    slug = folder.name
    return _record(
        Dashboard, where, given, slug=slug, rows=tuple(rows), charts=charts, filters=filters
    )


def read_statuses(root: Path) -> tuple[Status, ...]:
    """The words, marks and colours of the one table of statuses."""
    import csv

    with (root / STATUSES).open(encoding="utf-8", newline="") as file:
        return tuple(
            Status(row["code"], row["woord"], row["teken"], row["kleur"], row["tekstkleur"])
            for row in csv.DictReader(file)
        )


def read_specs(root: Path, here: Path = HERE) -> Specs:
    """Read everything below `here`, with the marts of the project in `root`.

    Raises:
        SpecError: names the file and what in it is unknown or missing.
    """
    marts = mart_columns(root)
    datasets = {
        path.stem: read_dataset(path, marts) for path in sorted((here / "datasets").glob("*.yml"))
    }
    folders = sorted(path.parent for path in (here / "dashboards").glob("*/dashboard.yml"))
    return Specs(tuple(map(read_dashboard, folders)), datasets, read_statuses(root))


def problems(specs: Specs, root: Path) -> list[str]:
    """What does not fit in the chain dashboard -> chart -> dataset -> column of mart or view."""
    found = []
    views = monitor_columns(root)
    for name, dataset in specs.datasets.items():
        if dataset.schema == "monitor":
            missing = {c.name for c in dataset.columns.values() if not c.sql}
            missing -= views.get(dataset.table, set())
            if missing:
                found.append(f"datasets/{name}.yml: {dataset.table} has no {sorted(missing)}")
        expressions = [metric.sql for metric in dataset.metrics.values()]
        expressions += [column["sql"] for column in dataset.computed.values()]
        for expression in expressions:
            found += [
                f"datasets/{name}.yml: `{expression}` uses {word}, which is not in {dataset.table}"
                for word in _identifiers(expression)
                if word not in dataset.columns
            ]
    for dashboard in specs.dashboards:
        found += _dashboard_problems(dashboard, specs)
    return found


def _dashboard_problems(dashboard: Dashboard, specs: Specs) -> list[str]:
    found = []
    where = f"dashboards/{dashboard.slug}"
    placed = [item.chart for row in dashboard.rows for item in row.items if item.chart]
    known = set(dashboard.charts)
    found += [f"{where}: {key} is placed but not described" for key in set(placed) - known]
    found += [f"{where}: {key} is not placed" for key in known - set(placed)]
    found += [f"{where}: {key} is placed twice" for key in set(placed) if placed.count(key) > 1]
    for number, row in enumerate(dashboard.rows, 1):
        if sum(item.width for item in row.items) > GRID_COLUMNS:
            found.append(f"{where}: row {number} is wider than {GRID_COLUMNS}")
    for chart in dashboard.charts.values():
        found += [f"{where}: chart {chart.key}: {p}" for p in _chart_problems(chart, specs)]
    for one in dashboard.filters:
        dataset = specs.datasets.get(one.dataset)
        if dataset is None or one.column not in dataset.columns:
            found.append(f"{where}: filter {one.key} looks for {one.dataset}.{one.column}")
        for key in one.charts:
            chart = dashboard.charts.get(key)
            if chart is None:
                found.append(f"{where}: filter {one.key} works on {key}, which is not there")
            elif one.column not in specs.datasets[chart.dataset].columns:
                found.append(f"{where}: filter {one.key}: {key} has no column {one.column}")
    return found


def _chart_problems(chart: Chart, specs: Specs) -> list[str]:
    dataset = specs.datasets.get(chart.dataset)
    if dataset is None:
        return [f"dataset {chart.dataset} is not there"]
    used = {*chart.columns, *chart.rows, *_identifiers(chart.where)}
    used |= {name.lstrip("-") for name in chart.order} - set(dataset.metrics)
    used |= {name for name in (chart.x, chart.status) if name}
    found = [
        f"{dataset.table} has no column {name}" for name in sorted(used - set(dataset.columns))
    ]
    found += [
        f"dataset {chart.dataset} has no metric {name}"
        for name in (*chart.metrics, *filter(None, [chart.sort_by]))
        if name not in dataset.metrics
    ]
    if not (chart.columns or chart.metrics):
        found.append("has neither columns nor metrics")
    return found


_SQL_WORDS = set(
    "and or not is null in like between case when then else end true false date text numeric "  # noqa: SIM905
    "integer cast as distinct interval order by desc asc from where filter over".split()
)


def _identifiers(expression: str) -> set[str]:
    """Names in a simple SQL expression that must be columns."""
    bare = re.sub(r"'(?:[^']|'')*'", "", expression)
    # a word with a bracket behind it is a function, one behind a colon a type
    words = set(re.findall(r"(?<![\w:])[a-z_][a-z0-9_]*\b(?!\s*\()", bare))
    return words - _SQL_WORDS


def main() -> None:
    root = HERE.parent
    try:
        specs = read_specs(root)
        found = problems(specs, root)
    except (SpecError, OSError) as error:
        sys.exit(str(error))
    if found:
        sys.exit("\n".join(found))
    charts = sum(len(dashboard.charts) for dashboard in specs.dashboards)
    print(
        f"{len(specs.dashboards)} dashboards, {charts} charts, {len(specs.datasets)} datasets fit."
    )


if __name__ == "__main__":
    main()
