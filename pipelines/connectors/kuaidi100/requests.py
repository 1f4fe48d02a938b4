"""What we ask Kuaidi100, signed: to push the news of a parcel, or for its news once; and what its pushes and answers carry.

Source: the vendor's own examples (kuaidi100-api). A subscription carries the key inside `param`; a query is signed over param, key
and customer number. Some carriers, SF among them, answer only to the last four digits of the receiver's phone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, urlencode

from pipelines.connectors.kuaidi100.signature import is_signed_push, query_signature

SUBSCRIBE_PATH: Final = "/poll"
QUERY_PATH: Final = "/poll/query.do"
HOST: Final = "https://poll.kuaidi100.com"
ACCEPTED: Final = '{"result":true,"returnCode":"200","message":"成功"}'
_REPEATED: Final = "501"
_TAIL_DIGITS: Final = 4


@dataclass(frozen=True)
class Asked:
    """A parcel to ask about.

    Attributes:
        company: the vendor's code of the carrier, e.g. `shunfeng`.
        phone: of the receiver; its last four digits are sent.
    """

    company: str
    number: str
    phone: str | None = None

    @property
    def phone_tail(self) -> str | None:
        """The last four digits of the phone; None where it has fewer."""
        digits = "".join(character for character in self.phone or "" if character in "0123456789")
        return digits[-_TAIL_DIGITS:] if len(digits) >= _TAIL_DIGITS else None


def subscription(asked: Asked, *, key: str, callback: str, salt: str) -> bytes:
    """The form that subscribes to a parcel's news."""
    parameters = {"callbackurl": callback, "salt": salt, "resultv2": "1", "phone": asked.phone_tail}
    known = {name: value for name, value in parameters.items() if value}
    param = {"company": asked.company, "number": asked.number, "key": key, "parameters": known}
    return urlencode({"schema": "json", "param": _written(param)}).encode()


def query(asked: Asked, *, key: str, customer: str) -> bytes:
    """The form that asks for a parcel's news once."""
    given = {"com": asked.company, "num": asked.number, "phone": asked.phone_tail, "resultv2": "1"}
    param = _written({name: value for name, value in given.items() if value})
    return urlencode({"customer": customer, "sign": query_signature(param, key, customer), "param": param}).encode()


def is_accepted(answer: bytes) -> bool:
    """Whether a subscription was accepted, now or before.

    >>> is_accepted(b'{"result":true,"returnCode":"200"}'), is_accepted(b'{"result":false,"returnCode":"700"}')
    (True, False)
    """
    try:
        said: Any = json.loads(answer)
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and (said.get("result") is True or str(said.get("returnCode")) == _REPEATED)


def pushed_param(body: bytes) -> tuple[str, str | None] | None:
    """The fields `param` and `sign` of a push, each exactly once; None where it is no such form."""
    try:
        fields = parse_qs(
            body.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=20, errors="strict"
        )
    except (ValueError, UnicodeError):
        return None
    params, signs = fields.get("param", []), fields.get("sign", [])
    return (params[0], signs[0]) if len(params) == 1 and len(signs) == 1 else None


def is_push_of(body: bytes, salt: str) -> bool:
    """Whether the one who knows the salt sent a push; only the received text is looked at."""
    fields = pushed_param(body)
    return fields is not None and is_signed_push(fields[0], fields[1], salt)


def answered_param(answer: bytes) -> str:
    """The answer to a query in the form of a push's `param`, so that one translation reads both."""
    return '{"status":"polling","lastResult":' + answer.decode("utf-8", "replace") + "}"


def _written(given: dict[str, Any]) -> str:
    return json.dumps(given, ensure_ascii=False, separators=(",", ":"))
