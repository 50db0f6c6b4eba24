"""The delivery contract and the source cards: written once, refused when misspelt."""

from __future__ import annotations

import importlib.resources
import json
import re
import shutil
from pathlib import Path

import jsonschema
import pytest
import yaml
from open_data_contract_standard.model import OpenDataContractStandard

from ingestion.cards import SOURCES, CardError, HeaderDriftError, load_card, source_names
from ingestion.contract import CONTRACTS, ContractError, entities, load_contract
from ingestion.tables import raw_tables

CONTRACT = CONTRACTS / "eenheid.odcs.yaml"


def test_the_contract_follows_the_open_data_contract_standard() -> None:
    package = importlib.resources.files("open_data_contract_standard")
    schema = json.loads((package / "schema.json").read_text("utf-8"))
    content = yaml.safe_load(CONTRACT.read_text("utf-8"))
    jsonschema.validators.validator_for(schema)(schema).validate(content)
    assert OpenDataContractStandard.from_file(str(CONTRACT)).apiVersion == "v3.1.0"


def test_every_column_has_a_description_a_privacy_class_and_a_duty() -> None:
    contract = load_contract("eenheid")
    assert entities() == ["eenheid"]
    assert len(contract.fields) == 56
    for field in contract.fields:
        assert field.title and field.description and field.privacy, field.name
    assert contract.key == ("corporatie_code", "eenheid_id", "peildatum")


def test_every_rule_says_in_dutch_what_is_wrong_and_how_to_mend_it() -> None:
    rules = load_contract("eenheid").rules
    assert len(rules) > 100
    for rule in rules:
        assert rule.message.endswith("."), rule.rule_id
        assert rule.remedy.endswith("."), rule.rule_id


def test_codes_are_those_of_vera(real_data: Path) -> None:
    lines = (real_data / "vera" / "Referentiedata.csv").read_text("utf-8").splitlines()[1:]
    vera: dict[str, set[str]] = {}
    for line in lines:
        kind, code = line.split(";")[:2]
        vera.setdefault(kind, set()).add(code)
    document = OpenDataContractStandard.from_file(str(CONTRACT))
    own = {"GEEN", "ONB"}
    checked = 0
    for field in document.schema_[0].properties or []:
        custom = {p.property: p.value for p in field.customProperties or []}
        if kind := custom.get("codelijst"):
            codes = {entry.value for entry in field.enum or field.items.enum}
            assert codes - own <= vera[kind], field.name
            checked += 1
    assert checked > 10


def test_a_missing_and_an_unknown_column_are_refused_by_name() -> None:
    contract = load_contract("eenheid")
    header = [c for c in contract.columns if c != "status"] + ["Statuscode"]
    missing, unknown = contract.header_faults(header)
    assert "status" in missing and "laat de cellen leeg" in missing
    assert "'Statuscode'" in unknown


def test_columns_that_may_stay_away_are_not_missed() -> None:
    contract = load_contract("eenheid")
    optional = {"netto_huur_aanvang", "contract_maand", "woonvorm"}
    assert contract.header_faults([c for c in contract.columns if c not in optional]) == []


@pytest.mark.parametrize(
    "name",
    ["Naam", "naam_huurder", "Geboortedatum", "BSN", "E-mailadres", "telefoonnummer", "Inkomen"],
)
def test_a_column_that_points_at_a_person_is_recognised(name: str) -> None:
    assert load_contract("eenheid").personal_columns(["eenheid_id", name]) == [name]


def test_no_column_of_the_contract_is_taken_for_personal() -> None:
    contract = load_contract("eenheid")
    assert contract.personal_columns(contract.columns) == []


def test_a_rule_on_an_unknown_column_is_refused_by_name(tmp_path: Path) -> None:
    text = CONTRACT.read_text("utf-8").replace(
        "alleenAls, value: {status: [LEE]}", "alleenAls, value: {stutus: [LEE]}"
    )
    (tmp_path / CONTRACT.name).write_text(text, "utf-8")
    with pytest.raises(ContractError, match="stutus"):
        load_contract("eenheid", tmp_path)


def test_there_is_a_card_for_each_source_and_a_raw_table_for_each_card() -> None:
    assert {"cbs_kwb", "cbs_pc6hnr", "ep_online", "pdok_gebieden"} <= set(source_names())
    tables = raw_tables()
    assert len(tables["ep_online_certificaat"]) == 42
    assert tables["levering_eenheid"] == load_contract("eenheid").columns
    for columns in tables.values():
        assert all(re.fullmatch(r"[a-z][a-z0-9_]*", column) for column in columns)


def test_a_misspelt_key_in_a_card_is_refused_by_name(tmp_path: Path) -> None:
    shutil.copytree(SOURCES / "rvo", tmp_path / "rvo")
    card = tmp_path / "rvo" / "ep_online.yml"
    card.write_text(card.read_text("utf-8").replace("cadence_days", "cadense_days"), "utf-8")
    with pytest.raises(CardError, match="cadense_days"):
        load_card("ep_online", tmp_path)


def test_a_header_in_another_order_or_of_an_older_edition_is_read_by_name() -> None:
    card = load_card("ep_online")
    newest = [column.name for column in card.columns.values()]
    assert card.map_header(reversed(newest)) == list(reversed(card.columns))
    older = ["Pand_energieklasse" if name == "Energieklasse" else name for name in newest]
    assert "energieklasse" in card.map_header([*older, "Pand_energielabel_is_prive"])


def test_a_renamed_heading_is_refused_by_name_on_both_sides() -> None:
    card = load_card("ep_online")
    names = [c.name for c in card.columns.values()]
    names[names.index("Energieklasse")] = "Labelklasse"
    with pytest.raises(HeaderDriftError, match=r"ep_online: missing \['Energieklasse'\], not yet "):
        card.map_header(names)
