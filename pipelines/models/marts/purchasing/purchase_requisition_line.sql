/* Lines of purchase requisitions with what was ordered of them.

   Grain    one row per document_line_id */
with
company as (select * from staging.company),
document as (select * from staging.document where kind = 'purchase_requisition'),
line as (select * from staging.document_line),
item as (select * from staging.item),
party as (select * from staging.party)

select
    company.company,
    line.document_line_id,
    document.document_id,
    document.number as requisition_number,
    line.line_number,
    document.state,
    line.item_id,
    item.item_code,
    item.item_name,
    item.unit_code,
    line.supplier_id,
    party.party_code as supplier_code,
    party.party_name as supplier_name,
    document.document_on,
    coalesce(line.due_on, document.due_on, document.document_on) as needed_by,
    line.description as reason,
    line.quantity,
    line.unit_price as estimated_price,
    line.net_amount as estimated_amount,
    line.fulfilled_quantity as ordered_quantity,
    case
        when document.state in ('draft', 'confirmed') and not line.closed
            then greatest(line.quantity - line.fulfilled_quantity, 0)
        else 0
    end as open_quantity
from line
inner join document on line.document_id = document.document_id
cross join company
left join item on line.item_id = item.item_id
left join party on line.supplier_id = party.party_id
