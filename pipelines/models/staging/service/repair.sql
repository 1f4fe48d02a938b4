/* Repairs, without what people wrote about them.

   Grain    one row per repair_id, which is its document */
select
    id as repair_id,
    case_line_id,
    received_on,
    returned_on,
    warranty_until,
    coalesce(warranty_until >= received_on, false) as under_warranty
from raw.repair_order
