"""A page with an answer, its pictures and its tables: one file, no network, light and dark."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup, escape

from sim.study import palette
from sim.study.pages import TEMPLATES, environment
from sim.study.palette import Style
from sim.study.rows import Sheet


@dataclass(frozen=True)
class Picture:
    """A finding in one sentence (empty: the page's title says it), the picture, how to read it."""

    finding: str
    picture: Markup
    note: str


@dataclass(frozen=True)
class Page:
    """kicker: what was looked at, in a few words each. title: the answer. stand: how sure.

    name: begins the names of downloaded files. doubts: what the reader must know before believing
    it. styles: colours that pictures use, by name. footer: where the numbers come from.
    """

    name: str
    kicker: Sequence[str]
    title: str
    stand: str
    pictures: Sequence[Picture]
    doubts: Sequence[str] = ()
    sheets: Sequence[Sheet] = ()
    styles: Mapping[str, Style] = field(default_factory=dict)
    footer: str = "Made by Flowtribe from the trials in this folder (results.parquet)."

    def html(self) -> str:
        """Return the page as text."""
        styles = dict(self.styles)
        themes = {name: palette.theme(name, styles) for name in ("light", "dark")}
        text = (TEMPLATES / "report.css").read_text(encoding="utf-8")
        script = (TEMPLATES / "report.js").read_text(encoding="utf-8")
        pages = environment()
        pages.filters["breakable"] = breakable
        return pages.get_template("findings.html.jinja").render(
            page=self,
            # Trusted: our own files, and colours that palette.py made.
            css=Markup(text + _variables(themes)),
            js=Markup(script),
            themes=Markup(json.dumps(themes)),
        )


def breakable(text: str) -> Markup:
    """Return text in which long dotted names may be broken after a dot."""
    return Markup(re.sub(r"(?<=[a-z])\.(?=[a-z])", ".<wbr>", str(escape(text))))


def _variables(themes: Mapping[str, Mapping[str, str]]) -> str:
    """Both themes as CSS variables."""

    def block(name: str) -> str:
        colors = themes[name].items()
        return "".join(f"--{key[1:].replace('.', '-')}:{value};" for key, value in colors)

    return (
        f":root{{{block('light')}}}"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{block('dark')}}}}}"
    )
