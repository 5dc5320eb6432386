"""Spoken cues of a dictation: what they are and what they do."""
