with routing as (
    select item_code, work_center_code, setup_minutes, run_minutes
    from marts.planning_routing
    where work_center_code is not null
    qualify row_number() over (partition by item_code, operation order by priority, work_center_code) = 1
),
capacity as (select * from marts.planning_capacity($as_of, $days)),
load as (
    select
        routing.work_center_code,
        greatest(date_trunc('week', production.start_on)::date, $as_of::date) as starts_on,
        sum(coalesce(routing.setup_minutes, 0) + coalesce(routing.run_minutes, 0) * production.open_quantity) as load_minutes,
        count(distinct production.document_id) as order_count
    from marts.production_order as production
    inner join routing on production.item_code = routing.item_code
    where production.open_quantity > 0
    group by all
)
select
    capacity.work_center_code,
    capacity.starts_on,
    capacity.minutes as capacity_minutes,
    coalesce(load.load_minutes, 0) as load_minutes,
    coalesce(load.order_count, 0) as order_count
from capacity
left join load on capacity.work_center_code = load.work_center_code and capacity.starts_on = load.starts_on
order by capacity.work_center_code, capacity.starts_on
