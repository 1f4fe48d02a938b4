"""The named queries: their text, parameters, permission, and how values are checked before they are bound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

QUERIES: Final = Path(__file__).parent / "queries"
METRICS: Final = Path(__file__).parents[1] / "models" / "metrics.yml"
LARGEST_PAGE: Final = 100_000
_KINDS: Final[dict[str, type]] = {"text": str, "day": date, "whole": int, "truth": bool, "instant": datetime}
_TRUTHS: Final = {"true": True, "false": False}
_LONGEST_WHOLE: Final = 18


class QuestionRefusedError(Exception):
    """A query that is not there, or a parameter that does not fit it."""


@dataclass(frozen=True)
class Parameter:
    """One parameter: its kind (text, day, whole, truth, instant), whether it is needed, its default, and for a word the choices."""

    name: str
    kind: str
    required: bool
    default: Any
    about: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class NamedQuery:
    """One question that may be asked.

    Attributes:
        sql: the text; `$page` stands for the keys that `page` finds.
        page: for lists over millions of rows: finds the keys of one page in narrow tables first, so that names are only looked up
            for the rows that are shown.
    """

    name: str
    area: str
    about: str
    permission: str
    sql: str
    parameters: tuple[Parameter, ...]
    page: str | None

    def bound(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Check values and fill in defaults.

        Raises:
            QuestionRefusedError: a value is missing, unknown or of another kind.
        """
        known = {parameter.name for parameter in self.parameters}
        if unknown := set(given) - known:
            raise QuestionRefusedError(
                f"{self.name} takes no {', '.join(sorted(unknown))}; it takes {', '.join(sorted(known))}"
            )
        return {
            parameter.name: _checked(self.name, parameter, given.get(parameter.name)) for parameter in self.parameters
        }

    def read(self, given: Mapping[str, str]) -> dict[str, Any]:
        """Read values that come as text; what is no parameter is left for `bound` to name.

        Raises:
            QuestionRefusedError: a text is no value of its kind.
        """
        kinds = {parameter.name: parameter.kind for parameter in self.parameters}
        return {name: _from_text(name, kinds.get(name, "text"), text) for name, text in given.items()}


def _from_text(name: str, kind: str, text: str) -> Any:
    if kind == "truth":
        if text not in _TRUTHS:
            raise QuestionRefusedError(f"{name} must be true or false, not {text!r}")
        return _TRUTHS[text]
    if kind != "whole":
        return text
    if not (text.isascii() and text.removeprefix("-").isdecimal() and len(text) <= _LONGEST_WHOLE):
        raise QuestionRefusedError(f"{name} must be a whole number, not {text!r}")
    return int(text)


def _checked(query: str, parameter: Parameter, value: Any) -> Any:
    if value is None:
        if parameter.required:
            raise QuestionRefusedError(f"{query} needs {parameter.name}: {parameter.about}")
        return parameter.default
    if parameter.kind == "day" and isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError as error:
            raise QuestionRefusedError(f"{parameter.name} must be a day such as 2026-06-30, not {value!r}") from error
    if parameter.kind == "instant":
        return _instant(parameter, value)
    kind = _KINDS[parameter.kind]
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise QuestionRefusedError(f"{parameter.name} must be of kind {parameter.kind}, not {value!r}")
    if parameter.choices and value not in parameter.choices:
        raise QuestionRefusedError(f"{parameter.name} must be one of {', '.join(parameter.choices)}, not {value!r}")
    if parameter.name == "limit" and not 0 < value <= LARGEST_PAGE:
        raise QuestionRefusedError(f"limit must be 1 to {LARGEST_PAGE}, not {value}")
    if parameter.name == "offset" and value < 0:
        raise QuestionRefusedError(f"offset must be 0 or more, not {value}")
    return value


def _instant(parameter: Parameter, value: Any) -> datetime:
    """An instant as DuckDB compares it with the marts: UTC, without zone; one that is given so stays as it is."""
    if isinstance(value, datetime) and value.tzinfo is None:
        return value
    wrong = f"{parameter.name} must be an instant such as 2026-06-30T12:00:00Z, not {value!r}"
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else value
        if not isinstance(found, datetime) or found.tzinfo is None:
            raise QuestionRefusedError(wrong)
        return found.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError) as error:
        raise QuestionRefusedError(wrong) from error


def _parameters(page: dict[str, Any]) -> tuple[Parameter, ...]:
    return tuple(
        Parameter(
            name,
            about["kind"],
            about.get("required", False),
            about.get("default"),
            about["about"],
            tuple(about.get("choices", ())),
        )
        for name, about in page.get("parameters", {}).items()
    )


@dataclass(frozen=True)
class Metric(NamedQuery):
    """A number that is defined once: its formula in words, grain, unit and owner beside the SQL that computes it."""

    formula: str
    grain: str
    unit: str
    owner: str


@cache
def metrics() -> dict[str, Metric]:
    """Return every metric by name."""
    pages: dict[str, Any] = yaml.load(METRICS.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return {
        name: Metric(
            name=name,
            area=page["area"],
            about=page["about"],
            permission=page["permission"],
            sql=page["sql"].strip(),
            parameters=_parameters(page),
            page=None,
            formula=page["formula"],
            grain=page["grain"],
            unit=page["unit"],
            owner=page["owner"],
        )
        for name, page in pages.items()
    }


@cache
def named_queries() -> dict[str, NamedQuery]:
    """Return every query by name.

    Raises:
        ValueError: a name is used twice.
    """
    queries: dict[str, NamedQuery] = {}
    for file in sorted(QUERIES.glob("*/*.sql")):
        page = yaml.load(file.with_suffix(".yml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        parameters = _parameters(page)
        if file.stem in queries:
            raise ValueError(f"two queries are called {file.stem}")
        sql = file.read_text(encoding="utf-8").strip()
        queries[file.stem] = NamedQuery(
            file.stem, file.parts[-2], page["about"], page["permission"], sql, parameters, page.get("page")
        )
    return queries
