"""Reads JSON that anybody may have written: exact numbers, no key twice, bounded depth, and every field with its kind asked for.

Numbers become decimals by their text, so nothing passes through binary fractions and no id loses a digit; NaN and infinities are
no JSON. What is missing, of another kind or out of range raises `NotTranslatable` with the path of the field.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NoReturn

from schemas.exchange.shop_order import LONGEST_TEXT, NotTranslatable
from schemas.vocabulary.currencies import is_currency_code

_LONGEST_NUMBER: Final = 40
_MOST_DIGITS_BEFORE: Final = 14
_MOST_DECIMALS: Final = 8
_LONGEST_ID: Final = 64
_SHOWN: Final = 60
_LARGEST: Final = Decimal(10) ** _MOST_DIGITS_BEFORE


def read_object(body: bytes) -> Object:
    """Read a body as one JSON object.

    Raises:
        NotTranslatable: it is no UTF-8, no JSON, no object, nested too deeply, or has a key twice.
    """
    value = read_value(body)
    if not isinstance(value, dict):
        raise NotTranslatable("not_json", f"an object is wanted, not {_shown(value)}")
    return Object(value)


def read_value(body: bytes) -> Any:
    """Read a body as JSON of any kind.

    Raises:
        NotTranslatable: it is no UTF-8, no JSON, nested too deeply, or has a key twice.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotTranslatable("not_text", f"byte {error.start}") from error
    try:
        return json.loads(
            text, parse_float=_number, parse_int=_number, parse_constant=_no_constant, object_pairs_hook=_once_each
        )
    except RecursionError as error:
        raise NotTranslatable("too_deep") from error
    except ValueError as error:
        raise NotTranslatable("not_json", str(error)) from error


def _number(text: str) -> Decimal:
    try:
        found = Decimal(text) if len(text) <= _LONGEST_NUMBER else None
    except InvalidOperation:
        found = None
    if found is None or found.adjusted() > _LONGEST_NUMBER:
        raise NotTranslatable("number_out_of_range", text[:_SHOWN])
    return found


def _no_constant(text: str) -> NoReturn:
    raise NotTranslatable("not_json", text)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))
        raise NotTranslatable("duplicate_key", clean(twice))
    return found


class Object:
    """A JSON object whose fields are asked for by kind."""

    def __init__(self, values: dict[str, Any], path: str = "") -> None:
        self._values = values
        self._path = path

    def has(self, name: str) -> bool:
        """Whether a field is there and not null."""
        return self._values.get(name) is not None

    def raw(self, name: str) -> Any:
        """A field as it is; None where it is missing."""
        return self._values.get(name)

    def key(self, name: str) -> str:
        """An id: a whole number or a text, as text.

        Raises:
            NotTranslatable: it is missing or neither.
        """
        found = self.key_or_empty(name)
        if not found:
            self._missing(name)
        return found

    def key_or_empty(self, name: str) -> str:
        """An id as text; empty where it is missing, null, 0 or empty."""
        value = self._values.get(name)
        if value is None:
            return ""
        if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
            text = format(value, "f").partition(".")[0]
        elif isinstance(value, str):
            text = clean(value)
        else:
            self._invalid(name, value)
        if len(text) > _LONGEST_ID:
            self._invalid(name, value)
        return "" if text == "0" else text

    def text(self, name: str, longest: int = LONGEST_TEXT) -> str:
        """A text without control characters, shortened; a number as its text; empty where it is missing.

        Raises:
            NotTranslatable: it is a list or an object.
        """
        value = self._values.get(name)
        if value is None:
            return ""
        if isinstance(value, dict | list):
            self._invalid(name, value)
        return clean(str(value))[:longest]

    def money(self, name: str) -> Decimal:
        """An amount, as text or number.

        Raises:
            NotTranslatable: it is missing, no number or out of range.
        """
        value = self.money_or_none(name)
        if value is None:
            self._missing(name)
        return value

    def money_or_none(self, name: str) -> Decimal | None:
        """An amount; None where it is missing, null or empty."""
        value = self._values.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, str) and len(value) <= _LONGEST_NUMBER and value.isascii() and "_" not in value:
            try:
                value = Decimal(value.strip())
            except InvalidOperation:
                self._invalid(name, value)
        if not isinstance(value, Decimal):
            self._invalid(name, value)
        if not value.is_finite():
            self._invalid(name, value)
        if value.adjusted() >= _MOST_DIGITS_BEFORE or abs(value) >= _LARGEST:
            raise NotTranslatable("number_out_of_range", f"{self._at(name)} = {_shown(value)}")
        if value and value.adjusted() < -_MOST_DECIMALS:
            raise NotTranslatable("number_out_of_range", f"{self._at(name)} = {_shown(value)}")
        return _short(value)

    def currency(self, name: str) -> str:
        """The code of a currency by ISO 4217, in capital letters.

        Raises:
            NotTranslatable: it is missing or no such code.
        """
        found = self.currency_or_empty(name)
        if not found:
            self._missing(name)
        return found

    def currency_or_empty(self, name: str) -> str:
        """The code of a currency by ISO 4217, in capital letters; empty where it is missing, null or empty."""
        code = self.text(name).upper()
        if code and not is_currency_code(code):
            self._invalid(name, self._values[name])
        return code

    def flag(self, name: str) -> bool:
        """True or false; false where it is missing.

        Raises:
            NotTranslatable: it is neither.
        """
        value = self._values.get(name)
        if value is None:
            return False
        if not isinstance(value, bool):
            self._invalid(name, value)
        return value

    def instant(self, name: str, *, utc: bool = False) -> datetime:
        """An instant in ISO form, as UTC; without an offset only where `utc` says that it is UTC.

        Raises:
            NotTranslatable: it is missing or no instant.
        """
        if not self.has(name):
            self._missing(name)
        value = self._values[name]
        try:
            found = datetime.fromisoformat(value) if isinstance(value, str) else None
            if found is not None and found.tzinfo is None and utc:
                found = found.replace(tzinfo=UTC)
            if found is not None and found.tzinfo is not None and 1970 <= found.year < 2200:
                return found.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        return self._invalid(name, value)

    def inner(self, name: str) -> Object:
        """An object within; an empty one where it is missing.

        Raises:
            NotTranslatable: it is something else.
        """
        value = self._values.get(name)
        if value is None or value == []:
            return Object({}, self._at(name))
        if not isinstance(value, dict):
            self._invalid(name, value)
        return Object(value, self._at(name))

    def each(self, name: str, *, at_most: int) -> list[Object]:
        """The objects of a list; none where it is missing.

        Raises:
            NotTranslatable: it is no list of objects, or longer than it may be.
        """
        value = self._values.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self._invalid(name, value)
        if len(value) > at_most:
            raise NotTranslatable("too_many_lines", f"{self._at(name)}: {len(value)} > {at_most}")
        for number, entry in enumerate(value):
            if not isinstance(entry, dict):
                self._invalid(f"{name}[{number}]", entry)
        return [Object(entry, f"{self._at(name)}[{number}]") for number, entry in enumerate(value)]

    def _at(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name

    def _missing(self, name: str) -> NoReturn:
        raise NotTranslatable("field_missing", self._at(name))

    def _invalid(self, name: str, value: Any) -> NoReturn:
        raise NotTranslatable("field_invalid", f"{self._at(name)} = {_shown(value)}")


def not_negative(part: Object, name: str) -> Decimal:
    """An amount or a quantity that cannot be below zero.

    Raises:
        NotTranslatable: it is missing, no number, or below zero.
    """
    value = part.money(name)
    if value < 0:
        raise NotTranslatable("field_invalid", f"{name} = {value}")
    return value


def clean(text: str) -> str:
    """A text without control characters and lone surrogates, its spaces made single.

    >>> clean(" a\\x00b \\n c\\ud800")
    'ab c'
    """
    kept = "".join(c for c in text if (c.isprintable() or c.isspace()) and not "\ud800" <= c <= "\udfff")
    return " ".join(kept.split())


def _short(value: Decimal) -> Decimal:
    """An amount with at most eight decimals, and none of its trailing zeros beyond that."""
    fixed = round(value, _MOST_DECIMALS)
    if fixed != value:
        return fixed
    return value if -_MOST_DECIMALS <= int(value.as_tuple().exponent) <= 0 else fixed


def _shown(value: Any) -> str:
    text = clean(str(value))
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
