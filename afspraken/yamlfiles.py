"""YAML that a person wrote, read strictly: what is misspelt is refused by file and key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

Model = TypeVar("Model", bound=BaseModel)

# pydantic's own words are for programmers; these name the remedy
REMEDIES = {
    "missing": "is missing. Remedy: add it.",
    "extra_forbidden": "is not a known key. Remedy: correct the spelling or remove it.",
}


class FileError(ValueError):
    """A configuration file can't be used; every line names file, key, value and remedy."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Strict(BaseModel):
    """A record in a file: unknown keys are refused, and it can't change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class _Loader(yaml.SafeLoader):
    """YAML would let the last of two equal keys win without a word."""


def _no_duplicate_keys(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    pairs = loader.construct_pairs(node, deep=True)
    seen: dict[Any, Any] = {}
    for (key, value), (key_node, _) in zip(pairs, node.value, strict=True):
        if key in seen:
            line = key_node.start_mark.line + 1
            raise yaml.YAMLError(f"line {line}: `{key}` is there twice. Remedy: keep one.")
        seen[key] = value
    return seen


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _no_duplicate_keys)


def read(path: Path) -> Any:
    """The content of one file.

    Raises:
        FileError: it is missing, no YAML, or has a key twice.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506
    except FileNotFoundError:
        raise FileError([f"{path}: is not there. Remedy: make it, or correct its name."]) from None
    except yaml.YAMLError as error:
        raise FileError([f"{path}: {' '.join(str(error).split())}"]) from error


def parse(model: type[Model], content: Any, where: str) -> Model:
    """One record, checked.

    Args:
        content: what `read` gave, or a part of it.
        where: file (and place in it) to name in messages.

    Raises:
        FileError: a line a problem.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise FileError(list(_problems(error, where))) from error


def _problems(error: ValidationError, where: str) -> Iterator[str]:
    for detail in error.errors():
        key = ".".join(str(part) for part in detail["loc"]) or "(the whole file)"
        if remedy := REMEDIES.get(detail["type"]):
            yield f"{where}: `{key}` {remedy}"
        else:
            message = detail["msg"].removeprefix("Value error, ")
            yield f"{where}: `{key}` is {detail['input']!r}: {message}."
