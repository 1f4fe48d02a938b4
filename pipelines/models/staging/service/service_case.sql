/* Cases of after-sales, without whom to talk to.

   Grain    one row per case_id, which is its document */
select
    id as case_id,
    case_kind,
    against_id,
    outcome
from raw.service_case
