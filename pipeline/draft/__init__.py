"""Findings to a draft: format, wording, open questions, must-touch items."""

from .compose import compose
from .formats import Format, load_format
from .questions import Rules, load_rules

__all__ = ["Format", "Rules", "compose", "load_format", "load_rules"]
