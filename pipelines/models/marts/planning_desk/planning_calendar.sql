/* Working hours: the weekly pattern of each calendar, and the days that are different. A day off covers the whole day; a
   working day that is an exception works the hours of the calendar's first working weekday.

   Grain    calendar_code, weekday, from_time, starts_at */
with
calendar as (select * from raw.calendar),
exception as (select * from raw.calendar_exception),
day as (
    select * from (values (1, 'mon'), (2, 'tue'), (3, 'wed'), (4, 'thu'), (5, 'fri'), (6, 'sat'), (7, 'sun')) as day (weekday, key)
),
pattern as (
    select
        calendar.id as calendar_id,
        calendar.code as calendar_code,
        day.weekday,
        unnest(from_json(json_extract(calendar.weekly_hours, '$.' || day.key), '[["VARCHAR"]]')) as span
    from calendar
    cross join day
    where json_extract(calendar.weekly_hours, '$.' || day.key) is not null
),
first_day as (select calendar_id, min(weekday) as weekday from pattern group by calendar_id)

select
    calendar_code,
    weekday,
    span[1] as from_time,
    span[2] as to_time,
    null::timestamp as starts_at,
    null::timestamp as ends_at,
    true as available
from pattern
union all
select calendar.code, null, null, null, exception.on_date::timestamp, exception.on_date::timestamp + interval 1 day, false
from exception
inner join calendar on exception.calendar_id = calendar.id
where not exception.working
union all
select
    calendar.code,
    null,
    null,
    null,
    exception.on_date + pattern.span[1]::time,
    exception.on_date + pattern.span[2]::time,
    true
from exception
inner join calendar on exception.calendar_id = calendar.id
inner join first_day on calendar.id = first_day.calendar_id
inner join pattern on first_day.calendar_id = pattern.calendar_id and first_day.weekday = pattern.weekday
where exception.working
