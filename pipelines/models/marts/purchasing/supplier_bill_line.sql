/* Lines of supplier bills, goods and charges.

   Grain    one row per document_line_id
   Watch    a reversed bill keeps its rows with state reversed; one that waits for approval is not booked and not here. */
with
company as (select * from staging.company),
document as (select * from staging.document where kind = 'supplier_bill' and state in ('posted', 'reversed')),
line as (select * from staging.document_line),
order_document as (select * from staging.document),
item as (select * from staging.item),
party as (select * from staging.party)

select
    company.company,
    line.document_line_id,
    document.document_id,
    document.number as bill_number,
    document.external_number,
    document.state,
    document.posted_on,
    document.due_on,
    order_document.document_id as order_id,
    order_document.number as order_number,
    document.party_id,
    party.party_code,
    party.party_name,
    line.line_kind,
    line.item_id,
    item.item_code,
    item.item_name,
    item.category_code,
    item.unit_code,
    document.currency,
    line.quantity,
    line.unit_price,
    line.net_amount,
    line.tax_amount
from line
inner join document on line.document_id = document.document_id
cross join company
left join line as order_line on line.source_line_id = order_line.document_line_id
left join order_document on order_line.document_id = order_document.document_id
left join item on line.item_id = item.item_id
left join party on document.party_id = party.party_id
