/* Invoiced sales less credit notes by month, customer and item; charges have item_id 0.

   Grain    month, party_id, item_id, currency
   Watch    a credit note counts in its own month, by quantity where goods came back; a reversed invoice does not count in the month it was posted; the books take it back in the month of the reversal. */
with
company as (select * from staging.company),
invoiced as (
    select
        date_trunc('month', posted_on)::date as month,
        party_id,
        coalesce(item_id, 0) as item_id,
        currency,
        sum(case kind when 'credit_note' then -quantity else quantity end) as quantity,
        sum(case kind when 'credit_note' then -net_amount else net_amount end) as net_amount,
        count(distinct document_id) filter (where kind = 'customer_invoice') as invoice_count
    from intermediate.document_row
    where kind in ('customer_invoice', 'credit_note') and state = 'posted'
    group by all
),
party as (select * from staging.party),
item as (select * from staging.item)

select
    company.company,
    invoiced.month,
    invoiced.party_id,
    party.party_code,
    party.party_name,
    invoiced.item_id,
    item.item_code,
    item.item_name,
    item.category_code,
    invoiced.currency,
    invoiced.quantity,
    invoiced.net_amount,
    invoiced.invoice_count
from invoiced
cross join company
left join party on invoiced.party_id = party.party_id
left join item on invoiced.item_id = item.item_id
