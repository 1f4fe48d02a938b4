"""Which item may be sold instead of which: the list and the form."""

from __future__ import annotations

from typing import Final

from app.ui.screens.set_up import SetUp
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen
from app.ui.widgets.values import Column

SUBSTITUTES: Final = SetUp(
    "swap_horiz",
    ListScreen(
        path="item_substitutes",
        title="nav.item_substitutes",
        query="item_substitutes",
        columns=(
            Column("item", "term.item_number", "code", opens="edit_item_substitute"),
            Column("item_name", "term.item"),
            Column("rank", "word.rank", "count"),
            Column("substitute", "word.substitute", "code"),
            Column("substitute_name", "word.name"),
            Column("ratio", "word.ratio", "quantity"),
            Column("valid_from", "word.valid_from", "date"),
            Column("valid_to", "word.valid_to", "date"),
        ),
        create=("edit_item_substitute", "put_item_substitute", "action.new_item_substitute"),
        empty="empty.item_substitutes",
    ),
    FormScreen(
        path="edit_item_substitute",
        title="word.substitute",
        command="put_item_substitute",
        submit="action.save",
        lead="form.item_substitute_lead",
        inputs=(
            Input("item", "term.item_number", "lookup", needed=True, query="items"),
            Input("substitute", "word.substitute", "lookup", needed=True, query="items"),
            Input("ratio", "word.ratio", "quantity", default="1"),
            Input("rank", "word.rank", "count", default=1),
            Input("valid_from", "word.valid_from", "date"),
            Input("valid_to", "word.valid_to", "date"),
        ),
    ),
    known_by="id",
)
