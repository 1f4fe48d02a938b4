"""Opens and seals WeCom messages: AES-256-CBC under a key whose first 16 bytes are the start vector, padded to 32 bytes.

The plain text is 16 random bytes, the length of the message in 4 bytes, the message, and the id of its receiver, which must be
ours. The padding counts up to 32, which a library for AES's 16-byte blocks would refuse; the key's base64 may carry spare bits.
Source: developer.work.weixin.qq.com/document/path/90968; worked cases SEC-01 and SEC-02.
"""

from __future__ import annotations

import base64
import hmac
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC

_BLOCK: Final = 32
_RANDOM: Final = 16
_LENGTH: Final = 4
_KEY_CHARACTERS: Final = 43
_LONGEST_SEALED: Final = 2_000_000


class NotSealedForUs(ValueError):
    """A sealed text that does not open: altered, for another receiver, or under another key."""


def key_of(encoding_aes_key: str) -> bytes:
    """The 32 bytes of an EncodingAESKey of 43 characters; spare bits of its last character are let go.

    Raises:
        ValueError: it is no such key.
    """
    if len(encoding_aes_key) != _KEY_CHARACTERS:
        raise ValueError(f"an EncodingAESKey has {_KEY_CHARACTERS} characters, not {len(encoding_aes_key)}")
    key = base64.b64decode(encoding_aes_key + "=")
    if len(key) != _BLOCK:
        raise ValueError("an EncodingAESKey has letters, digits, + and / only")
    return key


def opened(sealed: str, encoding_aes_key: str, receive_id: str) -> bytes:
    """Open a sealed text and return its message.

    Args:
        sealed: base64 of the cipher text; of a query parameter, already decoded so that `+` is still `+`.
        encoding_aes_key: the key as the administration page shows it.
        receive_id: our corp id, app id or suite id; the text must name it.

    Raises:
        NotSealedForUs: the text is damaged, or for somebody else.
    """
    key = key_of(encoding_aes_key)
    if len(sealed) > _LONGEST_SEALED:
        raise NotSealedForUs(f"more than {_LONGEST_SEALED} characters")
    try:
        cipher_text = base64.b64decode(sealed, validate=True)
    except ValueError as error:
        raise NotSealedForUs("not base64") from error
    if not cipher_text or len(cipher_text) % 16:
        raise NotSealedForUs("not whole blocks")
    decryptor = Cipher(AES256(key), CBC(key[:16])).decryptor()
    plain = decryptor.update(cipher_text) + decryptor.finalize()
    plain = _without_padding(plain)[_RANDOM:]
    length = int.from_bytes(plain[:_LENGTH], "big")
    message, receiver = plain[_LENGTH : _LENGTH + length], plain[_LENGTH + length :]
    if len(plain) < _LENGTH or len(message) != length:
        raise NotSealedForUs("the length does not fit")
    if not hmac.compare_digest(receiver, receive_id.encode()):
        raise NotSealedForUs("for another receiver")
    return message


def sealed(message: bytes, encoding_aes_key: str, receive_id: str, random: bytes) -> str:
    """Seal a message for a receiver, the reverse of `opened`.

    Args:
        message: what is sealed.
        encoding_aes_key: the key as the administration page shows it.
        receive_id: the receiver's id.
        random: 16 bytes of chance.
    """
    assert len(random) == _RANDOM, len(random)
    key = key_of(encoding_aes_key)
    plain = random + len(message).to_bytes(_LENGTH, "big") + message + receive_id.encode()
    missing = _BLOCK - len(plain) % _BLOCK
    encryptor = Cipher(AES256(key), CBC(key[:16])).encryptor()
    cipher_text = encryptor.update(plain + bytes([missing]) * missing) + encryptor.finalize()
    return base64.b64encode(cipher_text).decode()


def _without_padding(plain: bytes) -> bytes:
    count = plain[-1]
    if not 1 <= count <= _BLOCK or len(plain) < count or plain[-count:] != bytes([count]) * count:
        raise NotSealedForUs("the padding does not fit")
    return plain[:-count]
