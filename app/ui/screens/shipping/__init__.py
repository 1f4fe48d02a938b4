"""Screens of fulfilment: waves, pick lists, carriers."""
