/* Operations by which items are made.

   Grain    item_code, operation, priority */
with
item as (select * from staging.item where active and not withheld),
operation as (select * from raw.routing_operation),
center as (select * from raw.work_center),
withheld as (select row_key from control.withheld where table_name = 'routing_operation')

select
    item.item_code,
    operation.operation,
    center.code as work_center_code,
    operation.setup_minutes,
    operation.run_minutes,
    operation.priority
from operation
inner join item on operation.item_id = item.item_id
inner join center on operation.work_center_id = center.id
where not exists (select 1 from withheld where withheld.row_key = operation.id)
