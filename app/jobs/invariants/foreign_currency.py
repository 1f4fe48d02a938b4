"""Documents of a foreign currency: what they say in it, and what the books make of it."""

from __future__ import annotations

from typing import Final

from app.jobs.invariants.invariant import Invariant
from schemas.vocabulary.currencies import UNUSUAL_DECIMALS

AT_RATE: Final = "cast({amount} as double precision) * {rate} / 100000000"
"""An amount times a rate: both are stored as whole numbers, a rate with eight decimals."""

MINOR_UNIT: Final = """(select case currency_decimals when 0 then 10000 when 1 then 1000 when 2 then 100 when 3 then 10
    else 1 end from company)"""

MINOR_UNIT_OF: Final = (
    "case {currency} "
    + " ".join(f"when '{code}' then {10 ** (4 - decimals)}" for code, decimals in sorted(UNUSUAL_DECIMALS.items()))
    + " else 100 end"
)
"""The minor unit of a currency by its code, as amounts are stored."""

OF_WARRANTY: Final = """select l.document_id from claim_line c join document_line l on l.id = c.document_line_id
        where c.reason = 'defective'
    union select k.to_id from claim_line c join document_line l on l.id = c.document_line_id
        join document_link k on k.from_id = l.document_id and k.kind = 'credit' where c.reason = 'defective'"""
"""Claims of warranty, and the credits of those that a supplier accepted."""

FOREIGN_CURRENCY: Final[tuple[Invariant, ...]] = (
    Invariant(
        "I-52",
        "a document of a foreign currency is the sum of its lines in it, and the books have its total at its rate",
        f"""select d.number, f.currency, f.net_amount, f.tax_amount, sum(l.net_amount) as net, sum(l.tax_amount) as tax
        from foreign_document f join document d on d.id = f.id
        join document_line x on x.document_id = d.id and (d.kind <> 'landed_cost' or x.kind = 'charge')
        left join foreign_line l on l.id = x.id
        group by d.number, f.currency, f.net_amount, f.tax_amount
        having f.net_amount <> coalesce(sum(l.net_amount), 0) or f.tax_amount <> coalesce(sum(l.tax_amount), 0)
            or count(l.id) <> count(x.id)
        union all
        select d.number, f.currency, f.total_amount, f.exchange_rate, d.total_amount, 0
        from foreign_document f join document d on d.id = f.id
        where (d.kind in ('purchase_order', 'supplier_bill', 'quotation', 'sales_order', 'customer_invoice', 'supplier_quotation',
                'repair_order', 'landed_cost', 'freight_bill', 'blanket_order', 'purchase_requisition') or d.id in ({OF_WARRANTY}))
            and abs({AT_RATE.format(amount="f.total_amount", rate="f.exchange_rate")} - d.total_amount) * 2
                > {MINOR_UNIT} * (1.0001 + (select 2 * count(*) from document_line x where x.document_id = d.id
                    and exists (select 1 from sales_order_change c where c.order_id = d.id and c.state = 'applied')))""",
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
        group by f.id, f.currency, f.total_amount having abs(sum(i.amount)) <> abs(f.total_amount)
        union all
        select o.id, i.currency, i.open_amount, f.exchange_rate, o.open_amount, 0
        from foreign_item i join open_item o on o.id = i.id join foreign_document f on f.id = o.document_id
        join document d on d.id = f.id
            and (d.kind in ('supplier_bill', 'customer_invoice', 'landed_cost', 'freight_bill') or d.id in ({OF_WARRANTY}))
        where abs({AT_RATE.format(amount="i.open_amount", rate="f.exchange_rate")} - o.open_amount)
            > {MINOR_UNIT} * (2 + (select count(*) from settlement t where t.open_item_id = o.id))""",
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
    Invariant(
        "I-97",
        "what is invoiced of a foreign order's line counts at the order's rate, and its currency is that of its invoices",
        """select d.number, l.line, f.currency, l.invoiced_amount as found, coalesce(sum(i.net_at_order_rate), 0) as wanted
        from foreign_document f join document d on d.id = f.id and d.kind in ('sales_order', 'purchase_order')
        join document_line l on l.document_id = d.id
        left join (select x.source_line_id, y.net_at_order_rate from document_line x join foreign_line y on y.id = x.id
            join document b on b.id = x.document_id and b.state = 'posted'
            and b.kind in ('customer_invoice', 'supplier_bill')) i on i.source_line_id = l.id
        group by d.number, l.id, l.line, f.currency, l.invoiced_amount
        having l.invoiced_amount <> coalesce(sum(i.net_at_order_rate), 0)
        union all
        select d.number, l.line, f.currency, sum(y.net_amount), a.net_amount
        from foreign_document f join document d on d.id = f.id and d.kind = 'sales_order'
        join document_line l on l.document_id = d.id join foreign_line a on a.id = l.id
        join document_line x on x.source_line_id = l.id join foreign_line y on y.id = x.id
        join document b on b.id = x.document_id and b.state = 'posted' and b.kind = 'customer_invoice'
        group by d.number, l.id, l.line, f.currency, a.net_amount, l.quantity
        having sum(x.quantity) = l.quantity and sum(y.net_amount) <> a.net_amount
        union all
        select b.number, 0, f.currency, f.exchange_rate, 0
        from foreign_document f join document_link k on k.from_id = f.id
        join document b on b.id = k.to_id and b.kind in ('customer_invoice', 'supplier_bill', 'credit_note', 'debit_note')
        left join foreign_document a on a.id = b.id where a.id is null or a.currency <> f.currency""",
    ),
    Invariant(
        "I-98",
        "a revaluation values items at its rate and goes on from those before it; the books have that, and not a day longer",
        f"""select d.number, cast(l.open_item_id as text) as what, l.valued_amount as wanted,
            {AT_RATE.format(amount="l.open_amount", rate="l.exchange_rate")} as found
        from revaluation_line l join document d on d.id = l.document_id
        where abs({AT_RATE.format(amount="l.open_amount", rate="l.exchange_rate")} - l.valued_amount) * 2
            > {MINOR_UNIT} * 1.0001
        union all
        select d.number, cast(l.open_item_id as text), l.booked_before, coalesce((select sum(x.difference)
            from revaluation_line x join document y on y.id = x.document_id where x.open_item_id = l.open_item_id
            and y.id < d.id and y.state = 'posted' and y.external_number = d.external_number), 0)
        from revaluation_line l join document d on d.id = l.document_id and d.state = 'posted'
        where l.booked_before <> coalesce((select sum(x.difference)
            from revaluation_line x join document y on y.id = x.document_id where x.open_item_id = l.open_item_id
            and y.id < d.id and y.state = 'posted' and y.external_number = d.external_number), 0)
        union all
        select s.number, s.side, s.amount, s.posted from (select d.number, o.side,
            sum(case o.side when 'receivable' then l.difference else -l.difference end) as amount,
            coalesce((select sum(j.debit - j.credit) from journal_entry e join journal_line j on j.entry_id = e.id
                join account_role r on r.account_id = j.account_id where e.document_id = d.id
                and e.fact = 'OpenItemsRevalued' and e.posted_on = d.posted_on
                and r.role = case o.side when 'receivable' then 'trade_receivable' else 'trade_payable' end), 0) as posted
            from revaluation_line l join document d on d.id = l.document_id join open_item o on o.id = l.open_item_id
            group by d.id, d.number, d.posted_on, o.side) s where s.amount <> s.posted
        union all
        select d.number, 'taken back', 0, sum(j.debit - j.credit)
        from document d join journal_entry e on e.document_id = d.id join journal_line j on j.entry_id = e.id
        where d.kind = 'revaluation' group by d.number, j.account_id having sum(j.debit - j.credit) <> 0
        union all
        select d.number, e.number, 0, 0 from document d join journal_entry e on e.document_id = d.id
        where d.kind = 'revaluation' and e.fact = 'RevaluationTakenBack'
            and e.posted_on <> (select min(n.starts_on) from fiscal_period n where n.starts_on > d.posted_on)
        union all
        select e.number, m.number, 0, 0 from journal_entry m join journal_entry e on e.id = m.reverses_id
        where e.fact = 'RevaluationTakenBack' and e.posted_on <> m.posted_on
        union all
        select b.code, cast(o.id as text), b.booked, {AT_RATE.format(amount="b.open_then", rate="x.exchange_rate")} - b.carried
        from (select p.code, l.open_item_id, sum(l.difference) as booked, max(l.id) as latest,
            max(f.amount) - coalesce((select sum(s.amount) from settlement t join foreign_settlement s on s.id = t.id
                where t.open_item_id = l.open_item_id and t.posted_on <= p.ends_on), 0) as open_then,
            max(i.amount) - coalesce((select sum(t.amount) from settlement t
                where t.open_item_id = l.open_item_id and t.posted_on <= p.ends_on), 0) as carried
            from fiscal_period p join document d on d.kind = 'revaluation' and d.state = 'posted' and d.external_number = p.code
            join revaluation_line l on l.document_id = d.id join open_item i on i.id = l.open_item_id
            join foreign_item f on f.id = i.id where p.state = 'locked'
            group by p.code, p.ends_on, l.open_item_id) b
        join revaluation_line x on x.id = b.latest join open_item o on o.id = b.open_item_id
        where abs({AT_RATE.format(amount="b.open_then", rate="x.exchange_rate")} - b.carried - b.booked) * 2
            > {MINOR_UNIT} * 1.0001""",
    ),
    Invariant(
        "I-99",
        "what is bought on a foreign offer or agreement is in its currency at one of its prices, and a foreign landed cost"
        " is shared out whole in both currencies",
        """select a.number as source, b.number, coalesce(f.currency, a.currency) as wanted, coalesce(g.currency, b.currency)
        from document_link k join document a on a.id = k.from_id join document b on b.id = k.to_id
        left join foreign_document f on f.id = a.id left join foreign_document g on g.id = b.id
        where k.kind in ('award', 'call_off') and b.kind = 'purchase_order'
            and coalesce(f.currency, a.currency) <> coalesce(g.currency, b.currency)
        union all
        select a.number, b.number, f.currency, cast(l.unit_price as text)
        from document_link k join document a on a.id = k.from_id join document b on b.id = k.to_id
        join foreign_document f on f.id = a.id
        join document_line x on x.document_id = b.id join foreign_line l on l.id = x.id
        left join foreign_line o on o.id = x.source_line_id
        left join quotation_term t on t.document_line_id = x.source_line_id
        where k.kind in ('award', 'call_off') and b.kind = 'purchase_order'
            and l.unit_price <> coalesce(t.first_price, o.unit_price) and not exists (select 1 from quotation_price p
                where p.document_line_id = x.source_line_id and p.unit_price = l.unit_price)
        union all
        select d.number, f.currency, cast(f.net_amount as text), cast(sum(l.net_amount) as text)
        from foreign_document f join document d on d.id = f.id and d.kind = 'landed_cost'
        join document_line x on x.document_id = d.id and x.kind = 'item' left join foreign_line l on l.id = x.id
        group by d.number, f.currency, f.net_amount having f.net_amount <> coalesce(sum(l.net_amount), 0)""",
    ),
)
