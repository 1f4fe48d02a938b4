/* What customers gave about orders and cases.

   Grain    one row per feedback_id */
with
company as (select * from staging.company),
said as (select * from staging.customer_feedback),
document as (select * from staging.document),
party as (select * from staging.party)

select
    company.company,
    said.feedback_id,
    document.kind as about_kind,
    said.about_id,
    document.number as about_number,
    document.party_id,
    party.party_code,
    party.party_name,
    said.satisfaction,
    said.recommendation,
    said.given_on
from said
inner join document on said.about_id = document.document_id
cross join company
left join party on document.party_id = party.party_id
