"""Colour, type and space of the screens: one accent, greys, four states, one palette for series.

The categorical palette is Okabe and Ito's, ordered so that neighbours differ in lightness too and shifted for each
ground; states are never told by colour alone. Fonts are those of the reader's system with Chinese companions; nothing
is fetched. What the options cannot say is said once in `widgets/style.css`.
"""

from __future__ import annotations

from typing import Any, Final

LATIN: Final = "Inter, 'Segoe UI', system-ui, -apple-system, 'Helvetica Neue'"
SIMPLIFIED: Final = "'Noto Sans SC', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei'"
TRADITIONAL: Final = "'Noto Sans TC', 'Noto Sans CJK TC', 'PingFang TC', 'Microsoft JhengHei'"

ACCENT: Final = {"light": "#4348b5", "dark": "#666cdb"}
SERIES: Final = {
    "light": ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8c6d00", "#56b4e9", "#6b7080"],
    "dark": ["#56b4e9", "#f0944d", "#35c79b", "#e0a3c4", "#e8c547", "#8fb8e8", "#9aa0b0"],
}

_LIGHT: Final = {
    "primaryColor": ACCENT["light"],
    "backgroundColor": "#ffffff",
    "secondaryBackgroundColor": "#f3f4f8",
    "textColor": "#1d1e2c",
    "borderColor": "#dfe0e9",
    "dataframeBorderColor": "#e6e7ee",
    "dataframeHeaderBackgroundColor": "#f6f6fa",
    "linkColor": ACCENT["light"],
    "redColor": "#b3303c",
    "redBackgroundColor": "#fdf0f1",
    "redTextColor": "#96242f",
    "orangeColor": "#b75d08",
    "orangeBackgroundColor": "#fdf3e7",
    "orangeTextColor": "#8a4506",
    "greenColor": "#1a7f55",
    "greenBackgroundColor": "#edf7f2",
    "greenTextColor": "#125c3d",
    "blueColor": "#2463a8",
    "blueBackgroundColor": "#eef4fb",
    "blueTextColor": "#1d4f87",
    "grayColor": "#676a7d",
    "grayBackgroundColor": "#f0f0f5",
    "grayTextColor": "#565969",
    "chartCategoricalColors": SERIES["light"],
}
_DARK: Final = {
    "primaryColor": ACCENT["dark"],
    "backgroundColor": "#14151e",
    "secondaryBackgroundColor": "#22242f",
    "textColor": "#e6e7f0",
    "borderColor": "#343747",
    "dataframeBorderColor": "#2b2e3d",
    "dataframeHeaderBackgroundColor": "#1c1e29",
    "linkColor": "#aab0f8",
    "redColor": "#f0868e",
    "redBackgroundColor": "#3a1c21",
    "redTextColor": "#f6a9af",
    "orangeColor": "#eda85c",
    "orangeBackgroundColor": "#352515",
    "orangeTextColor": "#f3c08a",
    "greenColor": "#6cc79b",
    "greenBackgroundColor": "#15291f",
    "greenTextColor": "#92dab6",
    "blueColor": "#7db2ec",
    "blueBackgroundColor": "#18273a",
    "blueTextColor": "#a3c9f3",
    "grayColor": "#9a9db0",
    "grayBackgroundColor": "#252834",
    "grayTextColor": "#b4b7c7",
    "chartCategoricalColors": SERIES["dark"],
}
_LIGHT_SIDE: Final = {"backgroundColor": "#f6f6f9", "secondaryBackgroundColor": "#ecedf3"}
_DARK_SIDE: Final = {"backgroundColor": "#1a1c27", "secondaryBackgroundColor": "#262936"}


def _options() -> dict[str, Any]:
    options: dict[str, Any] = {
        "theme.font": f"{LATIN}, {SIMPLIFIED}, {TRADITIONAL}, sans-serif",
        "theme.headingFont": f"{LATIN}, {SIMPLIFIED}, {TRADITIONAL}, sans-serif",
        "theme.codeFont": "'JetBrains Mono', ui-monospace, 'Cascadia Mono', Menlo, monospace",
        "theme.baseFontSize": 14,
        "theme.headingFontSizes": ["1.6rem", "1.2rem", "1rem", "1rem", "1rem", "1rem"],
        "theme.headingFontWeights": [650, 600, 600, 600, 600, 600],
        "theme.metricValueFontSize": "1.6rem",
        "theme.metricValueFontWeight": 600,
        "theme.baseRadius": "7px",
        "theme.buttonRadius": "7px",
        "theme.showWidgetBorder": True,
        "theme.showSidebarBorder": True,
        "theme.linkUnderline": False,
    }
    for name, values in (("light", _LIGHT), ("dark", _DARK)):
        options.update({f"theme.{name}.{option}": value for option, value in values.items()})
    for name, values in (("light", _LIGHT_SIDE), ("dark", _DARK_SIDE)):
        options.update({f"theme.{name}.sidebar.{option}": value for option, value in values.items()})
    return options


THEME_OPTIONS: Final[dict[str, Any]] = _options()
