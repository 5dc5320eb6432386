"""Evenfall: from a clinician's speech to a progress note that only the clinician can make."""

__version__ = "0.1.0"
