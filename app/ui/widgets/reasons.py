"""The reasons for which a document waits, as a person reads them: each condition with what was found and what the rule allows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from app.kernel.i18n import format_day, format_number, t

_SHARES: Final = frozenset({"discount_above", "margin_below"})
_WORDS: Final = frozenset({"customer_class", "channel", "country", "family_id", "region"})
_PERCENT: Final = 100


def reasons_shown(
    reasons: Iterable[Mapping[str, Any]], lang: str, *, nothing: str = "approval_reason.every_document"
) -> str:
    """All reasons of a rule in one text; a rule without conditions says `nothing`."""
    shown = [_shown(reason, lang) for reason in reasons]
    return "; ".join(shown) if shown else t(nothing, lang)


def _shown(reason: Mapping[str, Any], lang: str) -> str:
    condition = reason["condition"]
    facts = {
        name: _fact(name, str(value), condition, lang)
        for name, value in reason.items()
        if value is not None and name != "excess"
    }
    if reason["value"] is None:
        condition = {"margin_below": "margin_unknown", "new_customer_days": "never_shipped"}.get(condition, condition)
    return t(f"approval_reason.{condition}", lang, **facts)


def _fact(name: str, value: str, condition: str, lang: str) -> str:
    if name == "since":
        return format_day(date.fromisoformat(value), lang)
    if name in {"condition", "budgets"} or condition in _WORDS:
        return value
    number = Decimal(value)
    return format_number((number * _PERCENT if condition in _SHARES else number).normalize(), lang)
