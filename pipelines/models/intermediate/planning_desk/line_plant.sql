/* Where the lines of sales orders are made that their routing in force sends to a plant or a production line.

   Grain    one row per order_line_id; lines without a plant, and items that are bought, have none
   Watch    a production line that is named without its plant stands in the plant of that line. */
with
routing as (
    select order_line_id, site_id, work_center_id
    from raw.order_line_routing
    qualify routing_number = max(routing_number) over (partition by order_line_id)
),
line as (select * from staging.document_line where supplier_id is null),
item as (select * from staging.item where source = 'make'),
center as (select * from raw.work_center),
site as (select * from raw.site)

select
    routing.order_line_id,
    site.code as site_code,
    center.code as work_center_code
from routing
inner join line on routing.order_line_id = line.document_line_id
inner join item on line.item_id = item.item_id
left join center on routing.work_center_id = center.id
inner join site on coalesce(routing.site_id, center.site_id) = site.id
