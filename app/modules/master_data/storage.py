"""How places nest and how items are stored: the checks on the tree of locations, and the storage rules of items and categories."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Table

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import by_code
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from schemas.commands import master_data as commands
from schemas.operational import master_data as tables
from schemas.vocabulary.places import LocationKind, PlaceType, PutAwayStrategy

_LEVELS: Final = tuple(PlaceType)


def refuse_bad_place(ctx: Context, data: commands.PutLocation, present: Row | None, parent: Row | None) -> None:
    """Refuse a place that would lie within itself, or within one of its own or a lower level.

    Raises:
        Refused: it would; or a place that is not for storage has a level, a capacity, a class, a block or receives goods.
    """
    limits = (data.capacity_quantity, data.capacity_weight_kg, data.capacity_volume_m3)
    stored = (
        data.place_type
        or data.storage_class
        or data.blocked
        or data.receiving
        or any(limit is not None for limit in limits)
    )
    if stored and data.kind != LocationKind.STORAGE:
        raise Refused("place_not_for_storage", field="kind", code=data.code, kind=data.kind)
    above, path = parent, [data.code]
    levels: list[Row] = []
    while above is not None:
        path.append(above.code)
        if present is not None and above.id == present.id:
            raise Refused("place_within_itself", field="parent", path=" > ".join(path))
        levels.append(above)
        above = ctx.uow.need(tables.location, above.parent_id) if above.parent_id is not None else None
    for place in levels:
        _refuse_level(data.place_type, place, data.code)
    if present is not None and data.place_type is not None:
        for below in (
            row for row in ctx.uow.where(tables.location, "kind", present.kind) if row.parent_id == present.id
        ):
            if below.place_type is not None:
                _refuse_level(PlaceType(below.place_type), Row(code=data.code, place_type=data.place_type), below.code)


def _refuse_level(place_type: PlaceType | None, above: Row, code: str) -> None:
    if place_type is None or above.place_type is None:
        return
    if _LEVELS.index(place_type) <= _LEVELS.index(PlaceType(above.place_type)):
        raise Refused(
            "place_level", field="place_type", code=code, level=place_type.value, above=above.code,
            above_level=str(above.place_type),
        )  # fmt: skip


@handles(commands.PutStorageRule, permission="master_data.item.write")
def put_storage_rule(ctx: Context, data: commands.PutStorageRule) -> Outcome:
    """Say how an item or the items of a category are stored, put away and picked; what stands in a place already stays there."""
    if (data.item is None) == (data.category is None):
        raise Refused("rule_of_one", field="item")
    values = data.model_dump(include={"storage_class", "picking_strategy", "put_away_strategy"})
    if data.category is not None:
        if data.fixed_location is not None or data.put_away_strategy == PutAwayStrategy.FIXED_PLACE:
            raise Refused("fixed_place_of_category", field="fixed_location", category=data.category)
        row = _locked(ctx, tables.item_category, data.category, "category")
        ctx.uow.update(tables.item_category, row, **values)
        return Outcome("receipt.changed", values={"what": "item_category", "code": row.code}, data={"id": row.id})
    row = _locked(ctx, tables.item, data.item, "item")
    place = by_code(ctx, tables.location, data.fixed_location, "location", field="fixed_location")
    if place is not None and place.kind != LocationKind.STORAGE:
        raise Refused("location_not_stocked", field="fixed_location", code=place.code, kind=place.kind)
    if (data.put_away_strategy == PutAwayStrategy.FIXED_PLACE) != (place is not None):
        raise Refused("fixed_place_needed", field="fixed_location", item=row.code)
    ctx.uow.update(tables.item, row, **values, fixed_location_id=place.id if place else None)
    return Outcome("receipt.changed", values={"what": "item", "code": row.code}, data={"id": row.id})


def _locked(ctx: Context, table: Table, code: str | None, what: str) -> Row:
    row = ctx.uow.one(table, "code", code, lock=True)
    if row is None:
        raise Refused("code_unknown", field=what, what=what, code=code)
    return row
