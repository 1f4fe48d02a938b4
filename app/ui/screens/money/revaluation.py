"""Month-end revaluation of what is open in foreign currencies: list, page item by item, and the form that shows what it posts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.kernel.i18n import t
from app.ui import gateway
from app.ui.screens import trade
from app.ui.widgets import markup
from app.ui.widgets.document import DocumentScreen, Section
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen
from app.ui.widgets.values import Column, draw_table

_PERIOD: Final = Column("external_number", "word.period", "code")
_ITEMS: Final = (
    Column("number", "word.number", "code", opens_kind="kind", opens_by="document_id"),
    Column("party_name", "word.party", opens="party", opens_by="party_id"),
    Column("due_on", "word.due_on", "date"),
    Column("currency", "word.currency", "code"),
    Column("open_amount", "word.open_amount", "amount"),
    Column("carried_amount", "word.carried_amount", "price"),
    Column("exchange_rate", "word.closing_rate", "price"),
    Column("valued_amount", "word.valued_amount", "price"),
    Column("booked_before", "word.booked_before", "price"),
    Column("gain", "word.exchange_gain", "price", total=True),
)


def _draw_preview(data: dict[str, Any], lang: str) -> None:
    """What is open at the end of the typed period, what it is worth, and what would be posted of each item."""
    if not data.get("period"):
        return
    rows = gateway.ask("foreign_items_at_period_end", period=data["period"])
    if not rows:
        markup.show(markup.note(t("preview.nothing_foreign", lang, period=data["period"]), "info"))
        return
    missing = sorted({row["currency"] for row in rows if row["difference"] is None})
    if missing:
        markup.show(markup.note(t("preview.rates_missing", lang, currencies=", ".join(missing)), "watch"))
    elif not any(row["difference"] for row in rows):
        markup.show(markup.note(t("preview.revalued_already", lang, period=data["period"]), "info"))
    draw_table(_ITEMS, rows, lang, label=t("document.revalued_items", lang))


def _prefill(_asked: Mapping[str, str]) -> dict[str, Any]:
    """The last open period that is over."""
    today = gateway.today()
    over = [row for row in gateway.ask("fiscal_periods") if row["state"] == "open" and row["ends_on"] <= today]
    return {"period": max(over, key=lambda row: row["ends_on"])["code"]} if over else {}


REVALUATIONS: Final = trade.Described(
    "currency_exchange",
    ListScreen(
        path="revaluations",
        title="nav.revaluations",
        query="revaluations",
        columns=(
            trade.number_that_opens("revaluation"),
            trade.STATE,
            _PERIOD,
            trade.POSTED_ON,
            Column("net_amount", "word.exchange_gain", "amount", total=True),
            trade.CURRENCY,
        ),
        filters=(trade.state_filter("posted", "reversed"),),
        create=("revalue_open_items", "revalue_open_items", "action.revalue_open_items"),
        empty="empty.revaluations",
    ),
    DocumentScreen(
        path="revaluation",
        kind="revaluation",
        steps=trade.POSTED_LIFE,
        listed_at="revaluations",
        facts=(
            _PERIOD,
            trade.POSTED_ON,
            Column("net_amount", "word.exchange_gain", "amount"),
            trade.MADE_BY,
            trade.REVERSED_BY,
        ),
        lines=(),
        actions=(trade.REVERSE,),
        sections=(Section("revaluation_lines", "document.revalued_items", _ITEMS),),
    ),
    (
        FormScreen(
            path="revalue_open_items",
            title="action.revalue_open_items",
            command="revalue_open_items",
            submit="action.revalue_open_items",
            opens="revaluation",
            lead="form.revalue_open_items_lead",
            inputs=(
                Input("period", "word.period", needed=True),
                Input("posted_on", "word.posted_on", "date", help="form.revalued_on_help"),
            ),
            preview=_draw_preview,
            prefill=_prefill,
        ),
    ),
)
