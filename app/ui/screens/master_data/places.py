"""Sites and the tree of locations."""

from __future__ import annotations

from typing import Final

from app.ui.screens.set_up import SetUp
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import Filter, ListScreen
from app.ui.widgets.values import Column

_KINDS: Final = (
    "storage",
    "transit",
    "subcontractor",
    "supplier",
    "customer",
    "production",
    "scrap",
    "count_difference",
    "opening",
)

SITES: Final = SetUp(
    "factory",
    ListScreen(
        path="sites",
        title="nav.sites",
        query="sites",
        columns=(Column("code", "word.code", "code", opens="edit_site", opens_by="code"), Column("name", "word.name")),
        create=("edit_site", "put_site", "action.new_site"),
        empty="empty.sites",
    ),
    FormScreen(
        path="edit_site",
        title="word.site",
        command="put_site",
        submit="action.save",
        inputs=(Input("code", "word.code", needed=True), Input("name", "word.name", needed=True)),
    ),
)
LOCATIONS: Final = SetUp(
    "shelves",
    ListScreen(
        path="locations",
        title="nav.locations",
        query="locations",
        columns=(
            Column("code", "word.code", "code", opens="edit_location", opens_by="code"),
            Column("name", "word.name"),
            Column("kind", "word.kind", "word", family="location_kind"),
            Column("site", "word.site", "code"),
            Column("parent", "word.within", "code"),
            Column("supplier", "term.supplier", "code"),
            Column("walk_sequence", "word.walk_sequence", "count"),
        ),
        filters=(Filter("kind", "word.kind", _KINDS, family="location_kind"),),
        create=("edit_location", "put_location", "action.new_location"),
        empty="empty.locations",
    ),
    FormScreen(
        path="edit_location",
        title="word.location",
        command="put_location",
        submit="action.save",
        lead="form.location_lead",
        inputs=(
            Input("code", "word.code", needed=True),
            Input("name", "word.name", needed=True),
            Input("kind", "word.kind", "choice", default="storage", choices=_KINDS, family="location_kind"),
            Input("site", "word.site", "lookup", query="sites"),
            Input("parent", "word.within", "lookup", query="locations"),
            Input(
                "supplier",
                "term.supplier",
                "lookup",
                query="parties",
                arguments={"role": "supplier"},
                help="form.supplier_place_help",
            ),
            Input("walk_sequence", "word.walk_sequence", "count", help="form.walk_sequence_help"),
        ),
    ),
)

PLACE_PAGES: Final = (*SITES.pages(), *LOCATIONS.pages())
