/* The clocks of cases: what was promised, what it took, and when a running one reaches its limit.

   Grain    one row per case_clock_id
   Watch    a stopped clock says whether it was kept. A running one is broken from the moment that it is due; that it waits for the
            customer has no due moment. */
with
clock as (select * from staging.case_clock),
service_case as (select * from marts.service_case)

select
    service_case.company,
    clock.case_clock_id,
    clock.case_id as document_id,
    service_case.case_number,
    service_case.case_kind,
    service_case.priority,
    service_case.party_id,
    service_case.party_code,
    service_case.party_name,
    service_case.opened_on,
    clock.level_code,
    clock.level_name,
    clock.clock,
    clock.limit_minutes,
    clock.used_seconds,
    clock.stopped_at,
    clock.due_at,
    case when clock.used_seconds is not null then clock.used_seconds <= clock.limit_minutes * 60 end as kept
from clock
inner join service_case on clock.case_id = service_case.document_id
