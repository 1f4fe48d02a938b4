"""Make: production orders from release to completion, with what they consumed."""
