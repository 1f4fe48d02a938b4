/* Every stock move with names, document and value.

   Grain    one row per stock_move_id */
with
company as (select * from staging.company),
move as (select * from staging.stock_move),
item as (select * from staging.item),
location as (select * from staging.location),
lot as (select * from staging.lot),
owner as (select * from staging.party),
document as (select * from raw.document)

select
    company.company,
    move.stock_move_id,
    move.posted_on,
    move.document_id,
    document.kind as document_kind,
    document.number as document_number,
    document.party_id,
    move.item_id,
    item.item_code,
    item.item_name,
    item.unit_code,
    move.from_location_id,
    departure.location_code as from_location_code,
    move.to_location_id,
    arrival.location_code as to_location_code,
    move.lot_id,
    lot.lot_code,
    move.status,
    move.to_status,
    move.quantity,
    move.owner_id,
    owner.party_code as owner_code,
    case
        when move.owner_id <> 0 then 0
        when arrival.stocked and not departure.stocked then move.quantity
        when departure.stocked and not arrival.stocked then -move.quantity
        else 0
    end as stock_change,
    move.value,
    move.reverses_id
from move
cross join company
inner join item on move.item_id = item.item_id
inner join location as departure on move.from_location_id = departure.location_id
inner join location as arrival on move.to_location_id = arrival.location_id
left join lot on move.lot_id = lot.lot_id
left join owner on move.owner_id = owner.party_id
inner join document on move.document_id = document.id
