"""What the analytical store is made of: which operational columns travel there, and how its marts are called.

The marts themselves are SQL with a page of their own each (pipelines/models); Python that reads them takes names from here.
"""

from schemas.marts.travel import DECIMAL_DIGITS, Kind, TravelColumn, TravelTable, travelling_tables

__all__ = ["DECIMAL_DIGITS", "Kind", "TravelColumn", "TravelTable", "travelling_tables"]
