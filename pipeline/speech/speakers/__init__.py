"""Who said what: voices told apart, turns cut between them, and each person's role by what they said.

    sound, spans ─▶ voices.py (embedding, clustering)  ─▶ stretches of one voice
    levels ───────▶ channels.py (two people's channels) ─▶
    turns, stretches ─▶ turns.py ─▶ pieces of one voice ─▶ who.py ─▶ turns with a speaker

A transcript is worth more than its speakers: whatever goes wrong here leaves the turns as they were, `unknown`.
"""

from .attribute import Present, tell

__all__ = ["Present", "tell"]
