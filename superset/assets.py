"""Turns our specs into the files that Superset imports, with ids that never change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid5

import yaml
from specs import Chart, Dashboard, Dataset, Filter, Item, Row, Specs, Status

NAMESPACE = UUID("6f1d9a7e-2d1b-5c0e-9a54-0d2f6a9b7c31")
DATABASE = "Warehouse"
VERSION = "1.0.0"
MASK = "XXXXXXXXXX"
ALL_ROWS = 10_000


def uid(kind: str, key: str) -> str:
    return str(uuid5(NAMESPACE, f"{kind}:{key}"))


def bundle(specs: Specs, reader_dsn: str, css: str) -> dict[str, str]:
    """Every asset as a YAML file, by the path that Superset expects.

    The password of `reader_dsn` (a URL) is masked: it travels apart from the files.
    """
    files: dict[str, Any] = {
        "metadata.yaml": {"version": VERSION, "type": "assets"},
        database_path(): _database(reader_dsn),
    }
    for key, dataset in specs.datasets.items():
        files[f"datasets/{DATABASE}/{key}.yaml"] = _dataset(dataset)
    for dashboard in specs.dashboards:
        for chart in dashboard.charts.values():
            files[f"charts/{dashboard.slug}_{chart.key}.yaml"] = _chart(dashboard, chart, specs)
        files[f"dashboards/{dashboard.slug}.yaml"] = _dashboard(dashboard, specs, css)
    return {
        path: yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100)
        for path, content in files.items()
    }


def database_path() -> str:
    return f"databases/{DATABASE}.yaml"


def password(reader_dsn: str) -> str:
    from urllib.parse import unquote

    return unquote(urlsplit(reader_dsn).password or "")


def _database(reader_dsn: str) -> dict[str, Any]:
    parts = urlsplit(reader_dsn)
    address = f"{parts.username}:{MASK}@{parts.hostname}:{parts.port or 5432}"
    uri = urlunsplit(("postgresql+psycopg2", address, parts.path, parts.query, ""))
    return {
        "database_name": DATABASE,
        "sqlalchemy_uri": uri,
        "cache_timeout": None,
        "expose_in_sqllab": False,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "allow_csv_upload": False,
        "extra": {
            "engine_params": {
                "connect_args": {
                    "application_name": "superset",
                    "connect_timeout": 10,
                    "options": "-c statement_timeout=30000 -c timezone=Europe/Amsterdam",
                }
            },
            "allows_virtual_table_explore": False,
            "disable_data_preview": True,
        },
        "uuid": uid("database", DATABASE),
        "version": VERSION,
    }


def _dataset(dataset: Dataset) -> dict[str, Any]:
    times = [column.name for column in dataset.columns.values() if column.is_time]
    return {
        "table_name": dataset.name,
        "schema": dataset.schema,
        "description": dataset.title,
        "main_dttm_col": times[0] if times else None,
        "cache_timeout": dataset.cache_seconds,
        "filter_select_enabled": True,
        "uuid": uid("dataset", dataset.table),
        "database_uuid": uid("database", DATABASE),
        "version": VERSION,
        "columns": [
            {
                "column_name": column.name,
                "verbose_name": column.label,
                "description": column.description or None,
                "type": column.type.upper(),
                "is_dttm": column.is_time,
                "is_active": True,
                "groupby": True,
                "filterable": True,
                "expression": column.sql,
            }
            for column in dataset.columns.values()
        ],
        "metrics": [
            {
                "metric_name": name,
                "verbose_name": metric.label,
                "expression": metric.sql,
                "d3format": metric.format,
            }
            for name, metric in dataset.metrics.items()
        ],
    }


def _chart(dashboard: Dashboard, chart: Chart, specs: Specs) -> dict[str, Any]:
    dataset = specs.datasets[chart.dataset]
    params = _params(chart, dataset, specs.statuses)
    chart_id = f"{dashboard.slug}:{chart.key}"
    defaults = [
        {"col": one.column, "op": "IN", "val": [one.default]}
        for one in dashboard.filters
        if one.default is not None and chart.key in one.charts
    ]
    context = {
        "datasource": {"id": 0, "type": "table"},
        "force": False,
        "queries": [_query(chart, dataset, params, defaults)],
        "form_data": params,
        "result_format": "json",
        "result_type": "full",
    }
    return {
        "slice_name": chart.title,
        "description": chart.description or None,
        "viz_type": params["viz_type"],
        "params": params,
        "query_context": json.dumps(context, ensure_ascii=False),
        "cache_timeout": None,
        "uuid": uid("chart", chart_id),
        "version": VERSION,
        "dataset_uuid": uid("dataset", dataset.table),
    }


def _params(chart: Chart, dataset: Dataset, statuses: tuple[Status, ...]) -> dict[str, Any]:
    """What Superset calls form data: the choices of the chart's own kind."""
    common: dict[str, Any] = {
        "adhoc_filters": _sql_filters(chart.where),
        "row_limit": chart.limit,
        "extra_form_data": {},
    }
    own = {
        "table": _table,
        "number": _number,
        "date": _number,
        "line": _line,
        "bars": _bars,
        "pivot": _pivot,
    }[chart.viz](chart, dataset, statuses)
    return common | own | dict(chart.options)


def _sql_filters(where: str) -> list[dict[str, Any]]:
    if not where:
        return []
    return [
        {
            "clause": "WHERE",
            "expressionType": "SQL",
            "sqlExpression": where,
            "filterOptionName": uid("filter", where)[:18],
        }
    ]


def _order(chart: Chart) -> list[list[Any]]:
    return [[name.lstrip("-"), not name.startswith("-")] for name in chart.order]


def _status_rules(column: str, statuses: tuple[Status, ...]) -> list[dict[str, Any]]:
    """Each cell that says a status gets that status' colour; the word and mark stay in it."""
    return [
        {
            "column": column,
            "operator": "=",
            "targetValue": f"{status.mark} {status.word}",
            "colorScheme": status.color,
            "useGradient": False,
        }
        for status in statuses
        if status.color.upper() != "#FFFFFF"
    ]


def _column_config(chart: Chart, dataset: Dataset) -> dict[str, Any]:
    config: dict[str, Any] = {}
    for name in (*chart.columns, *chart.metrics):
        column = dataset.columns.get(name)
        metric = dataset.metrics.get(name)
        one: dict[str, Any] = {}
        if name in chart.formats:
            one["d3NumberFormat"] = chart.formats[name]
        elif metric:
            one["d3NumberFormat"] = metric.format
        elif column and column.type.startswith("numeric"):
            one["d3NumberFormat"] = ",.1f"
        elif column and column.type in ("integer", "bigint"):
            one["d3NumberFormat"] = ",d"
        if column and column.type.startswith("timestamp"):
            one["d3TimeFormat"] = "%d-%m-%Y %H:%M"
        elif column and column.is_time:
            one["d3TimeFormat"] = chart.formats.get(name, "%d-%m-%Y")
            one.pop("d3NumberFormat", None)
        if name in chart.widths:
            one["columnWidth"] = chart.widths[name]
        one["showCellBars"] = False
        one["alignPositiveNegative"] = False
        if column and (column.type == "text" or column.is_time):
            one["horizontalAlign"] = "left"
        config[name] = one
    return config


def _table(chart: Chart, dataset: Dataset, statuses: tuple[Status, ...]) -> dict[str, Any]:
    rules = _status_rules(chart.status, statuses) if chart.status else []
    own: dict[str, Any] = {
        "viz_type": "table",
        "order_by_cols": [json.dumps(pair) for pair in _order(chart)],
        "table_timestamp_format": "%d-%m-%Y",
        "server_pagination": False,
        "server_page_length": 10,
        "page_length": chart.page_length,
        "include_search": chart.search,
        "show_cell_bars": False,
        "color_pn": False,
        "allow_rearrange_columns": False,
        "allow_render_html": False,
        "show_totals": False,
        "percent_metrics": [],
        "order_desc": True,
        "conditional_formatting": rules,
        "column_config": _column_config(chart, dataset),
    }
    if chart.metrics:
        return own | {
            "query_mode": "aggregate",
            "groupby": list(chart.columns),
            "metrics": list(chart.metrics),
            "all_columns": [],
        }
    return own | {
        "query_mode": "raw",
        "groupby": [],
        "metrics": [],
        "all_columns": list(chart.columns),
    }


def _number(chart: Chart, dataset: Dataset, statuses: tuple[Status, ...]) -> dict[str, Any]:
    metric = chart.metrics[0]
    own: dict[str, Any] = {
        "viz_type": "big_number_total",
        "metric": metric,
        "subtitle": chart.subtitle,
        "header_font_size": 0.4,
        "subtitle_font_size": 0.125,
        "y_axis_format": chart.formats.get(metric, dataset.metrics[metric].format),
        "conditional_formatting": [],
    }
    if chart.viz == "date":
        own |= {
            "time_format": chart.formats.get(metric, "%B %Y"),
            "force_timestamp_formatting": True,
        }
    return own


def _axis(chart: Chart, dataset: Dataset) -> dict[str, Any]:
    return {
        "metrics": list(chart.metrics),
        "x_axis": chart.x,
        "groupby": list(chart.rows),
        "color_scheme": "afsprakenmonitor",
        "show_legend": True,
        "legendType": "plain",
        "legendOrientation": "top",
        "rich_tooltip": True,
        "showTooltipTotal": False,
        "showTooltipPercentage": False,
        "y_axis_format": chart.formats.get("y", ",.0f"),
        "tooltipTimeFormat": "%d-%m-%Y",
        "x_axis_time_format": chart.formats.get("x", "%Y"),
        # an axis that does not begin at zero makes small differences look large
        "truncateYAxis": True,
        "y_axis_bounds": [0, None],
        "truncateXAxis": False,
        "order_desc": True,
        "comparison_type": "values",
        "annotation_layers": [],
        "forecastEnabled": False,
        # the lines in the order in which we name them
        "sort_series_type": None,
        "zoomable": False,
    }


def _line(chart: Chart, dataset: Dataset, statuses: tuple[Status, ...]) -> dict[str, Any]:
    return _axis(chart, dataset) | {
        "viz_type": "echarts_timeseries_line",
        "seriesType": "line",
        "only_total": True,
        "opacity": 0.12,
        "markerEnabled": False,
        "x_axis_sort_asc": True,
        "minorSplitLine": False,
    }


def _bars(chart: Chart, dataset: Dataset, statuses: tuple[Status, ...]) -> dict[str, Any]:
    sort = chart.sort_by
    extra = {} if sort is None or sort in chart.metrics else {"timeseries_limit_metric": sort}
    return (
        _axis(chart, dataset)
        | extra
        | {
            "show_legend": len(chart.metrics) > 1,
            "x_axis_sort": sort or chart.x,
            "x_axis_sort_asc": chart.ascending,
            "viz_type": "echarts_timeseries_bar",
            "orientation": "vertical",
            "show_value": True,
            "only_total": False,
            "xAxisLabelRotation": 0,
            "truncateYAxis": False,
        }
    )


def _pivot(chart: Chart, dataset: Dataset, statuses: tuple[Status, ...]) -> dict[str, Any]:
    metric = chart.metrics[0]
    return {
        "viz_type": "pivot_table_v2",
        "groupbyColumns": list(chart.columns),
        "groupbyRows": list(chart.rows),
        "metrics": list(chart.metrics),
        "metricsLayout": "COLUMNS",
        "aggregateFunction": "Sum",
        "valueFormat": chart.formats.get(metric, dataset.metrics[metric].format),
        "date_format": "%d-%m-%Y",
        "rowOrder": "key_a_to_z",
        "colOrder": "key_a_to_z",
        "order_desc": False,
        "rowTotals": False,
        "colTotals": False,
        "transposePivot": False,
        "conditional_formatting": [],
    }


def _query(
    chart: Chart, dataset: Dataset, params: dict[str, Any], defaults: list[dict[str, Any]]
) -> dict[str, Any]:
    """The question behind the chart, in the words in which Superset's own pages ask it: then
    what is warmed up for the night is what the browser finds."""
    metrics = list(chart.metrics)
    columns: list[Any] = list(chart.columns)
    query: dict[str, Any] = {
        "filters": defaults,
        "extras": {"having": "", "where": f"({chart.where})" if chart.where else ""},
        "applied_time_extras": {},
        "columns": columns,
        "metrics": metrics,
        "orderby": _order(chart),
        "annotation_layers": [],
        "row_limit": chart.limit,
        "series_limit": 0,
        "group_others_when_limit_reached": False,
        "order_desc": params.get("order_desc", True),
        "url_params": {},
        "custom_params": {},
        "custom_form_data": {},
    }
    if chart.viz == "table":
        query |= {"time_offsets": [], "post_processing": []}
        if not metrics:
            del query["metrics"]
    if chart.viz == "table" and metrics and not chart.order:
        query["orderby"] = [[metrics[0], False]]
    if chart.viz in ("number", "date"):
        query["columns"] = []
        del query["orderby"]
    if chart.viz == "pivot":
        query |= {
            "columns": [*chart.columns, *chart.rows],
            "orderby": [[metrics[0], not params["order_desc"]]],
        }
    if chart.viz in ("line", "bars"):
        query |= _axis_query(chart, params, metrics)
    return query


def _axis_query(chart: Chart, params: dict[str, Any], metrics: list[str]) -> dict[str, Any]:
    axis: dict[str, Any] = {
        "columnType": "BASE_AXIS",
        "sqlExpression": chart.x,
        "label": chart.x,
        "expressionType": "SQL",
        "isColumnReference": True,
    }
    limit = params.get("timeseries_limit_metric")
    asked = [*metrics, *filter(None, [limit])]
    labels = {name: {"operator": "mean"} for name in asked}
    processing: list[dict[str, Any]] = [
        {
            "operation": "pivot",
            "options": {
                "index": [chart.x],
                "columns": list(chart.rows),
                "aggregates": labels,
                "drop_missing_columns": False,
            },
        },
    ]
    if "x_axis_sort" in params:
        by_axis = params["x_axis_sort"] == chart.x
        what = {"is_sort_index": True} if by_axis else {"by": params["x_axis_sort"]}
        options = {**what, "ascending": params["x_axis_sort_asc"]}
        processing.append({"operation": "sort", "options": options})
    processing.append({"operation": "flatten"})
    return {
        "columns": [axis, *chart.rows],
        "metrics": asked,
        **({"series_limit_metric": limit} if limit else {}),
        "orderby": [[limit or metrics[0], False]],
        "series_columns": list(chart.rows),
        "time_offsets": [],
        "post_processing": processing,
    }


def _filter(one: Filter, dashboard: Dashboard, dataset: Dataset) -> dict[str, Any]:
    chosen = [one.default] if one.default is not None else None
    state = {"value": chosen}
    extra = {"filters": [{"col": one.column, "op": "IN", "val": chosen}]} if chosen else {}
    return {
        "id": f"NATIVE_FILTER-{dashboard.slug}-{one.key}",
        "name": one.label,
        "type": "NATIVE_FILTER",
        "filterType": "filter_select",
        "description": one.description,
        "targets": [{"datasetUuid": uid("dataset", dataset.table), "column": {"name": one.column}}],
        "defaultDataMask": {"extraFormData": extra, "filterState": state, "ownState": {}},
        "controlValues": {
            "enableEmptyFilter": chosen is not None,
            "defaultToFirstItem": False,
            "multiSelect": chosen is None,
            "searchAllOptions": False,
            "inverseSelection": False,
            "sortAscending": not one.order_descending,
        },
        "sortMetric": one.order_by,
        "adhoc_filters": _sql_filters(one.where),
        "time_range": "No filter",
        "cascadeParentIds": [],
        "scope": {
            "rootPath": ["ROOT_ID"],
            # replaced by the ids of the charts that the filter leaves alone
            "excluded": [
                chart_number(dashboard, key) for key in dashboard.charts if key not in one.charts
            ],
        },
        "chartsInScope": [],
        "tabsInScope": [],
    }


def chart_number(dashboard: Dashboard, key: str) -> int:
    """A stand-in for the chart's id, which Superset replaces when it imports."""
    return 1 + list(dashboard.charts).index(key)


def _colors(dashboard: Dashboard, specs: Specs) -> dict[str, str]:
    """A fixed colour for every line and bar, by the name of its metric and by its label.

    Without one for each of them, Superset makes a choice and tries to save it, which a reader
    may not.
    """
    colors = dict(dashboard.colors)
    for chart in dashboard.charts.values():
        for name in chart.metrics:
            label = specs.datasets[chart.dataset].metrics[name].label
            if label in dashboard.colors:
                colors[name] = dashboard.colors[label]
    return colors


def _dashboard(dashboard: Dashboard, specs: Specs, css: str) -> dict[str, Any]:
    colors = _colors(dashboard, specs)
    return {
        "dashboard_title": dashboard.title,
        "description": dashboard.description,
        "slug": dashboard.slug,
        "css": css,
        "published": True,
        "is_managed_externally": True,
        "certified_by": "",
        "certification_details": "",
        "uuid": uid("dashboard", dashboard.slug),
        "version": VERSION,
        "position": _position(dashboard),
        "metadata": {
            "native_filter_configuration": [
                _filter(one, dashboard, specs.datasets[one.dataset]) for one in dashboard.filters
            ],
            "filter_bar_orientation": "HORIZONTAL",
            "cross_filters_enabled": False,
            # a scheme for the whole dashboard would overrule the charts' own colours
            "color_scheme": "",
            "label_colors": colors,
            "map_label_colors": colors,
            "shared_label_colors": [],
            "refresh_frequency": 0,
            "timed_refresh_immune_slices": [],
            "expanded_slices": {},
            "chart_configuration": {},
            "default_filters": "{}",
        },
    }


def _position(dashboard: Dashboard) -> dict[str, Any]:
    grid: list[str] = []
    position: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": grid, "parents": ["ROOT_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": dashboard.title}},
    }
    for number, row in enumerate(dashboard.rows, 1):
        if row.heading:
            key = f"HEADER-{number}"
            grid.append(key)
            position[key] = {
                "type": "HEADER",
                "id": key,
                "children": [],
                "parents": ["ROOT_ID", "GRID_ID"],
                "meta": {
                    "text": row.heading,
                    "headerSize": "SMALL_HEADER",
                    "background": "BACKGROUND_TRANSPARENT",
                },
            }
        key = f"ROW-{number}"
        grid.append(key)
        children = [
            _place(position, dashboard, row, item, number, n) for n, item in enumerate(row.items)
        ]
        position[key] = {
            "type": "ROW",
            "id": key,
            "children": children,
            "parents": ["ROOT_ID", "GRID_ID"],
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        }
    return position


def _place(
    position: dict[str, Any], dashboard: Dashboard, row: Row, item: Item, number: int, place: int
) -> str:
    parents = ["ROOT_ID", "GRID_ID", f"ROW-{number}"]
    if item.chart:
        key = f"CHART-{item.chart}"
        position[key] = {
            "type": "CHART",
            "id": key,
            "children": [],
            "parents": parents,
            "meta": {
                "chartId": chart_number(dashboard, item.chart),
                "uuid": uid("chart", f"{dashboard.slug}:{item.chart}"),
                "sliceName": dashboard.charts[item.chart].title,
                "width": item.width,
                "height": row.height,
            },
        }
        return key
    key = f"MARKDOWN-{number}-{place}"
    position[key] = {
        "type": "MARKDOWN",
        "id": key,
        "children": [],
        "parents": parents,
        "meta": {"code": item.text or "", "width": item.width, "height": row.height},
    }
    return key


def write(files: dict[str, str], folder: Path) -> None:
    """Put the files on disk, to look at what Superset gets."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
