"""One look for every chart: our fonts, a palette that colour-blind readers can tell apart, quiet axes, no frame.

A chart's title says the finding or the question and is the caller's; axes carry units; bars start at zero. The same
series has the same colour on every page, because colours are given by name and not by order of appearance.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

import altair as alt
import streamlit as st

from app.ui.theme import LATIN, SERIES, SIMPLIFIED, TRADITIONAL

MOST_SERIES: Final = 7


def draw(chart: alt.Chart | alt.LayerChart | alt.FacetChart, *, told: str, height: int = 280) -> None:
    """Draw a chart in our theme.

    Args:
        chart: marks and encodings.
        told: what the chart shows, in words, for those who cannot see it.
        height: in pixels.
    """
    st.altair_chart(configured(chart.properties(height=height)), width="stretch", theme="streamlit", alt=told)


def configured(chart: Any) -> Any:
    """A chart with our axes and fonts; colours come from the theme of the page, so that dark is dark."""
    family = f"{LATIN}, {SIMPLIFIED}, {TRADITIONAL}, sans-serif"
    return (
        chart.configure(font=family)
        .configure_axis(
            labelFontSize=12, titleFontSize=12, titleFontWeight="normal", grid=True, domain=False, ticks=False
        )
        .configure_axisX(grid=False)
        .configure_legend(labelFontSize=12, titleFontSize=12, orient="top", title=None)
        .configure_title(anchor="start", fontSize=14, fontWeight=600)
        .configure_view(strokeWidth=0)
    )


def colours(names: Sequence[str], ground: Literal["light", "dark"] = "light") -> alt.Scale:
    """A colour scale that gives each name its colour, the same on every page.

    Raises:
        ValueError: more series than can be told apart; fold the rest into "other" first.
    """
    if len(names) > MOST_SERIES:
        raise ValueError(f"{len(names)} series cannot be told apart; show {MOST_SERIES - 1} and fold the rest")
    return alt.Scale(domain=list(names), range=SERIES[ground][: len(names)])
