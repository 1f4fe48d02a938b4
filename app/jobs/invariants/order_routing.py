"""Order routing: what is kept of a line names what is there and is what it says, and stock is reserved where it ships from."""

from __future__ import annotations

from typing import Final

from app.jobs.invariants.invariant import Invariant

ORDER_ROUTING: Final[tuple[Invariant, ...]] = (
    Invariant(
        "I-92",
        "the routing of an order line names rule, places and queue that are there, and the newest says where it ships from",
        """select r.id, d.number, l.line, r.routing_number from order_line_routing r
        join document_line l on l.id = r.order_line_id join document d on d.id = l.document_id
        left join order_routing_rule u on u.id = r.rule_id left join location p on p.id = r.location_id
        left join site s on s.id = r.site_id left join work_center w on w.id = r.work_center_id
        left join department m on m.id = r.department_id left join role q on q.code = r.queue_role
        where d.kind <> 'sales_order' or d.state = 'draft'
            or (r.rule_id is not null and (u.id is null or r.rule_version > u.version))
            or (r.location_id is not null and (p.id is null or p.kind <> 'storage'))
            or (r.site_id is not null and s.id is null) or (r.work_center_id is not null and w.id is null)
            or (r.department_id is not null and m.id is null) or (r.queue_role is not null and q.id is null)
            or r.routing_number <> (select count(*) from order_line_routing b
                where b.order_line_id = r.order_line_id and b.routing_number <= r.routing_number)
            or (coalesce(l.location_id, 0) <> coalesce(r.location_id, r.default_location_id, 0) and not exists (
                select 1 from order_line_routing b
                where b.order_line_id = r.order_line_id and b.routing_number > r.routing_number))""",
    ),
    Invariant(
        "I-93",
        "what is reserved for an order line stands in the warehouse that the line ships from",
        """with recursive above (location_id, above_id) as (
            select id, id from location
            union
            select a.location_id, p.parent_id from above a join location p on p.id = a.above_id where p.parent_id is not null)
        select l.id, d.number, l.line, v.balance_id, sum(v.quantity) as reserved from reservation_move v
        join document_line l on l.id = v.demand_line_id and l.location_id is not null
        join document d on d.id = l.document_id and d.kind = 'sales_order'
        join stock_balance b on b.id = v.balance_id
        where not exists (select 1 from above a where a.location_id = b.location_id and a.above_id = l.location_id)
        group by l.id, d.number, l.line, v.balance_id having sum(v.quantity) <> 0""",
    ),
)
