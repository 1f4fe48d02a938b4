"""Forecasts and inventory policies: what people said of a week is kept in order, and acceptances name what was there."""

from __future__ import annotations

from typing import Final

from app.jobs.invariants.invariant import Invariant

STATISTICS: Final[tuple[Invariant, ...]] = (
    Invariant(
        "I-110",
        "what people said of a week of the forecast is numbered from one, and every acceptance comes after the one before",
        """select o.id as id, o.override_number as found, count(b.id) as wanted from forecast_override o
        join forecast_override b on b.item_id = o.item_id and b.site_code = o.site_code
            and b.customer_group = o.customer_group and b.period_start = o.period_start
            and b.override_number <= o.override_number
        group by o.id, o.override_number having count(b.id) <> o.override_number
        union all
        select p.id, p.publication_number, count(b.id) from forecast_publication p
        join forecast_publication b on b.publication_number <= p.publication_number
        group by p.id, p.publication_number having count(b.id) <> p.publication_number""",
    ),
    Invariant(
        "I-111",
        "an accepted forecast takes of each week one change, which holds a quantity",
        """select l.publication_id, o.item_id, o.site_code, o.customer_group, o.period_start
        from forecast_publication_override l join forecast_override o on o.id = l.override_id
        group by l.publication_id, o.item_id, o.site_code, o.customer_group, o.period_start
        having count(*) > 1 or count(o.after) < count(*)""",
    ),
    Invariant(
        "I-112",
        "an accepted policy says what it changed and lies within its service",
        """select a.id, a.policy_run_id, a.item_id from policy_acceptance a
        where a.service_target <= 0 or a.service_target >= 100000000
            or (a.safety_stock_after is null and a.reorder_point_after is null and a.lead_time_days_after is null)
            or coalesce(a.safety_stock_after, 0) < 0 or coalesce(a.lead_time_days_after, 0) < 0""",
    ),
)
