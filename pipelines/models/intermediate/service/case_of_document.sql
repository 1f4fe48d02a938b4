/* Each document that a case led to, with the shipments of the orders among them and the credits of its claims, by the case.

   Grain    one row per document_id
   Watch    as the cost of quality of the operational store counts: of several cases the first. */
with
link as (select from_id, to_id, kind from raw.document_link),
document as (select id, kind from raw.document),
direct as (select to_id as document_id, from_id as case_id from link where kind = 'service'),
shipped as (
    select sent.to_id as document_id, direct.case_id
    from direct
    inner join link as sent on direct.document_id = sent.from_id and sent.kind = 'fulfilment'
),
credited as (
    select credit.to_id as document_id, claim.from_id as case_id
    from link as claim
    inner join document as about on claim.from_id = about.id and about.kind = 'service_case'
    inner join link as credit on claim.to_id = credit.from_id and credit.kind = 'credit'
    where claim.kind = 'claim'
)

select document_id, min(case_id) as case_id
from (select * from direct union select * from shipped union select * from credited)
group by document_id
