"""The command ``sim``: verbs.py parses and calls, terminal.py prints."""

from sim.cli import comparing  # noqa: F401 - its verb joins the command
from sim.cli.verbs import app, main

__all__ = ["app", "main"]
