/* Customers and suppliers; contact data stays in the operational store.

   Grain    one row per party_id */
select
    id as party_id,
    code as party_code,
    name as party_name,
    is_customer,
    is_supplier,
    country,
    customer_class,
    credit_limit
from raw.party
