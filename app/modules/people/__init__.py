"""People: departments and employees. Identity numbers and pay are encrypted in the store and masked wherever they are read."""
