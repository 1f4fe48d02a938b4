"""Bills of material: revisions with their components, and the form for a new immutable revision."""

from __future__ import annotations

from functools import partial
from typing import Final

import streamlit as st

from app.kernel.i18n import t
from app.ui import gateway
from app.ui.screens import trade
from app.ui.screens.page import Page
from app.ui.widgets import markup
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen, draw_list
from app.ui.widgets.values import Column, cell, draw_table

LIST: Final = ListScreen(
    path="boms",
    title="nav.boms",
    query="boms",
    columns=(
        Column("item_code", "term.parent_item", "code", opens="bom"),
        Column("item_name", "term.item"),
        Column("revision", "word.revision", "code"),
        Column("base_quantity", "word.base_quantity", "quantity"),
        Column("effective_from", "word.from_on", "date"),
        Column("effective_to", "word.to_on", "date"),
    ),
    create=("new_bom", "create_bom_revision", "action.new_bom"),
    empty="empty.boms",
)
_COMPONENTS: Final = (
    Column("line", "word.line", "code"),
    Column("component_code", "term.component", "code", opens="item", opens_by="component_id"),
    Column("component_name", "term.item"),
    Column("quantity_per", "term.quantity_per", "quantity"),
    Column("unit_code", "word.unit"),
    Column("scrap_factor", "term.scrap_factor", "share"),
    Column("fixed_quantity", "word.fixed_quantity", "quantity"),
    Column("operation", "term.operation", "code"),
    Column("kind", "word.kind", "word", family="bom_kind"),
)


def draw_bom() -> None:
    """Draw the revision that the address names."""
    lang = gateway.visit().lang
    named = st.query_params.get("id", "")
    rows = gateway.ask("bom_by_id", id=int(named)) if named.isdecimal() else []
    if not rows:
        title = t("term.bill_of_materials", lang)
        markup.show(markup.empty(title, t("document.not_there", lang, kind=title)))
        return
    bom = rows[0]
    markup.show(markup.heading(bom["item_code"], eyebrow=t("term.bill_of_materials", lang), lead=bom["item_name"]))
    facts = [c for c in LIST.columns[2:] if bom.get(c.name) is not None]
    markup.show(markup.facts((t(c.label, lang), cell(c, bom, lang).shown) for c in facts))
    components = gateway.ask("bom_components", id=bom["id"])
    draw_table(_COMPONENTS, components, lang, label=t("term.component", lang))


FORM: Final = FormScreen(
    path="new_bom",
    title="action.new_bom",
    command="create_bom_revision",
    submit="action.save",
    lead="form.bom_lead",
    inputs=(
        Input(
            "item",
            "term.parent_item",
            "lookup",
            needed=True,
            query="items",
            arguments={"source": "make"},
        ),
        Input("revision", "word.revision", needed=True),
        Input("base_quantity", "word.base_quantity", "quantity", default="1"),
        Input("effective_from", "word.from_on", "date", needed=True, default=gateway.today),
    ),
    lines=(
        Input("component", "term.component", needed=True),
        Input("quantity_per", "term.quantity_per", "quantity", needed=True),
        Input("scrap_factor", "word.scrap_percent", "share"),
        Input("fixed_quantity", "word.fixed_quantity", "quantity"),
        Input("operation", "term.operation", "count"),
    ),
)

BOM_PAGES: Final = (
    Page(LIST.path, LIST.title, "account_tree", partial(draw_list, LIST), query="boms"),
    Page("bom", "term.bill_of_materials", "account_tree", draw_bom, query="boms", listed=False),
    trade.form_page(FORM, "account_tree"),
)
