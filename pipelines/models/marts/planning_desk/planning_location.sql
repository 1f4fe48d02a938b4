/* Sites with their working calendar.

   Grain    one row per site_code */
with
site as (select * from raw.site),
calendar as (select * from raw.calendar)

select
    site.code as site_code,
    calendar.code as calendar_code
from site
left join calendar on site.calendar_id = calendar.id
