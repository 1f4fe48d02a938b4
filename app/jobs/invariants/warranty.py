"""Warranty that is claimed from suppliers: nothing twice, nothing beyond what was borne, and the books have what was accepted."""

from __future__ import annotations

from typing import Final

from app.jobs.invariants.foreign_currency import MINOR_UNIT, MINOR_UNIT_OF
from app.jobs.invariants.invariant import Invariant

_STANDING: Final = f"""select l.id, l.source_line_id, l.quantity, l.net_amount, coalesce(f.exchange_rate, 0) as rate,
        {MINOR_UNIT_OF.format(currency="f.currency")} as minor_unit
    from document_line l join document d on d.id = l.document_id and d.kind = 'supplier_claim'
    join claim_line c on c.document_line_id = l.id and c.reason = 'defective'
    left join foreign_document f on f.id = d.id
    left join claim_settlement s on s.document_id = d.id
    where s.id is null or (s.outcome in ('replaced', 'accepted', 'accepted_in_part') and (s.outcome = 'replaced' or exists (
        select 1 from document_link k join document n on n.id = k.to_id and n.kind = 'debit_note' and n.state = 'posted'
        where k.from_id = d.id and k.kind = 'credit')))"""
_ANSWERED_FOR: Final = f"""select s.source_line_id as case_line_id, s.quantity, 1 = 1 as claimed from ({_STANDING}) s
    union all select r.case_line_id, d.quantity, 1 = 1 from repair_order r join document d on d.id = r.id
        where exists (select 1 from ({_STANDING}) s join document_line l on l.id = s.source_line_id where l.document_id = r.id)
    union all select g.case_line_id, g.quantity, 1 = 0 from case_goods g join document_line l on l.id = g.document_line_id
        join document d on d.id = l.document_id and d.state = 'posted' where g.step = 'to_supplier'"""
"""What a supplier answers for of the goods of a case's line: claimed, claimed by the repair of it, or sent back to him."""

WARRANTY: Final[tuple[Invariant, ...]] = (
    Invariant(
        "I-100",
        "a line of a repair is claimed from a supplier once and for no more than the warranty bore, goods of a case once each",
        f"""select d.number, l.line, count(c.id) as claims, sum(c.net_amount) as claimed, coalesce(max(b.borne), 0) as borne
        from ({_STANDING}) c join document_line l on l.id = c.source_line_id
        join document d on d.id = l.document_id and d.kind = 'repair_order'
        left join (select x.source_line_id, sum(y.warranty_cost) as borne from repair_cost y
            join document_line x on x.id = y.id join document z on z.id = x.document_id and z.state = 'posted'
            group by x.source_line_id) b on b.source_line_id = l.id
        group by d.number, l.id, l.line
        having count(c.id) > 1 or sum(c.net_amount) > coalesce(max(b.borne), 0)
            + case when max(c.rate) > 0 then max(c.rate * c.minor_unit) / 200000000.0 + {MINOR_UNIT} else 0 end
        union all
        select d.number, l.line, count(*), sum(c.quantity), l.quantity
        from ({_ANSWERED_FOR}) c join document_line l on l.id = c.case_line_id join document d on d.id = l.document_id
        group by d.number, l.id, l.line, l.quantity
        having sum(case when c.claimed then 1 else 0 end) > 0 and sum(c.quantity) > l.quantity
        union all
        select d.number, l.line, 0, 0, 0 from claim_line c join document_line l on l.id = c.document_line_id
        join document d on d.id = l.document_id left join document_line o on o.id = l.source_line_id
        left join document a on a.id = o.document_id
        where (c.reason = 'defective') <> (coalesce(a.kind, '') in ('repair_order', 'service_case'))""",
    ),
    Invariant(
        "I-101",
        "what a supplier accepted of a warranty claim is his credit, no more than was claimed, and less cost of warranty",
        """select d.number, s.outcome, count(n.id) as credits, 0 as claimed, 0 as accepted
        from document d join claim_settlement s on s.document_id = d.id
        left join document_link k on k.from_id = d.id and k.kind = 'credit'
        left join document n on n.id = k.to_id and n.kind = 'debit_note'
        where d.kind = 'supplier_claim' group by d.number, s.outcome
        having count(n.id) <> case when s.outcome in ('accepted', 'accepted_in_part') then 1 else 0 end
        union all
        select d.number, s.outcome, count(x.id), sum(coalesce(f.net_amount, l.net_amount)),
            sum(coalesce(g.net_amount, x.net_amount, 0))
        from document d join claim_settlement s on s.document_id = d.id and s.outcome in ('accepted', 'accepted_in_part')
        join document_line l on l.document_id = d.id left join foreign_line f on f.id = l.id
        left join document_line x on x.source_line_id = l.id left join foreign_line g on g.id = x.id
        group by d.id, d.number, s.outcome
        having max(case when coalesce(g.net_amount, x.net_amount, 0) > coalesce(f.net_amount, l.net_amount) then 1 else 0 end)
                = 1
            or (s.outcome = 'accepted') <> (sum(coalesce(f.net_amount, l.net_amount))
                = sum(coalesce(g.net_amount, x.net_amount, 0)))
        union all
        select n.number, n.state, 0, n.net_amount, coalesce(p.amount, 0) from document n
        join document_link k on k.to_id = n.id and k.kind = 'credit'
        join document d on d.id = k.from_id and d.kind = 'supplier_claim'
        left join (select e.document_id, sum(j.credit - j.debit) as amount from journal_entry e
            join journal_line j on j.entry_id = e.id join account_role r on r.account_id = j.account_id
            where e.fact = 'WarrantyCredited' and r.role = 'warranty_cost' group by e.document_id) p on p.document_id = n.id
        where n.kind = 'debit_note' and n.net_amount <> coalesce(p.amount, 0)""",
    ),
)
