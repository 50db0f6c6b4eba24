"""The manifest: the covering letter of a delivery (section 2.0 of the contract)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

Kind = Literal["VOLLEDIG", "CORRECTIE", "DEEL", "INTREKKING"]
KINDS: tuple[str, ...] = get_args(Kind)
NAMED = ("CORRECTIE", "INTREKKING")
# also a part of a file name and of a mail's subject
DeliveryId = Annotated[str, Field(pattern=r"^\w[\w.: -]{0,35}$")]


class ManifestError(ValueError):
    """A manifest that can't be used; `reasons` are Dutch and hold no values."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


class ManifestFile(BaseModel):
    """One file, or one sheet of a workbook, as its sender describes it.

    A manifest that lies beside its files says how many rows each has and what its hash is; one
    inside a workbook can't know the hash.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    naam: Annotated[str, Field(pattern=r"^\w[\w.\- ]*$")]
    entiteit: str
    rijen: Annotated[int, Field(ge=0)] | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


class Manifest(BaseModel):
    """Who delivers what about which day. Only a withdrawal (INTREKKING) comes without files."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    levering_id: DeliveryId
    afzender_code: Annotated[str, Field(min_length=1)]
    gemeente_code: Annotated[str, Field(pattern=r"^GM[0-9]{4}$")]
    peildatum: date
    contractversie: Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$")]
    soort: Kind
    vervangt_levering_id: str | None = None
    bestanden: tuple[ManifestFile, ...] = ()
    opgemaakt_op: datetime | None = None
    contact_rol: str | None = None
    volledigheid_toelichting: str | None = None

    @model_validator(mode="after")
    def _names_what_it_is_about(self) -> Self:
        if self.soort in NAMED and not self.vervangt_levering_id:
            raise PydanticCustomError("names_nothing", "vervangt_levering_id is missing")
        if self.soort == "INTREKKING" and self.bestanden:
            raise PydanticCustomError("withdrawal_with_files", "a withdrawal has no files")
        return self

    def as_bytes(self) -> bytes:
        content = self.model_dump(mode="json", exclude_none=True)
        return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def read_manifest(content: Mapping[str, Any]) -> Manifest:
    """A manifest as it was written; raises ManifestError with every reason.

    An empty cell of a sheet is a field that is not there.
    """
    given = {name: value for name, value in content.items() if value not in (None, "")}
    try:
        return Manifest.model_validate(given)
    except ValidationError as error:
        raise ManifestError(in_dutch(error)) from None


def in_dutch(error: ValidationError) -> list[str]:
    """What is wrong with a manifest, a sentence for each field, without the values."""
    reasons = []
    for fault in error.errors():
        place = ".".join(map(str, fault["loc"])) or "geheel"
        reasons.append(f"Manifest, {place}: {_WORDS.get(fault['type'], _ELSE)}")
    return reasons


_ELSE = "deze waarde heeft niet de juiste vorm."
_WORDS = {
    "missing": "dit veld ontbreekt.",
    "extra_forbidden": "dit veld kennen wij niet.",
    "literal_error": f"kies {', '.join(KINDS[:-1])} of {KINDS[-1]}.",
    "names_nothing": (
        "bij een correctie of intrekking noemt vervangt_levering_id de levering die vervalt."
    ),
    "withdrawal_with_files": "bij een intrekking horen geen bestanden.",
}
