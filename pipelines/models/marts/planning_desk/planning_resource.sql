/* Work centers as the planner takes them.

   Grain    one row per work_center_code */
with
center as (select * from raw.work_center),
calendar as (select * from raw.calendar)

select
    center.code as work_center_code,
    calendar.code as calendar_code,
    center.units,
    center.efficiency,
    center.cost_per_hour,
    center.weekly_minutes
from center
left join calendar on center.calendar_id = calendar.id
