"""The general ledger: what a fact means in money, periods and their locks, manual entries, reversal.

Invariants: an entry balances to the last minor unit and lies in an open period, checked by the database where it is sealed; what is
posted is corrected by its mirror in red, never changed.
"""
