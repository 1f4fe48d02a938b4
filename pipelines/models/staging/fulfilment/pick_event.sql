/* What pickers reported, without who they are.

   Grain    one row per pick_event_id */
select
    id as pick_event_id,
    kind,
    order_line_id,
    pick_line_id,
    quantity,
    substituted,
    reason,
    made_at
from raw.pick_event
