with
shipped as (
    select
        case $by
            when 'day' then strftime(posted_on, '%Y-%m-%d')
            when 'month' then strftime(posted_on, '%Y-%m')
            when 'warehouse' then warehouse_code
            when 'carrier' then carrier_code
            when 'customer' then party_code
            when 'customer_class' then customer_class
            else channel
        end as code,
        case $by when 'warehouse' then warehouse_name when 'carrier' then carrier_name when 'customer' then party_name end as name,
        count(*) as shipment_count,
        sum(days_to_ship) as days_to_ship,
        count(days_to_ship) as to_ship_count,
        sum(days_to_deliver) as days_to_deliver,
        count(days_to_deliver) as delivered_count,
        sum(parcel_count) as parcel_count,
        sum(weight_kg) as weight_kg,
        sum(freight_cost) as freight_cost,
        sum(freight_charged) as freight_charged
    from marts.shipment_delivery
    where posted_on between $from_on and $to_on
        and ($warehouse_code::varchar is null or warehouse_code = $warehouse_code)
        and ($carrier_code::varchar is null or carrier_code = $carrier_code)
        and ($party_code::varchar is null or party_code = $party_code)
    group by all
),
promised as (
    select
        case $by
            when 'day' then strftime(promised_on, '%Y-%m-%d')
            when 'month' then strftime(promised_on, '%Y-%m')
            when 'warehouse' then warehouse_code
            when 'carrier' then carrier_code
            when 'customer' then party_code
            when 'customer_class' then customer_class
            else channel
        end as code,
        case $by when 'warehouse' then warehouse_name when 'carrier' then carrier_name when 'customer' then party_name end as name,
        count(*) as line_count,
        count(*) filter (where on_time) as on_time_count,
        count(*) filter (where in_full) as in_full_count
    from marts.order_line_delivery
    where promised_on between $from_on and $to_on
        and ($open_from::date is null or promised_on < $open_from or on_time)
        and ($warehouse_code::varchar is null or warehouse_code = $warehouse_code)
        and ($carrier_code::varchar is null or carrier_code = $carrier_code)
        and ($party_code::varchar is null or party_code = $party_code)
    group by all
)
select
    coalesce(shipped.code, promised.code) as code,
    coalesce(shipped.name, promised.name) as name,
    coalesce(shipped.shipment_count, 0) as shipment_count,
    control.quotient(shipped.days_to_ship, shipped.to_ship_count) as days_to_ship,
    coalesce(shipped.delivered_count, 0) as delivered_count,
    control.quotient(shipped.days_to_deliver, shipped.delivered_count) as days_to_deliver,
    coalesce(promised.line_count, 0) as line_count,
    coalesce(promised.on_time_count, 0) as on_time_count,
    control.quotient(promised.on_time_count, promised.line_count) as on_time_rate,
    coalesce(promised.in_full_count, 0) as in_full_count,
    control.quotient(promised.in_full_count, promised.line_count) as in_full_rate,
    coalesce(shipped.parcel_count, 0) as parcel_count,
    coalesce(shipped.weight_kg, 0) as weight_kg,
    coalesce(shipped.freight_cost, 0) as freight_cost,
    coalesce(shipped.freight_charged, 0) as freight_charged
from shipped
full join promised on shipped.code is not distinct from promised.code and shipped.name is not distinct from promised.name
order by code nulls last, name
limit $limit offset $offset
