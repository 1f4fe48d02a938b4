"""What a receipt says, in words; a text that the translations lack shows its key and values rather than nothing."""

from __future__ import annotations

from app.kernel.bus import Receipt
from app.kernel.i18n import MissingTextError, t


def receipt_words(receipt: Receipt, lang: str = "en") -> str:
    """The message of a receipt in a language."""
    try:
        return t(receipt.message_key, lang, **receipt.values)
    except MissingTextError:
        values = ", ".join(f"{name}={value}" for name, value in receipt.values.items())
        return f"{receipt.message_key.removeprefix('refusal.')}: {values}"
