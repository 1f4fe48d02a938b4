/* Repairs with how long the piece was here, what the repair cost, and who bears it.

   Grain    one row per document_id
   Watch    costs are those of completions that stand; a repair that is not finished has none yet. */
with
company as (select * from staging.company),
document as (select * from staging.document),
line as (select * from staging.document_line),
repair as (select * from staging.repair),
item as (select * from staging.item),
party as (select * from staging.party),
link as (select from_id, to_id from raw.document_link where kind = 'fulfilment'),
borne as (
    select
        link.from_id as repair_id,
        sum(cost.customer_cost) as customer_cost,
        sum(cost.warranty_cost) as warranty_cost
    from raw.repair_cost as cost
    inner join line on cost.id = line.document_line_id
    inner join document on line.document_id = document.document_id
    inner join link on document.document_id = link.to_id
    where document.state = 'posted'
    group by link.from_id
),
invoiced as (select document_id, sum(invoiced_amount) as invoiced_amount from line group by document_id)

select
    company.company,
    repair.repair_id as document_id,
    document.number as repair_number,
    document.state,
    about.document_id as case_id,
    known.number as case_number,
    document.party_id,
    party.party_code,
    party.party_name,
    document.item_id,
    item.item_code,
    item.item_name,
    item.item_name_zh,
    repair.received_on,
    repair.returned_on,
    date_diff('day', repair.received_on, repair.returned_on) as days_here,
    repair.under_warranty,
    coalesce(borne.customer_cost, 0) as customer_cost,
    coalesce(borne.warranty_cost, 0) as warranty_cost,
    coalesce(borne.customer_cost, 0) + coalesce(borne.warranty_cost, 0) as cost,
    control.quotient(borne.warranty_cost, borne.customer_cost + borne.warranty_cost) as warranty_share,
    coalesce(invoiced.invoiced_amount, 0) as invoiced_amount
from repair
inner join document on repair.repair_id = document.document_id
cross join company
left join line as about on repair.case_line_id = about.document_line_id
left join document as known on about.document_id = known.document_id
left join party on document.party_id = party.party_id
left join item on document.item_id = item.item_id
left join borne on repair.repair_id = borne.repair_id
left join invoiced on repair.repair_id = invoiced.document_id
