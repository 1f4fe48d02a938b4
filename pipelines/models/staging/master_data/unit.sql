/* Units of measure.

   Grain    one row per unit_id */
select
    id as unit_id,
    code as unit_code,
    decimals
from raw.unit
