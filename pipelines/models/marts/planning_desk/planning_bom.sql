/* Structure lines with the span in which both their revision and they themselves are effective, for one unit of the parent.

   Grain    parent_item_code, revision, line_number
   Watch    quantity_per is divided by the revision's base quantity, rounded up to 6 decimals: never too little material. */
with
item as (select * from staging.item where active and not withheld),
bom as (select * from raw.bom),
line as (select * from raw.bom_line),
withheld as (select table_name, row_key from control.withheld),
span as (
    select
        bom.item_id as parent_id,
        bom.revision,
        bom.base_quantity,
        line.line,
        line.component_id,
        line.quantity_per,
        line.scrap_factor,
        line.fixed_quantity,
        greatest(bom.effective_from, coalesce(line.effective_from, bom.effective_from)) as effective_from,
        nullif(least(coalesce(bom.effective_to, date '9999-12-31'), coalesce(line.effective_to, date '9999-12-31')), date '9999-12-31') as effective_to,
        line.operation,
        line.alternate_group,
        line.priority,
        line.kind
    from line
    inner join bom on line.bom_id = bom.id
    where not exists (select 1 from withheld where withheld.table_name = 'bom_line' and withheld.row_key = line.id)
        and not exists (select 1 from withheld where withheld.table_name = 'bom' and withheld.row_key = bom.id)
)

select
    parent.item_code as parent_item_code,
    span.revision,
    span.line as line_number,
    component.item_code as component_item_code,
    case
        when span.base_quantity = 1 then span.quantity_per
        else (
            ((span.quantity_per * 1000000)::hugeint * 1000000 + (span.base_quantity * 1000000)::hugeint - 1)
            // (span.base_quantity * 1000000)::hugeint * 0.000001
        )
    end::decimal(19, 6) as quantity_per,
    span.scrap_factor,
    span.fixed_quantity,
    span.effective_from,
    span.effective_to,
    span.operation,
    span.alternate_group,
    span.priority,
    span.kind
from span
inner join item as parent on span.parent_id = parent.item_id
inner join item as component on span.component_id = component.item_id
where span.effective_to is null or span.effective_to > span.effective_from
