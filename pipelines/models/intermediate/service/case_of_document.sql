/* Each document that a case led to, with the shipments of the orders among them, by the case.

   Grain    one row per document_id
   Watch    as the cost of quality of the operational store counts: of several cases the first. */
with
link as (select from_id, to_id, kind from raw.document_link),
direct as (select to_id as document_id, from_id as case_id from link where kind = 'service'),
shipped as (
    select sent.to_id as document_id, direct.case_id
    from direct
    inner join link as sent on direct.document_id = sent.from_id and sent.kind = 'fulfilment'
)

select document_id, min(case_id) as case_id
from (select * from direct union select * from shipped)
group by document_id
