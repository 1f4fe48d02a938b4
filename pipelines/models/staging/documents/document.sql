/* Documents that may be seen: orders in quarantine are left out until released or corrected.

   Grain    one row per document_id
   Watch    only orders can be withheld; a posted document stands in the ledgers and is never hidden. */
with
document as (select * from raw.document),
withheld as (select row_key from control.withheld where table_name = 'document')

select
    id as document_id,
    kind,
    number,
    state,
    party_id,
    site_id,
    item_id,
    quantity,
    fulfilled_quantity,
    document_on,
    due_on,
    start_on,
    posted_on,
    currency,
    exchange_rate,
    net_amount,
    tax_amount,
    total_amount,
    channel,
    external_number,
    reason_code,
    priority,
    reverses_id,
    created_at
from document
where not exists (select 1 from withheld where withheld.row_key = document.id)
