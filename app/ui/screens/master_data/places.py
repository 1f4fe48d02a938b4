"""Sites and the tree of locations."""

from __future__ import annotations

from typing import Final

from app.ui.screens.set_up import SetUp
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import Filter, ListScreen
from app.ui.widgets.values import Column
from schemas.vocabulary.places import CapacityPolicy, DeliverySteps, PickingStrategy, PlaceType, PutAwayStrategy

_KINDS: Final = (
    "storage",
    "transit",
    "subcontractor",
    "consignment",
    "supplier",
    "customer",
    "production",
    "scrap",
    "internal_use",
    "count_difference",
    "opening",
    "drop_shipment",
)

_TYPES: Final = tuple(kind.value for kind in PlaceType)

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
            Column("place_type", "word.place_type", "word", family="place_type"),
            Column("storage_class", "word.storage_class", "code"),
            Column("supplier", "term.supplier", "code"),
            Column("customer", "term.customer", "code"),
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
            Input("place_type", "word.place_type", "choice", choices=_TYPES, family="place_type"),
            Input(
                "supplier",
                "term.supplier",
                "lookup",
                query="parties",
                arguments={"role": "supplier"},
                help="form.supplier_place_help",
            ),
            Input(
                "customer",
                "term.customer",
                "lookup",
                query="parties",
                arguments={"role": "customer"},
                help="form.customer_place_help",
            ),
            Input("walk_sequence", "word.walk_sequence", "count", help="form.walk_sequence_help"),
            Input("storage_class", "word.storage_class", help="form.storage_class_help"),
            Input("capacity_quantity", "word.capacity_quantity", "quantity"),
            Input("capacity_weight_kg", "word.capacity_weight_kg", "quantity"),
            Input("capacity_volume_m3", "word.capacity_volume_m3", "quantity"),
            Input(
                "capacity_policy",
                "word.capacity_policy",
                "choice",
                default=CapacityPolicy.REFUSE.value,
                choices=tuple(policy.value for policy in CapacityPolicy),
                family="capacity_policy",
            ),
            Input(
                "delivery_steps",
                "word.delivery_steps",
                "choice",
                choices=tuple(steps.value for steps in DeliverySteps),
                family="delivery_steps",
                help="form.delivery_steps_help",
            ),
            Input("blocked", "word.blocked_place", "flag", help="form.blocked_help"),
            Input("receiving", "word.receiving_place", "flag", help="form.receiving_help"),
        ),
    ),
)

STORAGE_RULES: Final = SetUp(
    "rule",
    ListScreen(
        path="storage_rules",
        title="nav.storage_rules",
        query="storage_rules",
        columns=(
            Column("code", "word.code", "code", opens="edit_storage_rule", opens_by="key"),
            Column("category", "word.category", "code"),
            Column("item", "term.item_number", "code"),
            Column("storage_class", "word.storage_class", "code"),
            Column("picking_strategy", "word.picking_strategy", "word", family="picking_strategy"),
            Column("put_away_strategy", "word.put_away_strategy", "word", family="put_away_strategy"),
            Column("fixed_location", "word.fixed_location", "code"),
        ),
        create=("edit_storage_rule", "put_storage_rule", "action.put_storage_rule"),
        empty="empty.storage_rules",
    ),
    FormScreen(
        path="edit_storage_rule",
        title="action.put_storage_rule",
        command="put_storage_rule",
        submit="action.save",
        lead="form.storage_rule_lead",
        inputs=(
            Input("category", "word.category", "lookup", query="item_categories"),
            Input("item", "term.item_number"),
            Input("storage_class", "word.storage_class", help="form.storage_class_help"),
            Input(
                "picking_strategy",
                "word.picking_strategy",
                "choice",
                choices=tuple(strategy.value for strategy in PickingStrategy),
                family="picking_strategy",
            ),
            Input(
                "put_away_strategy",
                "word.put_away_strategy",
                "choice",
                choices=tuple(strategy.value for strategy in PutAwayStrategy),
                family="put_away_strategy",
            ),
            Input("fixed_location", "word.fixed_location", "lookup", query="locations", arguments={"kind": "storage"}),
        ),
    ),
    known_by="key",
)

PLACE_PAGES: Final = (*SITES.pages(), *LOCATIONS.pages(), *STORAGE_RULES.pages())
