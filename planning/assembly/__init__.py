"""Puts a method together: netting, promises, alerts and records become the tables of one plan."""
