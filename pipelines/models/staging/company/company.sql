/* The company of this store. Marts carry its name, so that marts of several companies can be read together.

   Grain    one row in all */
select
    name as company,
    currency,
    currency_decimals,
    chart
from raw.company
