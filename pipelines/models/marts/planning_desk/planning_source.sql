/* Suppliers of each item with their terms; the price is the present price for the least quantity. Who makes an item of components
   that we provide is told as a way of making it with his lead time: the package has no word for buying with components.

   Grain    item_code, supplier_code */
with
item as (select * from staging.item where active and not withheld),
party as (select * from staging.party),
term as (select * from raw.supplier_item where active),
price as (select * from marts.planning_price_break),
withheld as (select row_key from control.withheld where table_name = 'supplier_item'),
first_price as (select item_code, supplier_code, arg_min(unit_price, from_quantity) as unit_price from price group by all)

select
    item.item_code,
    case when term.components_provided then 'make' else 'buy' end as method,
    party.party_code as supplier_code,
    case when not term.components_provided then party.party_code end as bought_from,
    term.lead_time_days,
    term.min_lot,
    term.lot_multiple,
    term.max_lot,
    first_price.unit_price,
    term.priority
from term
inner join item on term.item_id = item.item_id
inner join party on term.supplier_id = party.party_id
left join first_price on item.item_code = first_price.item_code and party.party_code = first_price.supplier_code
where not exists (select 1 from withheld where withheld.row_key = term.id)
