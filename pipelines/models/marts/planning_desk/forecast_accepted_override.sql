/* The changes that were accepted with the forecast that was accepted last.

   Grain    item_code, site_code, customer_group, period_start */
with
accepted as (select * from marts.forecast_accepted),
held as (select * from raw.forecast_publication_override),
said as (select * from raw.forecast_override),
item as (select * from staging.item)

select
    item.item_code,
    said.site_code,
    said.customer_group,
    said.period_start,
    said.after
from held
inner join accepted on held.publication_id = accepted.publication_id
inner join said on held.override_id = said.id
inner join item on said.item_id = item.item_id
