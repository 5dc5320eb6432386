"""Findings: what a progress note would carry, each with the words that say it.

One turn is read as a page (words, sentences, clauses, hits of the lexicons); rules propose candidates; selection keeps
the surest reading of the same words. The vocabulary lies in configs/lexicons.
"""

from .details import find_details
from .finder import Finder

__all__ = ["Finder", "find_details"]
