"""Transcript files of other people's programs, and typed dictations."""
