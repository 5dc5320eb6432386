"""Dictated sentences to clean written ones, and how the client is called in them; the door is draft/wording.py."""
