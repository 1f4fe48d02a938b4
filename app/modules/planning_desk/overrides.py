"""Which changes of forecasts are in force: of each week of a series the one of the highest number, unless it withdrew."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, func, select

from app.kernel.document_queries import rows_of
from schemas.operational import forecasting as tables
from schemas.operational import kernel, master_data


class Cell(NamedTuple):
    """One week of one series."""

    item: str
    location: str
    customer_group: str
    period_start: date


def overrides_in_force(
    connection: Connection, *, since: date | None = None, items: Collection[str] | None = None
) -> list[dict[str, Any]]:
    """The changes in force, by series and week.

    Args:
        connection: a snapshot of the store, or the running command's.
        since: only weeks that begin on this day or later.
        items: only these items.
    """
    change, item, user = tables.forecast_override, master_data.item, kernel.user_account
    cell = (change.c.item_id, change.c.site_code, change.c.customer_group, change.c.period_start)
    last = select(*cell, func.max(change.c.override_number).label("last")).group_by(*cell).subquery()
    query = (
        select(
            change.c.id,
            item.c.code.label("item"),
            change.c.site_code.label("location"),
            change.c.customer_group,
            change.c.period_start,
            change.c.before,
            change.c.after,
            change.c.reason,
            change.c.created_at,
            user.c.name.label("created_by_name"),
        )
        .join(
            last,
            and_(
                *(last.c[column.name] == column for column in cell),
                last.c.last == change.c.override_number,
            ),
        )
        .join(item, item.c.id == change.c.item_id)
        .outerjoin(user, user.c.id == change.c.created_by)
        .where(change.c.after.is_not(None))
        .order_by(item.c.code, change.c.site_code, change.c.customer_group, change.c.period_start)
    )
    if since is not None:
        query = query.where(change.c.period_start >= since)
    if items is not None:
        query = query.where(item.c.code.in_(sorted(items)))
    return rows_of(connection, query)
