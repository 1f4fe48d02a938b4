/* Lines of documents that may be seen.

   Grain    one row per document_line_id */
with
line as (select * from raw.document_line),
withheld as (select row_key from control.withheld where table_name = 'document_line')

select
    id as document_line_id,
    document_id,
    line as line_number,
    kind as line_kind,
    item_id,
    description,
    quantity,
    unit_price,
    discount_rate,
    net_amount,
    tax_amount,
    source_line_id,
    location_id,
    to_location_id,
    supplier_id,
    lot_id,
    due_on,
    promised_on,
    reserved_quantity,
    fulfilled_quantity,
    invoiced_quantity,
    invoiced_amount,
    returned_quantity,
    creditable_quantity,
    credited_quantity,
    stock_value,
    closed
from line
where not exists (select 1 from withheld where withheld.row_key = line.id)
