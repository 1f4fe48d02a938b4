/* Item categories with their way of valuation and the role of the account their stock stands in.

   Grain    one row per category_id */
select
    id as category_id,
    code as category_code,
    name as category_name,
    valuation_method,
    inventory_role
from raw.item_category
