"""Budgets of buying: how much may be ordered, what is committed, billed and left, and what an order takes of them."""

from __future__ import annotations

from typing import Final

from app.ui.screens.set_up import SetUp
from app.ui.widgets.document import Section
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen
from app.ui.widgets.values import Column

_FIGURES: Final = (
    Column("amount", "word.budget_amount", "amount"),
    Column("committed_amount", "word.committed_amount", "amount"),
    Column("billed_amount", "word.billed_amount", "amount"),
    Column("left_amount", "word.budget_left", "amount"),
)
BUDGETS: Final = SetUp(
    "savings",
    ListScreen(
        path="budgets",
        title="nav.budgets",
        query="budgets",
        columns=(
            Column("code", "word.code", "code", opens="edit_budget", opens_by="code"),
            Column("name", "word.name"),
            Column("family", "word.item_family", "code"),
            Column("starts_on", "word.valid_from", "date"),
            Column("ends_on", "word.valid_to", "date"),
            *_FIGURES,
            Column("active", "word.active", "flag"),
        ),
        create=("edit_budget", "put_budget", "action.new_budget"),
        empty="empty.budgets",
    ),
    FormScreen(
        path="edit_budget",
        title="what.budget",
        command="put_budget",
        submit="action.save",
        lead="form.budget_lead",
        inputs=(
            Input("code", "word.code", needed=True),
            Input("name", "word.name", needed=True),
            Input("family", "word.item_family", "lookup", query="item_categories"),
            Input("starts_on", "word.valid_from", "date", needed=True),
            Input("ends_on", "word.valid_to", "date", needed=True),
            Input("amount", "word.budget_amount", "amount", needed=True),
            Input("active", "word.active", "flag", default=True),
        ),
    ),
)
ORDER_BUDGETS: Final = Section(
    "order_budgets",
    "nav.budgets",
    (
        Column("code", "word.code", "code"),
        Column("name", "word.name"),
        Column("order_amount", "word.of_this_order", "amount"),
        *_FIGURES,
    ),
)
