"""DECIDES: tables of a planning package in, tables of a plan out; no store, no screen, no clock."""
