"""What a list of master data and the form that makes or changes its rows have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any

from app.ui import gateway
from app.ui.screens import trade
from app.ui.screens.fulfilment import plain_number
from app.ui.screens.page import Page
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen, draw_list

_PERCENT = 100


@dataclass(frozen=True)
class SetUp:
    """A list and the form behind it.

    Attributes:
        icon: Material symbol of its pages.
        listing: the list; its first column opens the form, where rows can be changed.
        form: the form; its fields take the values of the row that has the same names.
        known_by: field of the rows that the address of the form names.
    """

    icon: str
    listing: ListScreen
    form: FormScreen
    known_by: str = "code"

    def pages(self) -> tuple[Page, ...]:
        """The list and the form."""
        form = self.form if self.form.prefill else replace(self.form, prefill=self._prefill)
        listing = self.listing
        return (
            Page(listing.path, listing.title, self.icon, partial(draw_list, listing), query=listing.query),
            trade.form_page(form, self.icon),
        )

    def _prefill(self, asked: Mapping[str, str]) -> dict[str, Any]:
        named = asked.get("id")
        rows = gateway.ask(self.listing.query, **self.listing.arguments) if named else []
        row = next((row for row in rows if str(row[self.known_by]) == named), None)
        return {} if row is None else {entry.name: typed(entry, row.get(entry.name)) for entry in self.form.inputs}


def typed(entry: Input, value: Any) -> Any:
    """A value of a row as one would type it into a field."""
    if isinstance(value, Decimal):
        return plain_number(value * _PERCENT if entry.kind == "share" else value)
    return value
