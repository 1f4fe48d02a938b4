/* The clocks of cases with the service level that promises their limit.

   Grain    one row per case_clock_id */
with
clock as (select * from raw.case_clock),
level as (select * from raw.service_level)

select
    clock.id as case_clock_id,
    clock.document_id as case_id,
    clock.kind as clock,
    level.code as level_code,
    level.name as level_name,
    clock.limit_minutes,
    clock.started_at,
    clock.due_at,
    clock.stopped_at,
    clock.used_seconds
from clock
inner join level on clock.level_id = level.id
