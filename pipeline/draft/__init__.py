"""Findings to a draft: format, wording, open questions, must-touch items."""

from .compose import compose
from .format_files import load_format
from .formats import Format
from .people import People
from .rules import Rules, View, by_severity, load_rules, switch_rule

__all__ = [
    "Format",
    "People",
    "Rules",
    "View",
    "by_severity",
    "compose",
    "load_format",
    "load_rules",
    "switch_rule",
]
