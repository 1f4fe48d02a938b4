/* Minutes of each work center in each bucket of one week: weekly minutes of a unit x units x efficiency. The first bucket begins on
   the first day of the horizon and has its share of days; the next begin on Mondays.

   Grain    work_center_code, starts_on */
with
center as (select * from marts.planning_resource),
bucket as (
    select
        greatest(monday::date, from_on::date) as starts_on,
        7 - date_diff('day', monday::date, greatest(monday::date, from_on::date)) as days
    from generate_series(
        date_trunc('week', from_on::date)::timestamp,
        (from_on::date + to_days::integer - 1)::timestamp,
        interval 7 day
    ) as week (monday)
)

select
    center.work_center_code,
    bucket.starts_on,
    (((center.weekly_minutes::decimal(38, 0) * center.units * center.efficiency * 100000000)::hugeint * bucket.days // 7) * 0.00000001)::decimal(18, 6)
        as minutes
from center
cross join bucket
