/* Production orders with progress and the value that stands in process.

   Grain    one row per document_id */
with
company as (select * from staging.company),
document as (select * from staging.document where kind = 'production_order'),
process as (select * from raw.order_in_process),
item as (select * from staging.item)

select
    company.company,
    document.document_id,
    document.number as order_number,
    document.state,
    document.priority,
    document.item_id,
    item.item_code,
    item.item_name,
    item.unit_code,
    document.document_on,
    document.start_on,
    document.due_on,
    document.quantity,
    document.fulfilled_quantity as completed_quantity,
    coalesce(process.scrapped_quantity, 0) as scrapped_quantity,
    case when document.state = 'released' then greatest(document.quantity - document.fulfilled_quantity, 0) else 0 end as open_quantity,
    coalesce(process.input_value, 0) as input_value,
    coalesce(process.output_value, 0) as output_value,
    coalesce(process.settled_value, 0) as settled_value,
    coalesce(process.input_value - process.output_value - process.settled_value, 0) as value_in_process
from document
cross join company
left join process on document.document_id = process.document_id
left join item on document.item_id = item.item_id
