"""The command line: the same commands and queries as every other door, and the operator's work on a store."""
