"""Documents of a foreign currency: what they say in it, and what the books make of it."""

from __future__ import annotations

from typing import Final

from app.jobs.invariants.invariant import Invariant

_AT_RATE: Final = "cast({amount} as double precision) * {rate} / 100000000"
"""An amount times a rate: both are stored as whole numbers, a rate with eight decimals."""

_MINOR_UNIT: Final = """(select case currency_decimals when 0 then 10000 when 1 then 1000 when 2 then 100 when 3 then 10
    else 1 end from company)"""

FOREIGN_CURRENCY: Final[tuple[Invariant, ...]] = (
    Invariant(
        "I-52",
        "a document of a foreign currency is the sum of its lines in it, and the books have its total at its rate",
        f"""select d.number, f.currency, f.net_amount, f.tax_amount, sum(l.net_amount) as net, sum(l.tax_amount) as tax
        from foreign_document f join document d on d.id = f.id
        join document_line x on x.document_id = d.id left join foreign_line l on l.id = x.id
        group by d.number, f.currency, f.net_amount, f.tax_amount
        having f.net_amount <> coalesce(sum(l.net_amount), 0) or f.tax_amount <> coalesce(sum(l.tax_amount), 0)
            or count(l.id) <> count(x.id)
        union all
        select d.number, f.currency, f.total_amount, f.exchange_rate, d.total_amount, 0
        from foreign_document f join document d on d.id = f.id
        where d.kind in ('purchase_order', 'supplier_bill')
            and abs({_AT_RATE.format(amount="f.total_amount", rate="f.exchange_rate")} - d.total_amount) * 2
                > {_MINOR_UNIT} * 1.0001""",
    ),
    Invariant(
        "I-56",
        "an open item of a foreign currency is its amount less what was settled in it, open in both currencies or in none",
        f"""select i.id, i.currency, i.amount, i.open_amount, coalesce(sum(s.amount), 0) as settled, o.open_amount as booked
        from foreign_item i join open_item o on o.id = i.id
        left join settlement t on t.open_item_id = i.id left join foreign_settlement s on s.id = t.id
        group by i.id, i.currency, i.amount, i.open_amount, o.open_amount
        having i.open_amount <> i.amount - coalesce(sum(s.amount), 0) or (i.open_amount = 0) <> (o.open_amount = 0)
        union all
        select o.id, i.currency, sum(i.amount), f.total_amount, count(*), 0
        from foreign_document f join open_item o on o.document_id = f.id left join foreign_item i on i.id = o.id
        group by o.id, i.currency, f.id, f.total_amount having count(i.id) <> count(*)
        union all
        select f.id, f.currency, sum(i.amount), f.total_amount, count(*), 0
        from foreign_document f join open_item o on o.document_id = f.id join foreign_item i on i.id = o.id
        group by f.id, f.currency, f.total_amount having abs(sum(i.amount)) <> f.total_amount
        union all
        select o.id, i.currency, i.open_amount, f.exchange_rate, o.open_amount, 0
        from foreign_item i join open_item o on o.id = i.id join foreign_document f on f.id = o.document_id
        join document d on d.id = f.id and d.kind = 'supplier_bill'
        where abs({_AT_RATE.format(amount="i.open_amount", rate="f.exchange_rate")} - o.open_amount)
            > {_MINOR_UNIT} * (2 + (select count(*) from settlement t where t.open_item_id = o.id))""",
    ),
    Invariant(
        "I-67",
        "a prepayment of a foreign currency is held in both currencies or in none, and its bill took as much in either",
        """select d.number, p.currency, p.amount, p.open_amount, h.open_amount as booked, coalesce(sum(s.amount), 0) as taken
        from foreign_prepayment p join order_prepayment h on h.id = p.id join document d on d.id = h.document_id
        left join settlement t on t.document_id = h.document_id left join foreign_settlement s on s.id = t.id
        group by d.number, d.state, p.currency, p.amount, p.open_amount, h.open_amount, d.id
        having (p.open_amount = 0) <> (h.open_amount = 0) or (d.state = 'posted'
            and coalesce(sum(s.amount), 0) + p.open_amount
                <> (select f.total_amount from foreign_document f where f.id = d.id))""",
    ),
)
