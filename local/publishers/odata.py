"""The part of OData that CBS speaks: filters, paging and selection over rows in memory."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

Row = dict[str, Any]
Test = Callable[[Row], bool]

TOKEN: Final = re.compile(r"\s*('(?:[^']|'')*'|[(),]|[A-Za-z_][A-Za-z0-9_]*|-?\d+(?:\.\d+)?)")
FUNCTIONS: Final[dict[str, Callable[[str, str], bool]]] = {
    "contains": lambda text, part: part in text,
    "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part),
}


class FilterError(ValueError):
    """The $filter is not one that CBS would take."""


class _Parser:
    """Recursive descent over `a eq 'x' and (contains(b,'y') or c in ('p','q'))`."""

    def __init__(self, text: str) -> None:
        self._tokens: list[str] = []
        position = 0
        while position < len(text.rstrip()):
            match = TOKEN.match(text, position)
            if not match:
                raise FilterError(f"unexpected text at {position}: {text[position:]!r}")
            self._tokens.append(match.group(1))
            position = match.end()

    def parse(self) -> Test:
        test = self._either()
        if self._tokens:
            raise FilterError(f"unexpected {self._tokens[0]!r}")
        return test

    def _next(self) -> str:
        if not self._tokens:
            raise FilterError("filter ends too soon")
        return self._tokens.pop(0)

    def _expect(self, wanted: str) -> None:
        if (found := self._next()) != wanted:
            raise FilterError(f"expected {wanted!r}, found {found!r}")

    def _either(self) -> Test:
        tests = [self._both()]
        while self._tokens and self._tokens[0] == "or":
            self._next()
            tests.append(self._both())
        return lambda row: any(test(row) for test in tests)

    def _both(self) -> Test:
        tests = [self._single()]
        while self._tokens and self._tokens[0] == "and":
            self._next()
            tests.append(self._single())
        return lambda row: all(test(row) for test in tests)

    def _single(self) -> Test:
        token = self._next()
        if token == "(":  # noqa: S105
            test = self._either()
            self._expect(")")
            return test
        if token == "not":  # noqa: S105
            inner = self._single()
            return lambda row: not inner(row)
        if token == "substringof":  # noqa: S105
            self._expect("(")
            part = _literal(self._next())
            self._expect(",")
            field = self._next()
            self._expect(")")
            return lambda row: str(part) in _value(row, field)
        if token in FUNCTIONS:
            function = FUNCTIONS[token]
            self._expect("(")
            name = self._next()
            self._expect(",")
            wanted = str(_literal(self._next()))
            self._expect(")")
            return lambda row: function(_value(row, name), wanted)
        return self._comparison(token)

    def _comparison(self, field: str) -> Test:
        operator = self._next()
        if operator == "in":
            self._expect("(")
            allowed = [_literal(self._next())]
            while (token := self._next()) == ",":
                allowed.append(_literal(self._next()))
            if token != ")":  # noqa: S105
                raise FilterError("list of values is not closed")
            return lambda row: _raw(row, field) in allowed
        value = _literal(self._next())
        if operator == "eq":
            return lambda row: bool(_raw(row, field) == value)
        if operator == "ne":
            return lambda row: bool(_raw(row, field) != value)
        raise FilterError(f"unknown operator {operator!r}")


def _literal(token: str) -> Any:
    if token.startswith("'"):
        return token[1:-1].replace("''", "'")
    if token == "null":  # noqa: S105
        return None
    try:
        return float(token) if "." in token else int(token)
    except ValueError:
        raise FilterError(f"{token!r} is no value") from None


def _raw(row: Row, field: str) -> Any:
    if field not in row:
        raise FilterError(f"could not find a property named {field!r}")
    return row[field]


def _value(row: Row, field: str) -> str:
    value = _raw(row, field)
    return "" if value is None else str(value)


def select_rows(rows: Sequence[Row], text: str | None) -> list[Row]:
    """Rows that pass a $filter. Raises FilterError."""
    if not text:
        return list(rows)
    test = _Parser(text).parse()
    return [row for row in rows if test(row)]


def answer(
    rows: Sequence[Row],
    query: Mapping[str, str],
    *,
    address: str,
    context: str,
    page_size: int | None,
    version: int,
    skip_ignored: bool = False,
) -> dict[str, Any]:
    """One page of an OData answer.

    `$top` bounds the whole answer, `page_size` one page of it; the link to the next page keeps the
    query and moves `$skip`. Raises FilterError.
    """
    prefix = "@odata." if version == 4 else "odata."
    found = select_rows(rows, query.get("$filter"))
    skip = _whole(query.get("$skip"), 0)
    top = _whole(query.get("$top"), None)
    start = 0 if skip_ignored else skip
    window = found[start:] if top is None else found[start : start + top]
    page = window if page_size is None else window[:page_size]
    if names := [n.strip() for n in query.get("$select", "").split(",") if n.strip()]:
        page = [{name: _raw(row, name) for name in names} for row in page]
    body: dict[str, Any] = {("@odata.context" if version == 4 else "odata.metadata"): context}
    if query.get("$count") == "true":
        body["@odata.count"] = len(found)
    body["value"] = page
    left = len(window) - len(page)
    if left > 0 and not skip_ignored:
        following = {k: v for k, v in query.items() if k not in ("$skip", "$top", "$count")}
        following["$skip"] = str(skip + len(page))
        if top is not None:
            following["$top"] = str(top - len(page))
        body[f"{prefix}nextLink"] = f"{address}?{urlencode(following, safe='$(),')}"
    return body


def _whole(text: str | None, default: Any) -> Any:
    if text is None:
        return default
    if not text.isdigit():
        raise FilterError(f"{text!r} is no whole number")
    return int(text)
