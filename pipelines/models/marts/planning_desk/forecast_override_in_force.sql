/* What people said weeks of the forecast shall be: of each week the last word, unless it was withdrawn.

   Grain    override */
with
said as (
    select *
    from raw.forecast_override
    qualify override_number = max(override_number) over (partition by item_id, site_code, customer_group, period_start)
),
item as (select * from staging.item)

select
    said.id::varchar as override,
    item.item_code,
    said.site_code,
    said.customer_group,
    said.period_start,
    said.before,
    said.after
from said
inner join item on said.item_id = item.item_id
where said.after is not null
