"""After-sales: the goods, money and files of cases."""

from __future__ import annotations

from typing import Final

from app.jobs.invariants.invariant import Invariant

SERVICE: Final[tuple[Invariant, ...]] = (
    Invariant(
        "I-62",
        "no more of a case's goods was led on than came back for it, return line by return line",
        """select l.id, d.number, l.quantity, coalesce(sum(g.quantity), 0) as led from case_goods r
        join document_line l on l.id = r.document_line_id join document d on d.id = l.document_id and d.state = 'posted'
        left join (select c.received_line_id, c.quantity from case_goods c join document_line x on x.id = c.document_line_id
            join document y on y.id = x.document_id where y.state = 'posted') g on g.received_line_id = l.id
        where r.step = 'received'
        group by l.id, d.number, l.quantity, r.quantity
        having coalesce(sum(g.quantity), 0) > l.quantity or r.quantity <> l.quantity""",
    ),
    Invariant(
        "I-63",
        "goods of a case stand as far as the case does: none led on before it is decided, all of them from then on",
        """select d.number, d.state, l.line, coalesce(sum(case when g.step = 'received' then g.quantity else 0 end), 0) as came,
            coalesce(sum(case when g.step <> 'received' then g.quantity else 0 end), 0) as led
        from document d join document_line l on l.document_id = d.id
        join case_goods g on g.case_line_id = l.id join document_line x on x.id = g.document_line_id
        join document y on y.id = x.document_id and y.state = 'posted'
        where d.kind = 'service_case' group by d.number, d.state, l.line
        having (d.state in ('decided', 'settled', 'closed')
                and sum(case when g.step = 'received' then g.quantity else -g.quantity end) <> 0)
            or (d.state in ('open', 'rejected') and sum(case when g.step <> 'received' then 1 else 0 end) > 0)""",
    ),
    Invariant(
        "I-64",
        "money of a case is booked only once it is decided, and a decided case says what the customer gets",
        """select d.number, d.state, c.outcome, y.number as booked from document d join service_case c on c.id = d.id
        left join document_link k on k.from_id = d.id and k.kind = 'service'
        left join document y on y.id = k.to_id and y.state = 'posted'
            and y.kind in ('credit_note', 'customer_invoice', 'credit_application')
        where d.kind = 'service_case' and ((d.state in ('decided', 'settled', 'closed')) <> (c.outcome is not null)
            or (y.id is not null and d.state not in ('decided', 'settled', 'closed')))""",
    ),
    Invariant(
        "I-65",
        "a file of a case is as long as it was when it was kept",
        """select id, name, byte_count from case_file where byte_count <> length(content_base64) / 4 * 3
            - (length(content_base64) - length(replace(content_base64, '=', '')))""",
    ),
)
