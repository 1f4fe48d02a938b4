"""Reads the operational store: what changed since a position, or everything, always in one consistent snapshot."""
