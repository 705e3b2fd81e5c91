"""What all HTML pages share: their templates, and how text is put into them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from sim.study import words

TEMPLATES = Path(__file__).with_name("templates")


def environment() -> jinja2.Environment:
    """Return what renders the pages' templates: everything is escaped, nothing may be undefined."""
    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        finalize=_finished,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    found.globals.update(words=words)
    return found


def together(text: str) -> str:
    """Return text in which no line breaks between a number and its unit."""
    return re.sub(r"(?<=\d) (?=%|yuan\b|euros\b|dollars\b|yen\b)", "\u00a0", text)


def _finished(value: Any) -> Any:
    plain = isinstance(value, str) and not isinstance(value, Markup)
    return together(value) if plain else value
