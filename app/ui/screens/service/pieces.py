"""The history of a piece or a lot: its moves, its repairs, and the customers' pieces that it was built into and taken out of."""

from __future__ import annotations

from typing import Final

from app.kernel.i18n import t
from app.ui import gateway
from app.ui.screens.one_lot import rows_of_lot, telling
from app.ui.screens.page import Page
from app.ui.screens.trade import DOCUMENT_PAGES
from app.ui.widgets.values import Column, draw_table

_ROWS: Final = (
    Column("on_day", "word.day", "date"),
    Column("kind", "word.document", "word", family="kind"),
    Column("number", "word.number", "code", opens_kind="page", opens_by="document_id"),
    Column("state", "word.state", "state"),
    Column("quantity", "word.quantity", "quantity"),
    Column("from_code", "word.from_location", "code"),
    Column("to_code", "word.to_location", "code"),
    Column("party_name", "word.party"),
    Column("repair_number", "kind.repair_order", "code"),
    Column("into_code", "word.repaired_item", "code"),
    Column("into_lot", "word.repaired_piece", "code"),
    Column("whereabouts", "word.whereabouts", "word", family="whereabouts"),
    Column("remark", "word.note"),
)


def draw_piece_history() -> None:
    """Draw what happened to a piece or a lot."""
    rows = rows_of_lot("piece_history", "form.piece_history_lead")
    if rows is not None:
        lang = gateway.visit().lang
        told = [{**row, "page": DOCUMENT_PAGES.get(str(row["kind"]))} for row in rows]
        draw_table(telling(_ROWS, rows), told, lang, label=t("nav.piece_history", lang))


PIECE_PAGES: Final = (Page("piece_history", "nav.piece_history", "history", draw_piece_history, query="piece_history"),)
