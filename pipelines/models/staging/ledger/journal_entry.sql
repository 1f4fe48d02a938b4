/* Heads of journal entries.

   Grain    one row per entry_id */
select
    id as entry_id,
    number as entry_number,
    posted_on,
    period_id,
    document_id,
    fact,
    description,
    reverses_id
from raw.journal_entry
