"""NAMES: the one vocabulary of the product. Every other room imports from here; this room imports no other."""
