"""The books: journal, open items, periods, approvals, the record of commands."""

from __future__ import annotations

from typing import Final

from app.jobs.invariants.invariant import ROLE_BALANCE, Invariant

LEDGER: Final[tuple[Invariant, ...]] = (
    Invariant(
        "I-01",
        "every journal entry balances and has all its lines",
        """select e.id, e.number, coalesce(sum(l.debit - l.credit), 0) as difference, e.line_count, count(l.id) as found
        from journal_entry e left join journal_line l on l.entry_id = e.id
        group by e.id, e.number, e.line_count
        having coalesce(sum(l.debit - l.credit), 0) <> 0 or count(l.id) <> e.line_count""",
    ),
    Invariant(
        "I-02",
        "the trial balance of every period is zero",
        """select p.code, sum(l.debit - l.credit) as difference from journal_line l
        join journal_entry e on e.id = l.entry_id join fiscal_period p on p.id = e.period_id
        group by p.code having sum(l.debit - l.credit) <> 0""",
    ),
    Invariant(
        "I-05d",
        "open receivables are the balance of trade receivables",
        f"""select ledger, items from (select ({ROLE_BALANCE.format(role="trade_receivable")}) as ledger,
            (select coalesce(sum(open_amount), 0) from open_item where side = 'receivable') as items) both_sides
        where ledger <> items""",
    ),
    Invariant(
        "I-05e",
        "open payables are the balance of trade payables",
        f"""select ledger, items from (select -({ROLE_BALANCE.format(role="trade_payable")}) as ledger,
            (select coalesce(sum(open_amount), 0) from open_item where side = 'payable') as items) both_sides
        where ledger <> items""",
    ),
    Invariant(
        "I-05h",
        "an open item is its amount less what was settled",
        """select o.id, o.amount, o.open_amount, coalesce(sum(s.amount), 0) as settled
        from open_item o left join settlement s on s.open_item_id = o.id
        group by o.id, o.amount, o.open_amount having o.open_amount <> o.amount - coalesce(sum(s.amount), 0)""",
    ),
    Invariant(
        "I-05i",
        "a prepayment or deposit is open for what no bill or invoice has taken up",
        """select d.number, p.amount, p.open_amount, coalesce(sum(j.debit), 0) as applied
        from order_prepayment p join document d on d.id = p.document_id
        left join journal_entry e on e.document_id = p.document_id and e.fact in ('PrepaymentApplied', 'DepositApplied')
        left join journal_line j on j.entry_id = e.id
        group by d.number, d.state, p.amount, p.open_amount
        having (d.state = 'posted' and p.open_amount <> p.amount - coalesce(sum(j.debit), 0))
            or (d.state <> 'posted' and p.open_amount <> 0)""",
    ),
    Invariant(
        "I-06c",
        "every posted invoice, bill and payment has its journal entry",
        """select d.id, d.number, d.total_amount from document d
        where d.kind in ('supplier_bill', 'customer_invoice', 'payment_in', 'payment_out', 'manual_entry',
                'credit_note', 'debit_note', 'landed_cost', 'freight_bill', 'labour_report') and d.state in ('posted', 'reversed')
            and d.total_amount <> 0 and not exists (select 1 from journal_entry e where e.document_id = d.id)""",
    ),
    Invariant(
        "I-06d",
        "a document's amounts are the sums of its lines, and its open items come to its total",
        """select d.id, d.number, d.net_amount, d.tax_amount, d.total_amount, sum(l.net_amount) as net, sum(l.tax_amount) as tax
        from document d join document_line l on l.document_id = d.id
        where d.kind in ('purchase_requisition', 'supplier_quotation', 'blanket_order', 'purchase_order', 'sales_order',
            'quotation', 'supplier_bill', 'customer_invoice', 'credit_note', 'debit_note', 'supplier_claim',
            'freight_bill', 'repair_order', 'labour_report')
        group by d.id, d.number, d.net_amount, d.tax_amount, d.total_amount
        having d.net_amount <> sum(l.net_amount) or d.tax_amount <> sum(l.tax_amount)
            or d.total_amount <> d.net_amount + d.tax_amount
        union all
        select d.id, d.number, d.net_amount, d.tax_amount, d.total_amount, sum(o.amount), 0
        from open_item o join document d on d.id = o.document_id
        where d.kind in ('supplier_bill', 'customer_invoice', 'landed_cost', 'freight_bill', 'credit_note', 'debit_note')
        group by d.id, d.kind, d.number, d.net_amount, d.tax_amount, d.total_amount
        having sum(o.amount) <> case when d.kind in ('credit_note', 'debit_note') then -d.total_amount
            else d.total_amount end""",
    ),
    Invariant(
        "I-06f",
        "a bill that waits has touched no order, no stock and no ledger",
        """select d.number, d.state, d.posted_on from document d
        where d.kind = 'supplier_bill' and d.state in ('draft', 'cancelled') and (d.posted_on is not null
            or exists (select 1 from journal_entry e where e.document_id = d.id)
            or exists (select 1 from open_item o where o.document_id = d.id)
            or exists (select 1 from stock_move m where m.document_id = d.id))""",
    ),
    Invariant(
        "I-15",
        "nothing lies outside its period, and nothing was posted into a period after its lock",
        """select e.number, e.posted_on, p.code from journal_entry e join fiscal_period p on p.id = e.period_id
        where e.posted_on < p.starts_on or e.posted_on > p.ends_on
        union all
        select cast(m.id as text), m.posted_on, p.code from stock_move m join fiscal_period p on p.id = m.period_id
        where m.posted_on < p.starts_on or m.posted_on > p.ends_on""",
    ),
    Invariant(
        "I-16",
        "nobody approved what he asked for or entered himself",
        """select r.id, r.requested_by, d.created_by from approval_request r join document d on d.id = r.document_id
        where r.decided_by in (r.requested_by, d.created_by)""",
    ),
    Invariant(
        "I-08",
        "every receipt's document is there with its number",
        """select r.command_id, r.document_id, r.number from command_receipt r
        where r.document_id is not null and not exists (
            select 1 from document d where d.id = r.document_id and d.number = r.number)
            and not exists (select 1 from plan_run p where p.id = r.document_id and p.number = r.number)
            and not exists (select 1 from forecast_run f where f.id = r.document_id and f.number = r.number)
            and not exists (select 1 from policy_run o where o.id = r.document_id and o.number = r.number)""",
    ),
    Invariant(
        "I-11",
        "feed positions are dense, and every one has its receipt",
        """select max_position, row_count, receipts from (select coalesce(max(position), 0) as max_position,
            count(*) as row_count, (select count(*) from command_receipt) as receipts from feed) counted
        where max_position <> row_count or receipts <> row_count""",
    ),
    Invariant(
        "I-18",
        "the feed's instants increase with its positions",
        """select position, recorded_at, before from (select position, recorded_at,
            lag(recorded_at) over (order by position) as before from feed) f where recorded_at <= before""",
    ),
)
