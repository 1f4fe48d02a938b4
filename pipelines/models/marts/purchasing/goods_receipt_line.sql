/* Lines of goods receipts with their order and value.

   Grain    one row per document_line_id
   Watch    a reversed receipt keeps its rows with state reversed. */
with
company as (select * from staging.company),
document as (select * from staging.document where kind = 'goods_receipt'),
line as (select * from staging.document_line),
order_document as (select * from staging.document),
item as (select * from staging.item),
party as (select * from staging.party)

select
    company.company,
    line.document_line_id,
    document.document_id,
    document.number as receipt_number,
    document.state,
    document.posted_on,
    order_document.document_id as order_id,
    order_document.number as order_number,
    order_line.document_line_id as order_line_id,
    coalesce(order_line.promised_on, order_line.due_on) as due_on,
    document.party_id,
    party.party_code,
    party.party_name,
    line.item_id,
    item.item_code,
    item.item_name,
    item.unit_code,
    line.quantity,
    line.stock_value as value
from line
inner join document on line.document_id = document.document_id
cross join company
left join line as order_line on line.source_line_id = order_line.document_line_id
left join order_document on order_line.document_id = order_document.document_id
left join item on line.item_id = item.item_id
left join party on document.party_id = party.party_id
