"""Money: invoices, bills and payments, journal entries, periods and accounts."""
