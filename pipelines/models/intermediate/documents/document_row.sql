/* Lines with what their document says, and nothing looked up besides: the lean ground of sums and pages over many lines.

   Grain    one row per document_line_id */
with
line as (select * from staging.document_line),
document as (select * from staging.document)

select
    line.document_line_id,
    line.document_id,
    document.kind,
    document.state,
    document.party_id,
    document.document_on,
    document.posted_on,
    document.currency,
    line.line_number,
    line.line_kind,
    line.item_id,
    line.quantity,
    line.fulfilled_quantity,
    line.closed,
    line.net_amount,
    line.stock_value,
    line.source_line_id
from line
inner join document on line.document_id = document.document_id
