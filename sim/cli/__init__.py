"""The command ``sim``: verbs.py and its siblings parse and call, terminal.py prints."""

from sim.cli import asking, checking, comparing, exploring  # noqa: F401 - their verbs join the command
from sim.cli.verbs import app, main

__all__ = ["app", "main"]
