"""Signatures of every system against published and worked cases; a changed bit anywhere is never taken."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.connectors.easypost import signature as easypost
from pipelines.connectors.kuaidi100 import signature as kuaidi100
from pipelines.connectors.shopify import signature as shopify
from pipelines.connectors.wecom import signature as wecom
from pipelines.connectors.wecom.sealing import NotSealedForUs, key_of, opened, sealed
from pipelines.connectors.woocommerce import signature as woocommerce
from tests.conftest import shared_folder

_CASES = shared_folder() / "domain" / "cases" / "webhook_crypto.json"
_VECTORS = shared_folder() / "data" / "payloads" / "wecom" / "vectors.json"


def read(file: Path) -> Any:
    """A file of shared data; a fresh clone may lack it."""
    if not file.exists():
        # A fresh clone may lack the shared folder; the cases of our own in this file run everywhere.
        pytest.skip(f"{file} is not here; set TALLYWORKS_SHARED")
    return json.loads(file.read_text(encoding="utf-8"))


def case(name: str) -> tuple[dict[str, str], dict[str, str]]:
    """Inputs and expected answers of a worked case."""
    found = next(entry for entry in read(_CASES)["cases"] if entry["id"] == name)
    return found["inputs"], found["expected"]


def test_wecom_verifies_an_address_with_the_plain_text() -> None:
    given_, expected = case("SEC-01")
    echo = given_["echostr"]
    assert wecom.signature_of(given_["token"], given_["timestamp"], given_["nonce"], echo) == expected["msg_signature"]
    assert wecom.is_signed(expected["msg_signature"], given_["token"], given_["timestamp"], given_["nonce"], echo)
    assert opened(echo, given_["encoding_aes_key"], given_["receive_id"]).decode() == expected["echo_plain"]


def test_wecom_opens_a_message() -> None:
    given_, expected = case("SEC-02")
    assert (
        wecom.signature_of(*(given_[n] for n in ("token", "timestamp", "nonce", "encrypt")))
        == expected["msg_signature"]
    )
    assert opened(given_["encrypt"], given_["encoding_aes_key"], given_["receive_id"]).decode() == expected["plain"]


def test_an_official_account_signs_three_parts() -> None:
    given_, expected = case("SEC-06")
    parts = [given_[name] for name in ("token", "timestamp", "nonce")]
    assert wecom.signature_of(*parts) == expected["signature"]
    assert wecom.is_signed(expected["signature"], *parts)
    assert wecom.signature_of(*parts, given_["with_encrypt"]) == expected["msg_signature_with_encrypt"]
    assert wecom.signature_of("123", "345") == expected["sha1_of_123_345"]


def test_shopify_signs_a_sorted_query() -> None:
    given_, expected = case("SEC-07")
    parameters = dict(pair.split("=", 1) for pair in reversed(given_["sorted_query_without_hmac"].split("&")))
    assert shopify.query_signature(parameters, given_["secret"]) == expected["hmac_hex"]
    assert shopify.is_signed_query({**parameters, "hmac": expected["hmac_hex"]}, given_["secret"])
    assert not shopify.is_signed_query({**parameters, "shop": "other", "hmac": expected["hmac_hex"]}, given_["secret"])


def test_kuaidi100_signs_a_query() -> None:
    given_, expected = case("SEC-11")
    assert kuaidi100.query_signature(given_["param"], given_["key"], given_["customer"]) == expected["sign"]
    assert kuaidi100.is_signed_push("{}", kuaidi100.push_signature("{}", "salt").lower(), "salt")
    assert not kuaidi100.is_signed_push("{} ", kuaidi100.push_signature("{}", "salt"), "salt")


@pytest.mark.parametrize("number", range(4))
def test_wecom_agrees_with_published_vectors(number: int) -> None:
    vector = read(_VECTORS)[number]
    text = vector.get("echostr") or vector["encrypt"]
    parts = [vector[name] for name in ("token", "timestamp", "nonce")]
    assert wecom.is_signed(vector["msg_signature"], *parts, text)
    assert opened(text, vector["encoding_aes_key"], vector["receive_id"]).decode() == vector["plain"]
    with pytest.raises(NotSealedForUs, match="another receiver"):
        opened(text, vector["encoding_aes_key"], "wx0000000000000000")


def test_wecom_seals_as_the_published_vector_does() -> None:
    vector = next(entry for entry in read(_VECTORS) if "random16" in entry["name"])
    answer = sealed(vector["plain"].encode(), vector["encoding_aes_key"], vector["receive_id"], b"1234567890123456")
    assert answer == vector["encrypt"]


_KEY = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"


@given(message=st.binary(max_size=200), random=st.binary(min_size=16, max_size=16))
def test_what_was_sealed_opens_to_the_same(message: bytes, random: bytes) -> None:
    assert opened(sealed(message, _KEY, "corp", random), _KEY, "corp") == message


@given(text=st.one_of(st.binary(max_size=100).map(lambda raw: base64.b64encode(raw).decode()), st.text(max_size=60)))
def test_what_nobody_sealed_never_opens(text: str) -> None:
    with pytest.raises(NotSealedForUs):
        opened(text, _KEY, "corp")


@pytest.mark.parametrize("key", ["", "short", "*" * 43, _KEY + "="])
def test_what_is_no_key_is_said_to_be_none(key: str) -> None:
    with pytest.raises(ValueError, match="EncodingAESKey"):
        key_of(key)


@pytest.mark.parametrize("system", [shopify, woocommerce])
def test_a_body_is_known_by_the_present_or_the_previous_secret(system: Any) -> None:
    signature = system.body_signature(b'{"id": 1}', "before")
    assert system.is_signed(b'{"id": 1}', signature, ("now", "before"))
    assert not system.is_signed(b'{"id": 1}', signature, ("now",))
    for other in (None, "", "é", signature[:-1], signature.lower(), "x" * 10_000):
        assert not system.is_signed(b'{"id": 1}', other, ("now", "before"))


@pytest.mark.parametrize("system", [shopify, woocommerce])
@given(body=st.binary(min_size=1, max_size=80), data=st.data())
def test_one_changed_bit_is_not_taken(system: Any, body: bytes, data: st.DataObject) -> None:
    bit = data.draw(st.integers(0, len(body) * 8 - 1))
    changed = bytearray(body)
    changed[bit // 8] ^= 1 << bit % 8
    assert not system.is_signed(bytes(changed), system.body_signature(body, "hush"), ("hush",))


@pytest.mark.parametrize(
    ("kept", "meant"),
    [
        ("plain", "plain"),
        ("a&amp;b", "a&b"),
        ("&lt;&gt;&quot;&#039;&#39;&#x27;&#X3c;", "<>\"'''<"),
        ("&amp;amp;", "&amp;"),
        ("&copy;&#65;&", "&copy;&#65;&"),
    ],
)
def test_a_woocommerce_secret_is_decoded_as_wordpress_does(kept: str, meant: str) -> None:
    assert woocommerce.decoded_secret(kept) == meant
    signed_by_the_shop = base64.b64encode(hmac.new(meant.encode(), b"x", hashlib.sha256).digest()).decode()
    assert woocommerce.is_signed(b"x", signed_by_the_shop, (kept,))


@pytest.mark.parametrize(
    ("body", "signature", "ping"),
    [
        (b"webhook_id=17", None, True),
        (b"webhook_id=17", "c2ln", False),
        (b"webhook_id=", None, False),
        (b"webhook_id=17&id=3", None, False),
        (b'{"webhook_id": 17}', None, False),
        (b"webhook_id=" + b"9" * 21, None, False),
    ],
)
def test_only_a_bare_ping_needs_no_signature(body: bytes, signature: str | None, ping: bool) -> None:
    assert woocommerce.is_ping(body, signature) is ping


def test_easypost_signs_with_the_secret_in_one_unicode_form() -> None:
    body = b'{"description":"tracker.updated"}'
    composed, decomposed = "s\u00e9cret", "se\u0301cret"
    assert easypost.body_signature(body, composed) == easypost.body_signature(body, decomposed)
    assert easypost.is_signed(body, easypost.body_signature(body, composed), decomposed)
    assert not easypost.is_signed(body + b" ", easypost.body_signature(body, composed), composed)
