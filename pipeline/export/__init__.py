"""A signed note, or a draft marked as one, as bytes for elsewhere: text for an EHR, Word, PDF, FHIR, JSON."""

from .bundle import bundle
from .render import TARGETS, Order, Target, export

__all__ = ["TARGETS", "Order", "Target", "bundle", "export"]
