"""Order entry at the counter, by phone and by fax: who and what on one page, lines pasted or typed, all answered beside.

The customer is found by name, code or phone; a new one is made without losing what was typed. Rows that cannot be read keep
standing with what is wrong; nothing is booked until they are mended.
"""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.ui import gateway
from app.ui.screens import trade
from app.ui.screens.sales import freight
from app.ui.screens.sales.orders import CHANNELS, SALES_ORDERS, draw_preview
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import go_to
from app.ui.widgets.values import Column, draw_table

_WRONG: Final = (
    Column("row", "word.line", "code"),
    Column("text", "word.pasted_text"),
    Column("problem", "word.problem", "word", family="pasted"),
    Column("candidates_shown", "word.candidates"),
)


def draw_quick_preview(data: dict[str, Any], lang: str) -> None:
    """The rows that cannot be read, and what the others come to."""
    unnamed = not data.get("customer") and gateway.may_send("put_party")
    if unnamed and st.button(t("action.new_party", lang), icon=":material/person_add:", type="tertiary"):
        go_to("edit_party")
    rows = _read(data)
    wrong = [row for row in rows if row["problem"]]
    if wrong:
        for row in wrong:
            row["candidates_shown"] = ", ".join(row["candidates"])
        st.subheader(t("form.rows_wrong", lang, count=len(wrong)), anchor=False)
        draw_table(_WRONG, wrong, lang, label=t("form.rows_wrong", lang, count=len(wrong)))
    draw_preview({**data, "lines": [_line(row) for row in rows if not row["problem"]]}, lang)


def _read(data: dict[str, Any]) -> list[dict[str, Any]]:
    text = data.get("pasted") or ""
    return gateway.ask("read_order_lines", text=text) if text.strip() else []


def _line(row: dict[str, Any]) -> dict[str, Any]:
    return {name: str(row[name]) for name in ("item", "quantity", "unit_price") if row[name] is not None}


def _shaped(data: dict[str, Any]) -> dict[str, Any]:
    """The command of the pasted rows.

    Raises:
        Refused: a row cannot be read.
    """
    rows = _read(data)
    wrong = [str(row["row"]) for row in rows if row["problem"]]
    if wrong:
        raise Refused("pasted_rows", field="pasted", rows=", ".join(wrong[:20]))
    rest = {name: value for name, value in data.items() if name != "pasted"}
    return freight.with_charges({**rest, "lines": [_line(row) for row in rows]})


FORM: Final = FormScreen(
    path="quick_sales_order",
    title="action.quick_order",
    command="create_sales_order",
    submit="action.book_order",
    opens="sales_order",
    lead="form.quick_order_lead",
    inputs=(
        Input("channel", "word.channel", "choice", needed=True, default="phone", choices=CHANNELS, family="channel"),
        Input(
            "customer",
            "term.customer",
            "lookup",
            needed=True,
            query="parties",
            arguments={"role": "customer"},
            help="form.by_phone_help",
        ),
        trade.CURRENCY_INPUT,
        Input("pasted", "word.order_lines", "note", needed=True, help="form.pasted_help"),
        trade.EXTERNAL_INPUT,
        Input("due_on", "term.delivery_date", "date"),
        *freight.INPUTS,
        trade.NOTE_INPUT,
    ),
    preview=draw_quick_preview,
    shaped=_shaped,
)
SALES_ORDER_PAGES: Final = (*SALES_ORDERS.pages(), trade.form_page(FORM, "phone_in_talk", listed=True))
