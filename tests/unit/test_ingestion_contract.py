"""The delivery contract and the source cards: written once, refused when misspelt."""

from __future__ import annotations

import csv
import importlib.resources
import json
import re
import shutil
from datetime import date, datetime
from pathlib import Path

import jsonschema
import pytest
import yaml
from open_data_contract_standard.model import OpenDataContractStandard

from ingestion.cards import SOURCES, CardError, HeaderDriftError, load_card, source_names
from ingestion.contract import CONTRACTS, ContractError, entities, load_contract
from ingestion.tables import raw_tables

MUNICIPALITY = {"afspraak", "doel", "gebiedslijst", "mijlpaal", "oordeel", "plancapaciteit"}
CORPORATIONS = {
    "betaling",
    "eenheid",
    "huurverhoging",
    "leefbaarheid",
    "mutatie",
    "project",
    "projecteenheid",
    "toewijzing",
}
ANYBODY = {"participatie", "telling"}


def test_there_is_a_contract_for_every_entity_and_it_says_who_may_send_it() -> None:
    assert set(entities()) == MUNICIPALITY | CORPORATIONS | ANYBODY
    for entity in entities():
        contract = load_contract(entity)
        kinds = {"CORPORATIE"} if entity in CORPORATIONS else {"GEMEENTE"}
        if entity in ANYBODY:
            kinds = {"CORPORATIE", "GEMEENTE", "HUURDERSORGANISATIE"}
        assert contract.senders == kinds, entity
        assert contract.why_partial_or_not.endswith("."), entity
        assert (contract.sender_column is None) == (entity in MUNICIPALITY), entity


@pytest.mark.parametrize("entity", entities())
def test_a_contract_follows_the_open_data_contract_standard(entity: str) -> None:
    path = CONTRACTS / f"{entity}.odcs.yaml"
    package = importlib.resources.files("open_data_contract_standard")
    schema = json.loads((package / "schema.json").read_text("utf-8"))
    content = yaml.safe_load(path.read_text("utf-8"))
    jsonschema.validators.validator_for(schema)(schema).validate(content)
    assert OpenDataContractStandard.from_file(str(path)).apiVersion == "v3.1.0"


def test_every_column_has_a_description_a_privacy_class_and_a_duty() -> None:
    assert len(load_contract("eenheid").fields) == 56
    assert load_contract("eenheid").key == ("corporatie_code", "eenheid_id", "peildatum")
    for contract in map(load_contract, entities()):
        assert contract.key and set(contract.key) <= set(contract.columns)
        for field in contract.fields:
            where = f"{contract.entity}.{field.name}"
            assert field.title and field.description.endswith((".", "?")), where
            assert field.privacy and field.vera and field.used_for, where


def test_every_rule_says_in_dutch_what_is_wrong_and_how_to_mend_it() -> None:
    rules = [rule for entity in entities() for rule in load_contract(entity).rules]
    assert len(rules) > 600
    for rule in rules:
        assert rule.message.endswith("."), rule.rule_id
        assert rule.remedy.endswith("."), rule.rule_id


def test_a_field_that_is_there_under_a_condition_has_a_rule_for_it_or_says_when() -> None:
    for contract in map(load_contract, entities()):
        ruled = {rule.column for rule in contract.rules if rule.kind == "present" and rule.when}
        ruled |= {column for rule in contract.rules for column in rule.when}
        for field in contract.fields:
            if field.presence == "voorwaardelijk" and field.name not in ruled:
                told = re.search(r"(?i)\b(als|leeg|zodra)\b", field.description)
                assert told, f"{contract.entity}.{field.name}"


def test_codes_are_those_of_vera_with_the_days_between_which_they_hold(real_data: Path) -> None:
    with (real_data / "vera" / "Referentiedata.csv").open(encoding="utf-8-sig", newline="") as file:
        vera = {(row["Soort"], row["Code"]): row for row in csv.DictReader(file, delimiter=";")}
    checked = 0
    for contract in map(load_contract, entities()):
        for field in contract.fields:
            for code, (kind, vera_code) in field.vera_codes.items():
                where = f"{contract.entity}.{field.name} {code}"
                assert (kind, vera_code) in vera, where
                row = vera[kind, vera_code]
                days = _day(row["Begindatum"]), _day(row["Einddatum"])
                assert field.validity.get(code, (None, None)) == days, where
                checked += 1
    assert checked > 250


def _day(text: str) -> date | None:
    """A day of the reference data; a few are misspelt there (14-02-205) and say nothing."""
    try:
        return datetime.strptime(text, "%d-%m-%Y").date()  # noqa: DTZ007
    except ValueError:
        return None


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


def test_no_column_of_a_contract_is_taken_for_personal() -> None:
    for contract in map(load_contract, entities()):
        assert contract.personal_columns(contract.columns) == []


def test_a_project_has_a_name_and_a_home_has_none() -> None:
    assert load_contract("project").personal_columns(["naam"]) == []
    assert load_contract("eenheid").personal_columns(["naam"]) == ["naam"]


@pytest.mark.parametrize("name", ["eenheid_id", "bag_object_id", "Postcode", "rekeninkomen"])
def test_an_allocation_may_not_say_which_home_it_was(name: str) -> None:
    assert load_contract("toewijzing").personal_columns([name]) == [name]


def test_an_income_dependent_rise_is_marked_as_what_may_not_be_delivered() -> None:
    reason = load_contract("huurverhoging").field("wijzigingsreden")
    assert reason is not None and "inkomen" in reason.forbidden_values["INK"]
    assert "INK" not in reason.codes


def test_free_text_is_marked_so_that_it_can_be_searched_for_names() -> None:
    free = {f"{e}.{f.name}" for e in entities() for f in load_contract(e).fields if f.is_free_text}
    assert {"mutatie.toelichting", "project.naam", "oordeel.reden", "telling.bron"} <= free
    assert "eenheid.eenheid_id" not in free


@pytest.mark.parametrize(
    ("entity", "old", "new", "named"),
    [
        ("eenheid", "value: {status: [LEE]}", "value: {stutus: [LEE]}", "stutus"),
        ("project", "laterDan: gereed_gepland_bij", "laterDan: klaar_bij", "klaar_bij"),
        ("telling", "numeric(14,4)", "veel cijfers", "getal"),
        ("doel", "padtype: DAGEN", "padsoort: DAGEN", "padsoort"),
        ("project", "type: expect_column_values_to_be_between", "type: lijkt_goed", "lijkt_goed"),
    ],
)
def test_a_slip_in_a_contract_is_refused_by_name(
    tmp_path: Path, entity: str, old: str, new: str, named: str
) -> None:
    path = CONTRACTS / f"{entity}.odcs.yaml"
    text = path.read_text("utf-8")
    assert old in text
    (tmp_path / path.name).write_text(text.replace(old, new, 1), "utf-8")
    shutil.copy(CONTRACTS / "_gemeenschappelijk.yaml", tmp_path)
    with pytest.raises(ContractError, match=named):
        load_contract(entity, tmp_path)


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
