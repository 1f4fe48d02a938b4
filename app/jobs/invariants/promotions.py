"""Promotions: uses and limits are what the ledger says, and a line costs what its reasons come to."""

from __future__ import annotations

from typing import Final

from app.jobs.invariants.foreign_currency import AT_RATE, MINOR_UNIT
from app.jobs.invariants.invariant import Invariant

_IN_FORCE: Final = """select r.document_id, r.line, r.kind, r.promotion_id, r.amount from line_price_reason r
    where r.pricing_number = (select max(b.pricing_number) from line_price_reason b
        left join sales_order_change c on c.id = b.change_id
        where b.document_id = r.document_id and b.line = r.line and (b.change_id is null or c.state = 'applied'))"""

PROMOTIONS: Final[tuple[Invariant, ...]] = (
    Invariant(
        "I-76",
        "promotions and coupons are used as their ledger says, within their limits, for what their orders' lines took off",
        f"""select p.code, t.use_count as found, t.given_amount as given, coalesce(sum(u.uses), 0) as wanted
        from promotion p join promotion_tally t on t.id = p.id left join promotion_use u on u.promotion_id = p.id
        group by p.code, t.use_count, t.given_amount, p.use_limit, p.budget_amount
        having t.use_count <> coalesce(sum(u.uses), 0) or t.given_amount <> coalesce(sum(u.amount), 0)
            or t.use_count > coalesce(p.use_limit, t.use_count)
            or t.given_amount > coalesce(p.budget_amount, t.given_amount)
        union all
        select c.code, c.use_count, coalesce(c.use_limit, -1), coalesce(sum(u.uses), 0)
        from coupon c left join promotion_use u on u.coupon_id = c.id
        group by c.code, c.use_count, c.use_limit
        having c.use_count <> coalesce(sum(u.uses), 0) or c.use_count > coalesce(c.use_limit, c.use_count)
        union all
        select c.code, sum(u.uses), 1, u.customer_id from coupon c join promotion_use u on u.coupon_id = c.id
        where c.once_per_customer group by c.id, c.code, u.customer_id having sum(u.uses) > 1
        union all
        select d.number, sum(x.uses), sum(x.amount), sum(x.given) from (
            select order_id, promotion_id, uses, amount, 0 as given from promotion_use
            union all
            select f.document_id, f.promotion_id, 0, 0, f.amount from ({_IN_FORCE}) f
            join document o on o.id = f.document_id
            where f.kind = 'promotion' and o.kind = 'sales_order' and o.state <> 'cancelled') x
        join document d on d.id = x.order_id left join foreign_document a on a.id = d.id
        group by d.id, d.number, d.state, x.promotion_id, a.exchange_rate
        having (a.exchange_rate is null and sum(x.amount) <> sum(x.given))
            or abs({AT_RATE.format(amount="sum(x.given)", rate="a.exchange_rate")} - sum(x.amount)) * 2
                > {MINOR_UNIT} * 1.0001
            or sum(x.uses) not in (0, 1)
            or (sum(x.uses) = 0 and sum(x.amount) <> 0) or (sum(x.uses) <> 0 and d.state = 'cancelled')""",
    ),
    Invariant(
        "I-77",
        "a line of an order or quotation costs its price less what its reasons took off",
        f"""select d.number, l.line, l.net_amount as found, f.wanted from (
            select document_id, line, sum(case kind when 'price_list' then amount when 'list_price' then amount
                when 'by_hand' then amount when 'freight' then amount when 'beaten' then 0 else -amount end) as wanted
            from ({_IN_FORCE}) r group by document_id, line) f
        join document d on d.id = f.document_id
        left join document_line l on l.document_id = f.document_id and l.line = f.line
        left join foreign_line a on a.id = l.id
        where l.id is null or coalesce(a.net_amount, l.net_amount) <> f.wanted""",
    ),
    Invariant(
        "I-77b",
        "a promotion of free freight frees freight whole and nothing else, and no other one touches it",
        f"""select d.number, f.line, l.net_amount as found, 0 as wanted from ({_IN_FORCE}) f
        join promotion p on p.id = f.promotion_id join document d on d.id = f.document_id
        join document_line l on l.document_id = f.document_id and l.line = f.line
        where f.kind = 'promotion' and ((p.effect = 'free_freight') <> (l.kind = 'charge')
            or (p.effect = 'free_freight' and (l.net_amount <> 0 or l.tax_amount <> 0)))""",
    ),
)
