/* Cases of after-sales with when they were opened and over, and what they are about.

   Grain    one row per document_id
   Watch    a case is over when it was settled or rejected for good; a step back opens it again. What is open is open, inspected or
            decided. */
with
company as (select * from staging.company),
document as (select * from staging.document where kind = 'service_case'),
service_case as (select * from staging.service_case),
against as (select * from staging.document),
party as (select * from staging.party),
step as (select *, state in ('open', 'inspected', 'decided') as is_open from raw.case_step),
reopened as (select document_id, max(id) as step_id from step where is_open group by document_id),
over as (
    select step.document_id, arg_min(step.made_on, step.id) as ended_on
    from step
    left join reopened on step.document_id = reopened.document_id
    where not step.is_open and step.id > coalesce(reopened.step_id, 0)
    group by step.document_id
),
goods as (
    select document_id, count(*) as line_count, sum(quantity) as quantity
    from staging.document_line
    group by document_id
)

select
    company.company,
    document.document_id,
    document.number as case_number,
    document.state,
    service_case.case_kind,
    document.reason_code,
    document.priority,
    service_case.outcome,
    document.document_on as opened_on,
    over.ended_on,
    document.state in ('open', 'inspected', 'decided') as is_open,
    date_diff('day', document.document_on, over.ended_on) as days_to_end,
    document.party_id,
    party.party_code,
    party.party_name,
    party.customer_class,
    against.kind as against_kind,
    against.document_id as against_id,
    against.number as against_number,
    coalesce(goods.line_count, 0) as line_count,
    coalesce(goods.quantity, 0) as quantity
from document
inner join service_case on document.document_id = service_case.case_id
cross join company
left join over on document.document_id = over.document_id and document.state not in ('open', 'inspected', 'decided')
left join against on service_case.against_id = against.document_id
left join party on document.party_id = party.party_id
left join goods on document.document_id = goods.document_id
