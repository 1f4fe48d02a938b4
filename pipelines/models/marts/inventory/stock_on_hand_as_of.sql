/* What stood where at the end of a day: the stock ledger added up to it.

   Grain    item_id, location_id, lot_id, owner_id, status */
with
company as (select * from staging.company),
day as (select * from intermediate.stock_place_day where posted_on <= as_of),
item as (select * from staging.item),
location as (select * from staging.location where stocked),
lot as (select * from staging.lot),
owner as (select * from staging.party),
balance as (
    select item_id, location_id, lot_id, owner_id, status, sum(quantity) as quantity
    from day
    group by all
    having sum(quantity) <> 0
)

select
    company.company,
    balance.item_id,
    item.item_code,
    item.item_name,
    item.item_name_zh,
    item.unit_code,
    balance.location_id,
    location.location_code,
    location.site_code,
    balance.lot_id,
    lot.lot_code,
    lot.expires_on,
    balance.owner_id,
    owner.party_code as owner_code,
    balance.status,
    balance.quantity
from balance
cross join company
inner join location on balance.location_id = location.location_id
left join item on balance.item_id = item.item_id
left join lot on balance.lot_id = lot.lot_id
left join owner on balance.owner_id = owner.party_id
