"""What a person reads, in his language: texts, numbers, dates and money in English, Simplified and Traditional Chinese.

Decides which language a request gets, which text a key stands for, and how a value is written in that
language. A text is one entry `<area>.<name>` in data/reference/translations/<language>/<area>.json; the
field's own nouns are `term.<key>` and come from data/reference/glossary.json, so that a word is translated
once. A text that is missing raises: it never falls back to another language or to its key. Which wording is
right is left to the glossary; what a screen shows is left to the screen; locale data is Babel's (CLDR).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal

from babel import Locale
from babel.core import negotiate_locale
from babel.dates import format_date, format_skeleton, format_time, get_datetime_format
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_symbol, parse_decimal

Language = Literal["en", "zh-Hans", "zh-Hant"]

LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh-Hans", "zh-Hant")
DEFAULT_LANGUAGE: Final[Language] = "en"
ENDONYMS: Final[Mapping[Language, str]] = MappingProxyType(
    {"en": "English", "zh-Hans": "简体中文", "zh-Hant": "繁體中文"}
)

REFERENCE: Final = Path(__file__).resolve().parents[2] / "data" / "reference"

_LOCALE: Final[Mapping[str, str]] = {"en": "en_US", "zh-Hans": "zh_Hans_CN", "zh-Hant": "zh_Hant_TW"}
_GLOSSARY_COLUMN: Final[Mapping[str, str]] = {"en": "en", "zh-Hans": "zh_hans", "zh-Hant": "zh_hant"}
_ASKED: Final[Mapping[str, Language]] = {
    "en": "en",
    "zh": "zh-Hans",
    "zh_cn": "zh-Hans",
    "zh_sg": "zh-Hans",
    "zh_my": "zh-Hans",
    "zh_hans": "zh-Hans",
    "zh_tw": "zh-Hant",
    "zh_hk": "zh-Hant",
    "zh_mo": "zh-Hant",
    "zh_hant": "zh-Hant",
}

_SPOKEN: Final = ("refusal.", "receipt.")
_NAMES_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "what": ("what", "kind"),
    "kind": ("kind", "location_kind"),
    "state": ("state",),
    "before": ("state",),
    "after": ("state",),
    "wanted": ("state", "kind"),
    "role": ("what", "role"),
    "reason": ("reason",),
    "basis": ("allocation_basis",),
    "status": ("stock_status",),
}
_HOME_SIGN: Final[Mapping[str, str]] = {"CNY": "¥", "JPY": "¥", "USD": "$", "HKD": "$", "TWD": "$", "SGD": "$"}

Text = str | Mapping[str, str]
Argument = Any


class MissingTextError(LookupError):
    """A key has no text in a language, or a text names an argument that was not given."""


@cache
def texts(language: str) -> Mapping[str, Text]:
    """All texts of one language by key, read once per process."""
    if language not in LANGUAGES:
        raise MissingTextError(f"Language {language!r} is not one of {', '.join(LANGUAGES)}.")
    found: dict[str, Text] = {}
    for path in sorted((REFERENCE / "translations" / language).glob("*.json")):
        for name, text in json.loads(path.read_text(encoding="utf-8")).items():
            found[f"{path.stem}.{name}"] = text
    for term in json.loads((REFERENCE / "glossary.json").read_text(encoding="utf-8")):
        found[f"term.{term['key']}"] = term[_GLOSSARY_COLUMN[language]]
    return MappingProxyType(found)


def t(key: str, lang: str, **args: Argument) -> str:
    """The text of a key, with its arguments written as the language writes them.

    A text with plural forms is an object of CLDR categories and is chosen by the argument `count`.

    Raises:
        MissingTextError: no text for the key, or an argument of the text is missing.

    >>> t("term.sales_order", "zh-Hant")
    '銷售訂單'
    """
    try:
        text = texts(lang)[key]
    except KeyError:
        raise MissingTextError(f"Text {key!r} is missing in {lang}; add it to data/reference/translations.") from None
    if not isinstance(text, str):
        text = _plural_form(key, text, lang, args)
    if not args:
        return text
    named = {name: _in_words(name, value, lang) for name, value in args.items()} if key.startswith(_SPOKEN) else args
    written = {name: _written(value, lang) for name, value in named.items()}
    try:
        return text.format_map(written)
    except KeyError as missing:
        raise MissingTextError(f"Text {key!r} in {lang} needs the argument {missing}.") from None


def has_text(key: str, lang: str) -> bool:
    """Whether a key has a text; for names that come from data, such as a state or an account role."""
    return key in texts(lang)


def _in_words(name: str, value: Argument, lang: str) -> Argument:
    """The language's words for a value of a receipt or a refusal that names a kind, a state or a thing by its code.

    >>> _in_words("wanted", "confirmed, closed", "en")
    'Confirmed, Closed'
    """
    areas = _NAMES_OF.get(name, ())
    if not areas or not isinstance(value, str):
        return value
    known = texts(lang)
    words = [next((known[k] for a in areas if (k := f"{a}.{part}") in known), part) for part in value.split(", ")]
    return (", " if lang == "en" else "、").join(str(word) for word in words)


def _plural_form(key: str, forms: Mapping[str, str], lang: str, args: Mapping[str, Argument]) -> str:
    count = args.get("count")
    if not isinstance(count, int | Decimal):
        raise MissingTextError(f"Text {key!r} has plural forms and needs the argument 'count'.")
    return forms.get(locale_of(lang).plural_form(count)) or forms["other"]


def _written(value: Argument, lang: str) -> str:
    if isinstance(value, datetime):
        return format_moment(value, lang)
    if isinstance(value, date):
        return format_day(value, lang)
    if isinstance(value, Decimal):
        return format_quantity(value, lang)
    if isinstance(value, int) and not isinstance(value, bool):
        return format_number(value, lang)
    return str(value)


@cache
def locale_of(lang: str) -> Locale:
    """The CLDR locale that stands for one of our languages."""
    return Locale.parse(_LOCALE[lang])


def language_of(tag: str | None) -> Language | None:
    """The language that a tag such as `zh-TW` or `en_GB` asks for, or None where we do not speak it.

    >>> language_of("zh-HK"), language_of("en-GB"), language_of("fr")
    ('zh-Hant', 'en', None)
    """
    if not tag:
        return None
    matched = negotiate_locale([tag.strip().replace("-", "_").lower()], list(_ASKED))
    if matched is None:
        parts = tag.strip().replace("-", "_").lower().split("_")
        matched = next(("_".join(parts[:n]) for n in range(len(parts), 0, -1) if "_".join(parts[:n]) in _ASKED), None)
    return _ASKED.get(matched.lower()) if matched else None


def negotiated(*wishes: str | None, accept_language: str | None = None) -> Language:
    """The first wish we can speak, then the browser's list by its weights, then English.

    >>> negotiated(None, accept_language="fr;q=0.9, zh-TW;q=0.8, en;q=0.5")
    'zh-Hant'
    """
    for wish in (*wishes, *_weighted(accept_language)):
        language = language_of(wish)
        if language is not None:
            return language
    return DEFAULT_LANGUAGE


def _weighted(accept_language: str | None) -> list[str]:
    weighted: list[tuple[float, int, str]] = []
    for index, part in enumerate((accept_language or "")[:500].split(",")):
        tag, _, weight = part.strip().partition(";q=")
        try:
            weighted.append((-float(weight) if weight else -1.0, index, tag))
        except ValueError:
            continue
    return [tag for _, _, tag in sorted(weighted)]


def format_number(value: int | Decimal, lang: str, *, decimals: int | None = None) -> str:
    """A number with the language's separators; all its decimals unless a count is given.

    >>> format_number(Decimal("-1234567.50"), "en", decimals=2)
    '-1,234,567.50'
    """
    if decimals is None:
        exponent = value.as_tuple().exponent if isinstance(value, Decimal) else 0
        decimals = max(0, -exponent) if isinstance(exponent, int) else 0
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(value, format=pattern, locale=locale_of(lang))


def format_quantity(value: Decimal, lang: str) -> str:
    """A quantity without the zeros that say nothing.

    >>> format_quantity(Decimal("12.500000"), "en")
    '12.5'
    """
    return format_decimal(value, format="#,##0.######", locale=locale_of(lang))


def format_price(value: Decimal, lang: str) -> str:
    """A price with two decimals, or with as many as it has.

    >>> format_price(Decimal("3"), "en"), format_price(Decimal("0.12500000"), "en")
    ('3.00', '0.125')
    """
    return format_decimal(value, format="#,##0.00######", locale=locale_of(lang))


def format_money(
    value: Decimal,
    currency: str,
    lang: str,
    *,
    style: Literal["plain", "code", "statement"] = "code",
    home: str | None = None,
) -> str:
    """An amount: plain, with its currency's sign, or as a statement shows it.

    A statement writes zero as a dash and, in English, a negative in brackets. The currency of one's own books (`home`)
    needs no country before its sign.

    >>> format_money(Decimal("1200"), "CNY", "en"), format_money(Decimal("1200"), "CNY", "en", home="CNY")
    ('CN¥1,200.00', '¥1,200.00')

    >>> format_money(Decimal("-1200"), "CNY", "en", style="statement")
    '(1,200.00)'
    >>> format_money(Decimal("0"), "CNY", "en", style="statement")
    '–'
    """
    locale = locale_of(lang)
    if style == "code":
        shown = format_currency(value, currency, locale=locale)
        sign = _HOME_SIGN.get(currency) if currency == home else None
        return shown.replace(get_currency_symbol(currency, locale=locale), sign) if sign else shown
    if style == "statement" and value == 0:
        return "–"
    pattern = "#,##0.00;(#,##0.00)" if style == "statement" and lang == "en" else "#,##0.00"
    return format_currency(value, currency, format=pattern, locale=locale)


def currency_sign(currency: str, lang: str) -> str:
    """The sign that readers of the language know the currency by."""
    return get_currency_symbol(currency, locale=locale_of(lang))


def format_share(value: Decimal, lang: str, *, decimals: int = 1) -> str:
    """A share of one as a percentage.

    >>> format_share(Decimal("0.125"), "en")
    '12.5%'
    """
    return format_percent(
        value, format="#,##0" + ("." + "0" * decimals if decimals else "") + "%", locale=locale_of(lang)
    )


def format_day(value: date, lang: str, *, weekday: bool = False) -> str:
    """A date as the language writes it, with its weekday where planning needs it.

    >>> format_day(date(2026, 11, 22), "zh-Hans", weekday=True)
    '2026年11月22日周日'
    """
    if not weekday:
        return format_date(value, format="medium", locale=locale_of(lang))
    pattern = "EEE, MMM d, y" if lang == "en" else "y年M月d日EEE"
    return format_date(value, format=pattern, locale=locale_of(lang))


def format_month(value: date, lang: str, *, year: bool = True) -> str:
    """A month as the language writes it, without its year where the place says it.

    >>> format_month(date(2026, 11, 1), "zh-Hans"), format_month(date(2026, 11, 1), "en", year=False)
    ('2026年11月', 'Nov')
    """
    return format_skeleton("yMMM" if year else "MMM", value, locale=locale_of(lang))


def format_day_of_year(value: date, lang: str) -> str:
    """A day without its year, where the place says it.

    >>> format_day_of_year(date(2026, 11, 22), "en")
    'Nov 22'
    """
    return format_skeleton("MMMd", value, locale=locale_of(lang))


def format_quarter(value: date, lang: str) -> str:
    """A quarter as the language writes it.

    >>> format_quarter(date(2026, 11, 1), "en")
    'Q4 2026'
    """
    return format_skeleton("yQQQ", value, locale=locale_of(lang))


def format_moment(value: datetime, lang: str, *, zone: tzinfo | None = None) -> str:
    """An instant in the reader's time zone, to the minute.

    >>> at = datetime(2026, 3, 9, 13, 5, 59)
    >>> format_moment(at, "en").replace(chr(0x202F), " "), format_moment(at, "zh-Hans")
    ('Mar 9, 2026, 1:05 PM', '2026年3月9日 13:05')
    """
    locale = locale_of(lang)
    day = format_date(value.astimezone(zone) if zone else value, format="medium", locale=locale)
    minute = format_time(value, format="short", tzinfo=zone, locale=locale)
    return str(get_datetime_format("medium", locale)).replace("{1}", day).replace("{0}", minute)


def parsed_number(text: str, lang: str) -> Decimal:
    """The number a person typed, with the separators of his language.

    Raises:
        ValueError: the text is not a number in that language.

    >>> parsed_number("1,250.5", "en")
    Decimal('1250.5')
    """
    return parse_decimal(text.strip(), locale=locale_of(lang), strict=True)
