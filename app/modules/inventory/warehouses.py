"""Whether goods stand in a warehouse: in the place that it is, or in a place of the tree below it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from sqlalchemy import Connection, select

from app.kernel.bus import Context
from app.kernel.unit_of_work import Row
from schemas.operational import master_data
from schemas.vocabulary.places import DeliverySteps


def stands_in(ctx: Context, location_id: int, warehouse_id: int | None) -> bool:
    """Whether a place is a warehouse or stands in it; None is any."""
    if warehouse_id is None or warehouse_id == location_id:
        return True
    return warehouse_id in _with_all_above(location_id, lambda key: ctx.uow.need(master_data.location, key).parent_id)


def places_of(connection: Connection, warehouse_ids: Iterable[int]) -> Mapping[int, frozenset[int]]:
    """The places of warehouses by warehouse: each with all that stand in it."""
    wanted = set(warehouse_ids)
    if not wanted:
        return {}
    place = master_data.location.c
    parents = {row.id: row.parent_id for row in connection.execute(select(place.id, place.parent_id))}
    found: dict[int, set[int]] = {warehouse_id: set() for warehouse_id in wanted}
    for location_id in parents:
        for above in _with_all_above(location_id, parents.__getitem__) & wanted:
            found[above].add(location_id)
    return {key: frozenset(places) for key, places in found.items()}


def delivery_steps_of(ctx: Context, location_id: int) -> tuple[DeliverySteps, Row]:
    """In how many steps goods leave a place for customers, and the place that says so: itself, or the nearest above it."""
    place = first = ctx.uow.need(master_data.location, location_id)
    while place.delivery_steps is None and place.parent_id is not None:
        place = ctx.uow.need(master_data.location, place.parent_id)
    if place.delivery_steps is None:
        return DeliverySteps.SHIP, first
    return DeliverySteps(place.delivery_steps), place


def _with_all_above(location_id: int, parent_of: Callable[[int], int | None]) -> set[int]:
    found: set[int] = set()
    above: int | None = location_id
    while above is not None and above not in found:
        found.add(above)
        above = parent_of(above)
    return found
