/* Lines of pick lists: what was to be picked, what was, and how long it took from the release of the list.

   Grain    one row per document_line_id
   Watch    what was put back is not picked. The time runs from the release of the list to the last pick of the line, waiting
            included; nobody is named. Substitutes count with the line that they stand for. */
with
company as (select * from staging.company),
list as (select * from staging.document where kind = 'pick_list' and state <> 'cancelled'),
line as (select * from staging.document_line),
ordered as (select * from staging.document),
item as (select * from staging.item),
warehouse as (select * from intermediate.warehouse_of_place),
reported as (
    select
        pick_line_id,
        coalesce(sum(case kind when 'picked' then quantity when 'put_back' then -quantity end), 0) as picked_quantity,
        coalesce(sum(quantity) filter (where kind = 'short'), 0) as short_quantity,
        count(*) filter (where kind = 'picked' and substituted) as substituted_count,
        max(made_at) filter (where kind = 'picked') as last_picked_at
    from staging.pick_event
    where pick_line_id is not null
    group by pick_line_id
)

select
    company.company,
    line.document_line_id,
    list.document_id,
    list.number as pick_list_number,
    line.line_number,
    list.document_on as released_on,
    order_line.document_id as order_id,
    ordered.number as order_number,
    line.item_id,
    item.item_code,
    item.item_name,
    item.item_name_zh,
    item.unit_code,
    warehouse.warehouse_code,
    line.quantity,
    coalesce(reported.picked_quantity, 0) as picked_quantity,
    coalesce(reported.short_quantity, 0) as short_quantity,
    coalesce(reported.substituted_count, 0) as substituted_count,
    date_diff('second', list.created_at, reported.last_picked_at) as pick_seconds
from line
inner join list on line.document_id = list.document_id
cross join company
left join line as order_line on line.source_line_id = order_line.document_line_id
left join ordered on order_line.document_id = ordered.document_id
left join item on line.item_id = item.item_id
left join warehouse on line.location_id = warehouse.location_id
left join reported on line.document_line_id = reported.pick_line_id
