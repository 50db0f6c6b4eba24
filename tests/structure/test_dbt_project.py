"""The rules of the dbt project, held over its manifest; no database is needed to parse it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from afspraken.build import dbt
from afspraken.settings import Settings

Node = dict[str, Any]
FOLDERS = {
    "staging": ("stg_",),
    "intermediate": ("int_",),
    "marts": ("mart_", "dim_", "fct_"),
}
KEY_TESTS = {"unique", "unique_combination"}


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    state = tmp_path_factory.mktemp("parse")
    nowhere = "postgresql://nobody:nothing@127.0.0.1:1/nowhere"
    outcome = dbt(Settings(state_dir=state, warehouse_dsn=nowhere), "--quiet", "parse")
    assert outcome.success, outcome.exception
    found: dict[str, Any] = json.loads((state / "dbt" / "target" / "manifest.json").read_bytes())
    return found


@pytest.fixture(scope="module")
def models(manifest: dict[str, Any]) -> dict[str, Node]:
    found = {
        key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "model"
    }
    assert len(found) > 30
    assert {"int_maten", "int_eenheden", "stg_levering__eenheden", "mart_indicator"} <= {
        node["name"] for node in found.values()
    }
    return found


def _layer(node: Node) -> str:
    return str(Path(node["path"]).parts[0])


def _names(keys: list[str]) -> list[str]:
    return sorted(key.split(".")[-1] for key in keys)


def test_a_model_is_named_after_its_layer(models: dict[str, Node]) -> None:
    misnamed = [
        key for key, node in models.items() if not node["name"].startswith(FOLDERS[_layer(node)])
    ]
    assert not _names(misnamed)


def test_only_staging_reads_what_was_landed(models: dict[str, Node]) -> None:
    readers = {
        key
        for key, node in models.items()
        if any(source.split(".")[2] == "raw" for source in _sources(node))
    }
    assert len(readers) >= 7
    assert not _names([key for key in readers if _layer(models[key]) != "staging"])


def test_a_staging_model_reads_one_table(models: dict[str, Node]) -> None:
    staging = {key: node for key, node in models.items() if _layer(node) == "staging"}
    assert len(staging) >= 7
    # which landing is in use, and which rows were set aside, is the same question for every table
    tables = {
        key: {source for source in _sources(node) if source.split(".")[2] != "ops"}
        for key, node in staging.items()
    }
    assert not _names([key for key, found in tables.items() if len(found) != 1])


def test_no_mart_reads_a_source(models: dict[str, Node]) -> None:
    marts = {key: node for key, node in models.items() if _layer(node) == "marts"}
    assert len(marts) >= 5
    assert not _names([key for key, node in marts.items() if _sources(node)])


def test_no_staging_model_reads_a_model(models: dict[str, Node]) -> None:
    impure = [
        key
        for key, node in models.items()
        if _layer(node) == "staging" and set(node["depends_on"]["nodes"]) - set(_sources(node))
    ]
    assert not _names(impure)


def test_every_model_has_a_key_test(manifest: dict[str, Any], models: dict[str, Node]) -> None:
    keyed = {
        node["attached_node"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
        and (node.get("test_metadata") or {}).get("name") in KEY_TESTS
    }
    assert not _names(list(set(models) - keyed))


def test_every_model_and_every_column_is_described(models: dict[str, Node]) -> None:
    silent = [key for key, node in models.items() if not node["description"].strip()]
    assert not _names(silent)
    silent_columns = [
        f"{node['name']}.{name}"
        for node in models.values()
        for name, column in node["columns"].items()
        if not column["description"].strip()
    ]
    assert not silent_columns
    outer = {key for key, node in models.items() if _layer(node) in {"staging", "marts"}}
    assert not _names([key for key in outer if not models[key]["columns"]])


def test_every_source_is_described_and_used(
    manifest: dict[str, Any], models: dict[str, Node]
) -> None:
    sources = manifest["sources"]
    assert len(sources) > 10
    assert not _names([key for key, node in sources.items() if not node["description"].strip()])
    used = {key for node in models.values() for key in _sources(node)}
    assert not _names(list(set(sources) - used))


def test_marts_are_the_only_public_models_and_have_contracts(models: dict[str, Node]) -> None:
    marts = {key for key, node in models.items() if _layer(node) == "marts"}
    public = {key for key, node in models.items() if node["access"] == "public"}
    assert public == marts
    assert not _names([key for key in marts if not models[key]["config"]["contract"]["enforced"]])


def test_no_model_is_a_dead_end(manifest: dict[str, Any], models: dict[str, Node]) -> None:
    readers = [*models.values(), *manifest["exposures"].values()]
    read = {key for node in readers for key in node["depends_on"]["nodes"]}
    inner = {key for key, node in models.items() if _layer(node) != "marts"}
    assert not _names(list(inner - read))


def test_every_seed_is_described_and_used(
    manifest: dict[str, Any], models: dict[str, Node]
) -> None:
    seeds = {k: n for k, n in manifest["nodes"].items() if n["resource_type"] == "seed"}
    assert {"norm", "label_klasse"} <= {node["name"] for node in seeds.values()}
    used = {key for node in models.values() for key in node["depends_on"]["nodes"]}
    assert not _names([k for k, n in seeds.items() if not n["description"] or k not in used])


def test_every_macro_of_ours_is_described(manifest: dict[str, Any]) -> None:
    ours = [m for m in manifest["macros"].values() if m["package_name"] == "afsprakenmonitor"]
    assert len(ours) > 5
    silent = [
        m["name"]
        for m in ours
        if not m["description"].strip() and not m["name"].startswith("test_")
    ]
    assert not silent


def _sources(node: Node) -> list[str]:
    return [key for key in node["depends_on"]["nodes"] if key.startswith("source.")]
