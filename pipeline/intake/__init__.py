"""What comes in: files found in folders, each paired with client, kind and day before any of it is opened."""

from .arrivals import Arrivals, Stamps, surroundings, ticks
from .claims import claim
from .find import find
from .incoming import Incoming, Lack, Told, Unusable, Wish
from .rules import Rules, load_rules

__all__ = [
    "Arrivals",
    "Incoming",
    "Lack",
    "Rules",
    "Stamps",
    "Told",
    "Unusable",
    "Wish",
    "claim",
    "find",
    "load_rules",
    "surroundings",
    "ticks",
]
