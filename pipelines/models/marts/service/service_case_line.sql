/* What cases are about, item by item.

   Grain    one row per document_line_id */
with
line as (select * from staging.document_line),
service_case as (select * from marts.service_case),
item as (select * from staging.item)

select
    service_case.company,
    line.document_line_id,
    line.document_id,
    service_case.case_number,
    line.line_number,
    service_case.state,
    service_case.case_kind,
    service_case.reason_code,
    service_case.opened_on,
    service_case.ended_on,
    service_case.is_open,
    service_case.days_to_end,
    service_case.party_id,
    service_case.party_code,
    service_case.party_name,
    line.item_id,
    item.item_code,
    item.item_name,
    item.item_name_zh,
    item.category_code,
    item.unit_code,
    line.quantity
from line
inner join service_case on line.document_id = service_case.document_id
left join item on line.item_id = item.item_id
