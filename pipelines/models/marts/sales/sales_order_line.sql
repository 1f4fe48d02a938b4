/* Lines of sales orders with what was shipped and invoiced of them.

   Grain    one row per document_line_id */
with
company as (select * from staging.company),
document as (select * from staging.document where kind = 'sales_order'),
line as (select * from staging.document_line where line_kind = 'item'),
item as (select * from staging.item),
party as (select * from staging.party)

select
    company.company,
    line.document_line_id,
    document.document_id,
    document.number as order_number,
    line.line_number,
    document.state,
    document.channel,
    document.priority,
    document.external_number,
    document.party_id,
    party.party_code,
    party.party_name,
    line.item_id,
    item.item_code,
    item.item_name,
    item.unit_code,
    document.document_on,
    coalesce(line.promised_on, line.due_on, document.due_on, document.document_on) as due_on,
    document.currency,
    line.quantity,
    line.unit_price,
    line.discount_rate,
    line.net_amount,
    line.tax_amount,
    line.reserved_quantity,
    line.fulfilled_quantity as shipped_quantity,
    line.returned_quantity,
    line.invoiced_quantity,
    line.credited_quantity,
    line.invoiced_amount,
    case
        when document.state = 'confirmed' and not line.closed then greatest(line.quantity - line.fulfilled_quantity, 0)
        else 0
    end as open_quantity
from line
inner join document on line.document_id = document.document_id
cross join company
left join item on line.item_id = item.item_id
left join party on document.party_id = party.party_id
