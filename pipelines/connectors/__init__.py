"""Connectors, one folder a system: read.py does the I/O, translate.py turns rows into commands and names what it must refuse."""
