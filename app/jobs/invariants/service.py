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
        "I-63b",
        "a case stands where its last step brought it",
        """select d.number, d.state, s.state as last_step from document d
        left join case_step s on s.id = (select max(x.id) from case_step x where x.document_id = d.id)
        where d.kind = 'service_case' and d.state <> coalesce(s.state, 'open')""",
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
    Invariant(
        "I-80",
        "goods that cases replace for nothing are not credited, by quantity or amount, and were shipped and invoiced",
        """select o.id, o.credited_quantity, o.creditable_quantity, o.invoiced_quantity, sum(r.for_good) as for_good,
            sum(r.beside) as beside from document_line o
        join (select cl.order_line_id,
                sum(case when y.id is null then 0 else x.creditable_quantity end) as for_good,
                case when count(y.id) = 0 then l.quantity
                    else sum(case when y.id is null then 0 else x.creditable_quantity end) end as beside,
                case when count(y.id) = 0 then l.quantity else sum(case when y.id is null then 0 when exists
                    (select 1 from document_link w where w.to_id = y.id and w.kind = 'replacement') then x.quantity
                    else x.creditable_quantity end) end as replaced
            from case_line cl join document_line l on l.id = cl.id join document d on d.id = l.document_id
            join service_case c on c.id = d.id and c.outcome = 'replacement'
            left join case_goods g on g.case_line_id = cl.id and g.step = 'received'
            left join document_line x on x.id = g.document_line_id
            left join document y on y.id = x.document_id and y.state = 'posted'
            where d.state in ('decided', 'settled', 'closed') group by cl.id, cl.order_line_id, l.quantity) r
            on r.order_line_id = o.id
        left join (select i.source_line_id, sum(i.quantity) as quantity, sum(i.net_amount) as net,
                sum(coalesce(n.net, 0)) as credited
            from document_line i join document v on v.id = i.document_id and v.kind = 'customer_invoice' and v.state = 'posted'
            left join (select z.source_line_id, sum(z.net_amount) as net from document_line z
                join document u on u.id = z.document_id and u.kind = 'credit_note' and u.state = 'posted'
                group by z.source_line_id) n on n.source_line_id = i.id
            group by i.source_line_id) m on m.source_line_id = o.id
        left join (select s.source_line_id, sum(s.quantity) as quantity from document_line s
            join document h on h.id = s.document_id and h.kind = 'shipment' and h.state = 'posted'
            group by s.source_line_id) t on t.source_line_id = o.id
        group by o.id, o.credited_quantity, o.creditable_quantity, o.invoiced_quantity, m.quantity, m.net, m.credited, t.quantity
        having o.credited_quantity > o.creditable_quantity - sum(r.for_good)
            or sum(r.beside) > o.invoiced_quantity - o.credited_quantity or sum(r.replaced) > coalesce(t.quantity, 0)
            or m.credited - 10000 > 1.0 * m.net * (case when sum(r.replaced) > m.quantity then 0
                else m.quantity - sum(r.replaced) end) / m.quantity""",
    ),
    Invariant(
        "I-81",
        "no more is ordered instead than the case is about",
        """select d.number, d.state, l.about, i.instead from document d
        join (select document_id, sum(quantity) as about from document_line group by document_id) l on l.document_id = d.id
        join (select k.from_id, sum(case when x.closed then x.fulfilled_quantity else x.quantity end) as instead
            from document_link k join document o on o.id = k.to_id and o.kind = 'sales_order' and o.state <> 'cancelled'
            join document_line x on x.document_id = o.id
            where k.kind = 'service' group by k.from_id) i on i.from_id = d.id
        where d.kind = 'service_case' and i.instead > l.about""",
    ),
    Invariant(
        "I-82",
        "a clock of a case stands where its case does, and the customer is waited for once at a time in a case that goes on",
        """select d.number, d.state, c.kind from case_clock c join document d on d.id = c.document_id
        where (c.kind = 'decision' and (c.stopped_at is not null) <> (d.state in ('decided', 'settled', 'closed', 'rejected')))
            or (c.kind = 'settlement' and (c.stopped_at is not null) <> (d.state in ('settled', 'closed', 'rejected')))
        union all select d.number, d.state, 'wait' from case_pause p join document d on d.id = p.document_id
        where p.ended_at is null group by d.number, d.state
        having count(*) > 1 or d.state not in ('open', 'inspected', 'decided')""",
    ),
    Invariant(
        "I-83",
        "no clock has used more than passed, and nobody is told of a limit before it can be reached",
        """select c.id, c.kind, c.used_seconds as seconds from case_clock c
        where cast(c.used_seconds as bigint) * 1000000 > c.stopped_at - c.started_at
        union all select c.id, a.step, a.limit_minutes from service_alert a join case_clock c on c.id = a.clock_id
        where a.made_at < c.started_at or (a.step = 'escalation'
            and a.made_at < c.started_at + cast(a.limit_minutes as bigint) * 60000000)""",
    ),
    Invariant(
        "I-84",
        "feedback is of an order or a case, and was not changed after its fourteen days",
        """select f.id, d.number, d.kind from customer_feedback f join document d on d.id = f.about_id
        where d.kind not in ('sales_order', 'service_case') or f.changed_at > f.given_at + 1209600000000""",
    ),
    Invariant(
        "I-104",
        "measures are of cases, and counted from one in each",
        """select d.number, d.kind, count(*) as measures, max(m.number) as last_number
        from case_measure m join document d on d.id = m.document_id
        group by d.number, d.kind having d.kind <> 'service_case' or count(*) <> max(m.number)""",
    ),
)
