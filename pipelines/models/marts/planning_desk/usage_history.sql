/* Demand by day, for inventory policies: what customers asked for by the day on which they wanted it, returns taken off, and what
   production, suppliers at work for us and departments took out of stock by the day on which they took it.

   Grain    item_code, site_code, used_on
   Watch    a component has no orders of its own: what took it is its demand. An issue that was taken back counts on neither day. */
with
item as (select * from staging.item where active and not withheld),
line as (select * from intermediate.demand_line),
place as (select * from staging.location),
document as (select * from staging.document),
move as (select * from staging.stock_move where quantity > 0 and owner_id = 0),
taken_back as (select distinct reverses_id from staging.stock_move where reverses_id is not null),
used as (
    select item_id, site_code, requested_on as used_on, demanded_quantity as quantity
    from line
    where demanded_quantity > 0
    union all
    select returned.item_id, line.site_code, returned.posted_on, -returned.quantity
    from intermediate.document_row as returned
    inner join staging.document_line as shipped on returned.source_line_id = shipped.document_line_id
    inner join line on shipped.source_line_id = line.document_line_id
    where returned.kind = 'customer_return' and returned.state = 'posted' and returned.item_id = line.item_id
    union all
    select move.item_id, coalesce(source.site_code, 'MAIN'), move.posted_on, move.quantity
    from move
    inner join place as source on move.from_location_id = source.location_id
    inner join place as target on move.to_location_id = target.location_id
    left join taken_back on move.stock_move_id = taken_back.reverses_id
    where target.kind in ('production', 'internal_use') and source.stocked
        and move.reverses_id is null and taken_back.reverses_id is null
    union all
    select move.item_id, coalesce(target.site_code, 'MAIN'), move.posted_on, -move.quantity
    from move
    inner join place as target on move.to_location_id = target.location_id
    inner join document on move.document_id = document.document_id
    left join taken_back on move.stock_move_id = taken_back.reverses_id
    where document.kind = 'material_return' and move.reverses_id is null and taken_back.reverses_id is null
)

select
    item.item_code,
    used.site_code,
    used.used_on,
    sum(used.quantity)::decimal(38, 6) as quantity
from used
inner join item on used.item_id = item.item_id
group by all
