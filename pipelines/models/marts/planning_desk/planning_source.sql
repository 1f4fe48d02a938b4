/* Suppliers of each item with their terms; the price is the present price for the least quantity. Who makes an item of components
   that we provide is told as a way of making it with his lead time: the package has no word for buying with components. A plant
   draws what it takes for the items that are asked for there from the main site, which holds and plans it as before.

   Grain    item_code, site_code, supplier_code
   Watch    what a plant makes for itself is not drawn; a phantom is passed through to what it consists of. Moving takes no time. */
with recursive
item as (select * from staging.item where active and not withheld),
party as (select * from staging.party),
term as (select * from raw.supplier_item where active),
price as (select * from marts.planning_price_break),
withheld as (select row_key from control.withheld where table_name = 'supplier_item'),
first_price as (select item_code, supplier_code, arg_min(unit_price, from_quantity) as unit_price from price group by all),
component as (select distinct parent_item_code, component_item_code from marts.planning_bom where kind = 'component'),
made as (select distinct item_code, site_code from marts.planning_demand where site_code <> 'MAIN'),
taken as (
    select made.site_code, component.component_item_code as item_code
    from made
    inner join component on made.item_code = component.parent_item_code
    union
    select taken.site_code, component.component_item_code
    from taken
    inner join item on taken.item_code = item.item_code
    inner join component on taken.item_code = component.parent_item_code
    where item.phantom
)

select
    item.item_code,
    'MAIN' as site_code,
    case when term.components_provided then 'make' else 'buy' end as method,
    party.party_code as supplier_code,
    case when not term.components_provided then party.party_code end as bought_from,
    null as from_site_code,
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
union all
select
    taken.item_code,
    taken.site_code,
    'transfer',
    null,
    null,
    'MAIN',
    0,
    null,
    null,
    null,
    null,
    1
from taken
inner join item on taken.item_code = item.item_code
left join made on taken.item_code = made.item_code and taken.site_code = made.site_code
where made.item_code is null and not item.phantom
