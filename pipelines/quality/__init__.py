"""Decides what may be seen: rules over the loaded rows, quarantine for rows, a red gate for what must not be published at all.

A rule is a SQL condition that a healthy row never meets. Each refresh counts violations among the rows that changed, the full suite
among all of them; Great Expectations, in a process of its own, holds the thresholds against the counts and keeps the result.

    refuse      the warehouse is not published; the last good state stays
    quarantine  the row is withheld from the marts until it is corrected or a person releases it
    warn        shown, nothing is withheld
"""
