/* Lines of journal entries.

   Grain    one row per journal_line_id
   Watch    a red-letter line is negative on the side it corrects. */
select
    id as journal_line_id,
    entry_id,
    line as line_number,
    account_id,
    debit,
    credit,
    party_id,
    description
from raw.journal_line
