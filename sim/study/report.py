"""A run folder → ``report.html``: one file, no network, the answer first.

Reads nothing but the folder. Words that come from a scenario are escaped by the template (and, in
charts, by ``figure.safe``); a content policy in the page forbids every load from anywhere.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from markupsafe import Markup
from plotly.offline import get_plotlyjs

from sim.engine.columns import TABLES
from sim.study import answers, charts, headline, palette, question, words
from sim.study.formulas import MEASURES
from sim.study.pages import TEMPLATES, environment
from sim.study.rows import Cell, Sheet, camps_sheet, merchants_sheet
from sim.study.story import Story

NAMES = ("seed", "schema_version")
"""Numbers in the manifest that are names: printed without thousands separators."""


def write_report(folder: Path) -> Path:
    """Write ``report.html`` into a run folder and return its path.

    The file appears whole or not at all.

    Raises:
        RunError: the folder lacks a table or its summary.
    """
    target = Path(folder) / "report.html"
    page = render(Story(Path(folder)))
    part = target.with_suffix(".part")
    part.write_text(page, encoding="utf-8")
    os.replace(part, target)
    return target


def render(story: Story) -> str:
    """Return the page as text."""
    answer, sure, why = charts.answer(story), charts.sure(story), charts.why(story)
    timings = charts.timings(story)
    shown = [figure for figure in (answer, sure, *why, timings) if figure is not None]
    details = headline.details(story.summary)
    asked = story.summary.get("question")
    return (
        environment()
        .get_template("report.html.jinja")
        .render(
            run=story.run,
            asked=asked,
            frames=answers.frames(asked, story.currency, story.styles) if asked else [],
            caveat=question.CAVEAT,
            verdict=marked(headline.verdict(story.summary), story.styles),
            title=headline.verdict(story.summary),
            details=" ".join(f"{words.opened(clause)}." for clause in details),
            sureness=headline.sureness(story.summary),
            answer=answer,
            sure=sure,
            why=why,
            timings=timings,
            styles=list(story.styles.values()),
            sheets=[sheet for sheet in (camps_sheet(story),) if sheet.rows],
            merchants=merchants_sheet(story),
            measures=list(MEASURES.values()),
            dictionary=list(TABLES.items()),
            coin=story.coin,
            scenario=_text(story.folder / "scenario.yaml"),
            manifest=_manifest(story),
            ledger_gap=story.summary["market"]["ledger_gap"],
            css=Markup(_text(TEMPLATES / "report.css") + theme_css(story.styles)),
            js=Markup(_text(TEMPLATES / "report.js")),
            # Trusted: plotly's own bundle, and JSON in which nothing can close the script element.
            plotly=Markup(get_plotlyjs()),
            figures=Markup(
                as_json({chart.name: chart.plotly() for f in shown for chart in f.charts})
            ),
            themes=Markup(
                as_json({name: palette.theme(name, story.styles) for name in ("light", "dark")})
            ),
            token=token,
        )
    )


def token(name: str) -> str:
    """Return a colour token as a CSS variable: ``@tint0.1`` as ``var(--tint0-1)``."""
    return f"var(--{name[1:].replace('.', '-')})"


def theme_css(styles: dict[str, palette.Style]) -> str:
    """Both themes as CSS variables, from the same table as the charts'."""

    def block(name: str) -> str:
        colors = palette.theme(name, styles).items()
        return "".join(f"--{key[1:].replace('.', '-')}:{value};" for key, value in colors)

    return (
        f":root{{{block('light')}}}"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{block('dark')}}}}}"
    )


def marked(text: str, styles: dict[str, palette.Style]) -> list[tuple[str, str]]:
    """Cut a sentence into (words, colour token), the token empty but for names that are drawn."""
    out: list[tuple[str, str]] = []
    for word in text.split(" "):
        style = styles.get(word)
        out.append((word, style.line if style else ""))
    return out


def as_json(value: Any) -> str:
    """JSON for a script element: no NaN, and no character that HTML could read."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"), ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _manifest(story: Story) -> Sheet:
    rows: list[list[Cell]] = []
    for key, value in story.manifest.items():
        if isinstance(value, (dict, list)):
            shown = json.dumps(value, ensure_ascii=False)
        elif isinstance(value, (int, float)) and key not in NAMES:
            shown = words.number(value, 0 if value == int(value) else 2)
        else:
            shown = str(value)
        rows.append([(key, None), (shown, None)])
    return Sheet("manifest", "Manifest", ["key", "value"], rows)
