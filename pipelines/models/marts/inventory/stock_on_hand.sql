/* What stands where, now: by item, place, lot, owner and quality status.

   Grain    item_id, location_id, lot_id, owner_id, status
   Watch    available is what may be promised and taken: nothing of another owner, on the way, at a supplier's, on hold or in a
            blocked or receiving place. What has an owner is his: it is in no value and no plan. */
with
company as (select * from staging.company),
balance as (select * from staging.stock_balance),
item as (select * from staging.item),
location as (select * from staging.location),
lot as (select * from staging.lot),
owner as (select * from staging.party)

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
    balance.quantity,
    balance.reserved,
    case
        when balance.owner_id = 0 and balance.status = 'available' and location.kind = 'storage'
            and not location.blocked and not location.receiving
            then balance.quantity - balance.reserved
        else 0
    end as available
from balance
cross join company
left join item on balance.item_id = item.item_id
left join location on balance.location_id = location.location_id
left join lot on balance.lot_id = lot.lot_id
left join owner on balance.owner_id = owner.party_id
where balance.quantity <> 0 or balance.reserved <> 0
