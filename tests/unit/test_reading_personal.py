"""Personal data: found by its kind, told without repeating it, and not seen where it isn't."""

from __future__ import annotations

import random

import pytest

from ingestion.contract import load_contract
from ingestion.reading import PersonalDataError, personal
from tests.deliveries import COLUMNS, home, homes
from tests.sent import as_cells, csv_of, manifest_of, read, sent, zip_of

# made-up numbers that pass the test; none of them was ever given out
VALID = ["111222333", "123456782", "000000012", "999999990"]


def bsns(count: int) -> list[str]:
    numbers = random.Random(1)  # noqa: S311
    found: list[str] = []
    while len(found) < count:
        text = f"{numbers.randrange(10**8, 10**9)}"
        if personal.passes_eleven_test(text):
            found.append(text)
    return found


def told(rows: list[dict[str, str]], **more: str) -> str:
    cells = as_cells([{**row, **more} for row in rows], [*COLUMNS, *more])
    with pytest.raises(PersonalDataError) as refused:
        read(sent("eenheid.csv", csv_of(cells)))
    return str(refused.value)


def passes(rows: list[dict[str, str]]) -> None:
    assert read(sent("eenheid.csv", csv_of(as_cells(rows)))).count == len(rows)


def test_the_eleven_test_knows_a_citizens_number() -> None:
    assert [personal.passes_eleven_test(text) for text in VALID] == [True] * 4
    assert not any(map(personal.passes_eleven_test, ["111222334", "000000000", "1112223330", "x"]))
    assert personal.passes_eleven_test("11122233") == personal.passes_eleven_test("011122233")


@pytest.mark.parametrize(
    "name", ["Naam huurder", "BSN", "geboortedatum", "E-mail adres", "Telefoon", "IBAN"]
)
def test_a_column_called_after_personal_data_refuses_the_delivery(name: str) -> None:
    message = told(homes(2), **{name: "GEHEIM"})
    assert f"eenheid.csv: deze kolommen wijzen op persoonsgegevens: {name!r}" in message
    assert "niet bewaard" in message and "GEHEIM" not in message


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("bezwaar van dhr. J. de Vries", personal.NAME),
        ("Mevr. Jansen", personal.NAME),
        ("fam Van den Berg", personal.NAME),
        ("de heer en mevrouw Pietersen", personal.NAME),
        ("huurder Jansen weigert", personal.NAME),
        ("mail aan jan@voorbeeld.nl", personal.EMAIL),
        ("bel 06-12345678", personal.PHONE),
        ("bel +31 6 12 34 56 78", personal.PHONE),
        ("bel (045) 560 12 34", personal.PHONE),
        ("rekening NL91 ABNA 0417 1643 00", personal.IBAN),
        ("bsn 111222333", personal.BSN),
        ("bsn 1112.22.333", personal.BSN),
        ("geb. 12-3-1961", personal.BIRTH),
        ("geboren 12 maart 1961", personal.BIRTH),
        ("jaarinkomen € 23.400", personal.INCOME),
        ("urgentieverklaring afgegeven", personal.PRIORITY),
        ("medische indicatie", personal.PRIORITY),
    ],
)
def test_personal_data_in_free_text_refuses_the_delivery_by_kind_and_place(
    value: str, kind: str
) -> None:
    message = told([home(1), home(2, efg_uitzondering_besluit=value), home(3)])
    assert f"eenheid.csv: kolom efg_uitzondering_besluit, rij 3: {kind}." in message
    assert value not in message and value.split()[-1] not in message


@pytest.mark.parametrize(
    "value",
    [
        "besluit 2024-123456789",
        "raadsbesluit 12 maart 2024, nr. 045",
        "kenmerk 123456789",
        "Z/24/111222333",
        "familiewoningen De Hooge Weide",
        "0917010000123456",
        "€ 23.400 investering",
        "B en W, 3 juni 2025",
        "bewoners Heerlen-Noord",
    ],
)
def test_what_only_looks_like_it_is_left_alone(value: str) -> None:
    passes([home(1, efg_uitzondering_besluit=value)])


def test_a_column_full_of_citizens_numbers_is_seen_whatever_it_is_called() -> None:
    rows = [home(n, eenheid_id=bsn) for n, bsn in enumerate(bsns(20), start=1)]
    message = told(rows)
    assert f"kolom eenheid_id, rij 2 en 19 andere rijen: {personal.BSN}" in message
    assert rows[0]["eenheid_id"] not in message
    assert "kolom huisnummer" in told(
        [home(n, huisnummer=bsn) for n, bsn in enumerate(bsns(20), start=1)]
    )


def test_a_citizens_number_in_a_sentence_is_told_from_the_numbers_of_decisions() -> None:
    def decisions(numbers: list[str]) -> list[dict[str, str]]:
        return [
            home(n, efg_uitzondering_besluit=f"besluit {number}")
            for n, number in enumerate(numbers, start=1)
        ]

    assert personal.BSN in told(decisions(VALID[:1]))
    assert personal.BSN in told(decisions(bsns(5)))
    chance = random.Random(3)  # noqa: S311
    many = [str(number) for number in chance.sample(range(10**8, 10**9), 60)]
    assert any(map(personal.passes_eleven_test, many))
    passes(decisions(many))
    assert personal.BSN in told(decisions([*many, f"bsn {VALID[0]}"]))


def test_unit_numbers_of_nine_digits_are_not_taken_for_citizens_numbers() -> None:
    numbers = random.Random(2)  # noqa: S311
    for _ in range(20):
        ids = numbers.sample(range(10**8, 10**9), 30)
        passes([home(n, eenheid_id=str(id_)) for n, id_ in enumerate(ids, start=1)])
    passes([home(1, eenheid_id=VALID[0]), home(2, eenheid_id=VALID[1])])
    passes([home(n, eenheid_id=f"045-{n:06}") for n in range(1, 9)])


def test_a_column_of_mobile_numbers_or_one_address_among_keys_is_seen() -> None:
    rows = [home(n, complex_code=f"06-1234567{n}") for n in range(1, 6)]
    assert f"kolom complex_code, rij 2 en 4 andere rijen: {personal.PHONE}" in told(rows)
    assert personal.EMAIL in told([home(1, complex_code="jan@voorbeeld.nl")])


def test_personal_data_in_a_column_for_something_else_is_seen() -> None:
    assert f"kolom bouwjaar, rij 2: {personal.NAME}" in told([home(1, bouwjaar="mw. Smit")])
    assert personal.PHONE in told([home(1, postcode="0612345678")])


def test_a_title_above_the_heading_is_searched_too() -> None:
    cells = [["Gemaakt door mevr. Jansen"], *as_cells(homes(2))]
    with pytest.raises(PersonalDataError, match=r"kolom A, rij 1: namen"):
        read(sent("eenheid.csv", csv_of(cells)))


def test_the_letter_is_searched_in_its_own_words_and_may_name_a_desk() -> None:
    table = csv_of(as_cells(homes(1)))
    good = manifest_of(contact_rol="data@corporatie.nl", volledigheid_toelichting="alles")
    assert read(sent("x.zip", zip_of(**{"manifest.json": good, "eenheid.csv": table}))).count == 1
    bad = manifest_of(volledigheid_toelichting="vraag het dhr. Smit")
    with pytest.raises(PersonalDataError, match=r"manifest\.json: kolom volledigheid"):
        read(sent("x.zip", zip_of(**{"manifest.json": bad, "eenheid.csv": table})))


def test_all_kinds_in_all_columns_are_told_at_once() -> None:
    rows = [home(1, bouwjaar="mw. Smit", efg_uitzondering_besluit="a@b.nl"), home(2)]
    message = told(rows)
    assert personal.NAME in message and personal.EMAIL in message


def test_agreements_may_speak_of_incomes_and_priority_in_general() -> None:
    text = "Huishoudens met een inkomen tot € 47.699 krijgen voorrang; urgentieverklaring vooraf."
    assert list(personal.kinds_in(text, "free", of_homes=False)) == []
    assert set(personal.kinds_in(text, "free")) == {personal.INCOME, personal.PRIORITY}


def test_a_code_that_tells_of_a_household_refuses_the_delivery() -> None:
    columns = load_contract("huurverhoging").columns
    rows = [
        {"corporatie_code": "DKO", "eenheid_id": "E1", "wijzigingsreden": reason}
        for reason in ("JAA", "ink")
    ]
    with pytest.raises(PersonalDataError, match="kolom wijzigingsreden, rij 3: code INK, die zegt"):
        read(sent("huurverhoging.csv", csv_of(as_cells(rows, columns))))
