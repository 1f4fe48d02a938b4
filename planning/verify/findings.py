"""What the checker says: one finding, one broken promise, by rule and with its numbers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """A rule that a plan breaks: `rule` is its name, `subject` what breaks it, `message` the numbers."""

    rule: str
    subject: str
    message: str

    def __str__(self) -> str:
        """One line for a log."""
        return f"{self.rule}: {self.subject}: {self.message}"
